package outputs

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/flowcomply/infrastructure/internal/decode"
)

var (
	metricIDPattern  = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	statisticPattern = regexp.MustCompile(`^(Average|Sum|Minimum|Maximum|p[0-9]{1,2}(\.[0-9]+)?)$`)
	missingData      = []string{Harmless, "missing", "breaching"}
	comparisons      = []string{"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}
	units            = []string{"percent", "seconds", "count", "bytes", "ratio"}
)

// The ids of the queries that verification makes beside an objective's own; no metric may have them.
const (
	ValueID   = "verify_value"
	SamplesID = "verify_samples"
)

// Harmless is the missing data of an objective on a metric that only traffic reports.
const Harmless = "notBreaching"

func (o Outputs) objectiveProblems(p *decode.Problems) {
	p.Require(len(o.Objectives) > 0, "objectives", "is empty; must hold at least one")
	known := map[string]bool{}
	for i, one := range o.Objectives {
		path := fmt.Sprintf("objectives[%d]", i)
		one.problems(p, path)
		p.Require(!known[one.Name], path+".name", "is %q, as another's; must be its own", one.Name)
		known[one.Name] = true
		p.Require(slices.Contains(o.AlarmNames, one.AlarmName), path+".alarmName", "is %q; must be one of alarmNames", one.AlarmName)
	}
}

func (one Objective) problems(p *decode.Problems, path string) {
	p.Present(path+".name", one.Name)
	p.Present(path+".title", one.Title)
	p.Present(path+".runbook", one.Runbook)
	p.OneOf(path+".unit", one.Unit, units)
	p.OneOf(path+".missingData", one.MissingData, missingData)
	p.Require(slices.Contains(comparisons, one.Comparison), path+".comparison",
		"is %q; must be an operator of CloudWatch for a threshold", one.Comparison)
	p.Require(one.PeriodSeconds >= 1, path+".periodSeconds", "is %d; must be 1 or more", one.PeriodSeconds)
	p.Require(one.MinimumSamples >= 0, path+".minimumSamples", "is %d; must be 0 or more", one.MinimumSamples)
	p.Require(len(one.Metrics) == 1 || len(one.Metrics) > 1 && one.Expression != "",
		path+".metrics", "are %d; must be one, or several with an expression", len(one.Metrics))
	known, sums := map[string]bool{ValueID: true, SamplesID: true}, map[string]bool{}
	for i, m := range one.Metrics {
		at := fmt.Sprintf("%s.metrics[%d]", path, i)
		p.Require(metricIDPattern.MatchString(m.ID) && !known[m.ID], at+".id", "is %q; must be a metric's id of its own", m.ID)
		known[m.ID], sums[m.ID] = true, m.Stat == "Sum"
		p.Present(at+".namespace", m.Namespace)
		p.Present(at+".name", m.Name)
		p.Require(statisticPattern.MatchString(m.Stat), at+".stat", "is %q; must be a statistic or percentile", m.Stat)
	}
	for _, id := range one.Samples {
		p.Require(sums[id], path+".samples", "name %q; must be ids of metrics with the statistic Sum", id)
	}
}
