package check

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"` // seconds
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"` // always 0: a check that breaks has failed
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Output     string          `xml:"system-out,omitempty"` // the diagnosis, in the first suite with a failure
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Time    string      `xml:"time,attr"`
	Failure *junitFault `xml:"failure"`
	Skipped *junitFault `xml:"skipped"` // not enough data: CI shows it and stays green
	Output  string      `xml:"system-out,omitempty"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes one suite a group and one case a check.
func (r Report) writeJUnit(w io.Writer) error {
	out := junitSuites{
		Name: "verify " + r.Subject.Stack, Tests: len(r.Results), Failures: r.Bad(),
		Skipped: r.Count(NotEnoughData), Time: inSeconds(r.Took),
	}
	diagnosis := r.junitDiagnosis()
	for _, group := range r.groups() {
		suite := r.junitSuite(group)
		if suite.Failures > 0 { // once: it is about the stack, not about one suite
			suite.Output, diagnosis = diagnosis, ""
		}
		out.Suites = append(out.Suites, suite)
	}
	encoded, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, encoded)
	return err
}

func (r Report) junitSuite(group []Result) junitSuite {
	part := Report{Results: group}
	var longest time.Duration // checks ran side by side
	for _, result := range group {
		longest = max(longest, result.Took)
	}
	suite := junitSuite{
		Name: group[0].Group, Tests: len(group), Failures: part.Bad(), Skipped: part.Count(NotEnoughData),
		Time: inSeconds(longest), Timestamp: r.Started.Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"stack", r.Subject.Stack}, {"version", r.Subject.Version},
			{"region", r.Subject.Region}, {"accountId", r.Subject.AccountID},
		},
	}
	if r.Subject.Endpoint != "" {
		suite.Properties = append(suite.Properties, junitProperty{"endpoint", r.Subject.Endpoint})
	}
	for _, result := range group {
		suite.Cases = append(suite.Cases, junitOf(r.Subject.Stack, result))
	}
	return suite
}

func junitOf(stack string, result Result) junitCase {
	c := junitCase{Class: "verify." + stack + "." + result.Group, Name: result.Name, Time: inSeconds(result.Took), Output: result.Seen}
	lines := text.PlainAll(result.Details)
	if result.Next != "" {
		lines = append(lines, "next: "+text.Plain(result.Next))
	}
	fault := &junitFault{Message: text.Plain(result.Cause), Type: string(result.Outcome), Text: strings.Join(lines, "\n")}
	switch {
	case result.Outcome.Bad():
		c.Failure = fault
	case result.Outcome == NotEnoughData:
		fault.Type = "" // the schema in common use has none here
		c.Skipped = fault
	}
	return c
}

func (r Report) junitDiagnosis() string {
	var lines []string
	for _, finding := range r.Findings {
		lines = append(lines, text.Plain(finding.title()))
		for _, line := range text.PlainAll(finding.Lines) {
			lines = append(lines, "  "+line)
		}
		if finding.Next != "" {
			lines = append(lines, "  next: "+text.Plain(finding.Next))
		}
	}
	return strings.Join(lines, "\n")
}

func inSeconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
