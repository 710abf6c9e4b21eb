package verify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

var (
	metricIDPattern  = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	statisticPattern = regexp.MustCompile(`^(Average|Sum|Minimum|Maximum|p[0-9]{1,2}(\.[0-9]+)?)$`)
	missingData      = []string{harmless, "missing"}
	units            = []string{"percent", "seconds", "count", "bytes", "ratio"}
)

// harmless is the missing data of an objective that only traffic has data for.
const harmless = "notBreaching"

func (o Outputs) objectiveProblems(p *problems) {
	if len(o.Objectives) == 0 {
		p.add("objectives", "is empty; must hold at least one")
	}
	known := map[string]bool{}
	for i, one := range o.Objectives {
		path := fmt.Sprintf("objectives[%d]", i)
		one.problems(p, path)
		if known[one.Name] {
			p.add(path+".name", "is %q, as another's; must be its own", one.Name)
		}
		known[one.Name] = true
		if !slices.Contains(o.AlarmNames, one.AlarmName) {
			p.add(path+".alarmName", "is %q; must be one of alarmNames", one.AlarmName)
		}
	}
}

func (one Objective) problems(p *problems, path string) {
	p.present(path+".name", one.Name)
	p.present(path+".title", one.Title)
	p.present(path+".runbook", one.Runbook)
	p.among(path+".unit", one.Unit, units)
	p.among(path+".missingData", one.MissingData, missingData)
	if _, ok := operators[types.ComparisonOperator(one.Comparison)]; !ok {
		p.add(path+".comparison", "is %q; must be an operator of CloudWatch for a threshold", one.Comparison)
	}
	if one.PeriodSeconds < 1 {
		p.add(path+".periodSeconds", "is %d; must be 1 or more", one.PeriodSeconds)
	}
	if one.MinimumSamples < 0 {
		p.add(path+".minimumSamples", "is %d; must be 0 or more", one.MinimumSamples)
	}
	if len(one.Metrics) == 0 || (one.Expression == "" && len(one.Metrics) > 1) {
		p.add(path+".metrics", "are %d; must be one, or several with an expression", len(one.Metrics))
	}
	known, sums := map[string]bool{valueID: true, samplesID: true}, map[string]bool{}
	for i, m := range one.Metrics {
		at := fmt.Sprintf("%s.metrics[%d]", path, i)
		if !metricIDPattern.MatchString(m.ID) || known[m.ID] {
			p.add(at+".id", "is %q; must be a metric's id of its own", m.ID)
		}
		known[m.ID], sums[m.ID] = true, m.Stat == "Sum"
		p.present(at+".namespace", m.Namespace)
		p.present(at+".name", m.Name)
		if !statisticPattern.MatchString(m.Stat) {
			p.add(at+".stat", "is %q; must be a statistic or percentile", m.Stat)
		}
	}
	for _, id := range one.Samples {
		if !sums[id] {
			p.add(path+".samples", "name %q; must be ids of metrics with the statistic Sum", id)
		}
	}
}

func (p *problems) among(path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		p.add(path, "is %q; must be one of %s", value, strings.Join(allowed, ", "))
	}
}
