package slo

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the stand-ins for CloudWatch to AWS's own examples.

// line is a series, a point for each word; - is none.
func line(t *testing.T, text string) []value {
	t.Helper()
	var out []value
	for word := range strings.FieldsSeq(text) {
		if word == "-" {
			out = append(out, value{})
			continue
		}
		v, err := strconv.ParseFloat(word, 64)
		require.NoError(t, err)
		out = append(out, some(v))
	}
	return out
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func TestMath_TablesOfAWS(t *testing.T) {
	for _, c := range []struct{ m1, m2, m3, expression, want string }{
		{"30 20 0 0", "20 - 20 -", "- - - -", "m1 < m2", "0 0 1 0"},
		{"30 20 0 0", "20 - 20 -", "- - - -", "m1 >= 30", "1 0 0 0"},
		{"30 20 0 0", "20 - 20 -", "- - - -", "m1 > 15 AND m2 > 15", "1 0 0 0"},
		{"1 1 0 0 -", "30 - 0 0 30", "0 0 20 - 20", "IF(m1, m2, m3)", "30 0 20 - -"},
		{"1 1 0 0 -", "- - - - -", "0 0 20 - 20", "IF(m1, 5, m3)", "5 5 20 - -"},
		{"1 1 0 0 -", "30 - 0 0 30", "- - - - -", "IF(m1, m2, 5)", "30 0 5 5 -"},
		{"2 4 - -", "- 2 0 -", "- - - -", "m1 + m2", "2 6 0 -"}, // missing values are treated as 0
		{"2 4 - -", "- 2 0 -", "- - - -", "m1 / m2", "- 2 - -"}, // a division by zero is dropped
		{"2 4 - -", "- - - -", "- - - -", "1 + m1", "3 5 - -"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			m1, m2, m3 := line(t, c.m1), line(t, c.m2), line(t, c.m3)
			for i, want := range line(t, c.want) {
				got := evaluate(c.expression, map[string]value{"m1": m1[i], "m2": m2[i], "m3": m3[i]})
				assert.Equal(t, []any{want.ok, want.v}, []any{got.ok, got.v}, "point %d", i)
			}
		})
	}
}

// The tables of "Configuring how CloudWatch alarms treat missing data": 9 breaches, 1 does not.
func TestJudge_TablesOfAWS(t *testing.T) {
	const alarm, ok, unknown = "ALARM", "OK", "INSUFFICIENT_DATA"
	for _, c := range []struct {
		points                     string
		datapoints                 int
		missing, breaching, benign string
	}{
		{"1 - 9 - 9", 3, ok, ok, ok},
		{"- - - - 1", 3, ok, ok, ok},
		{"- - - - -", 3, unknown, alarm, ok},
		{"1 9 9 - 9", 3, alarm, alarm, alarm},
		{"- - 9 - -", 3, alarm, alarm, ok},
		{"1 - 9 - 9", 2, alarm, alarm, alarm},
		{"1 1 9 1 9", 2, alarm, alarm, alarm},
		{"1 - 9 - -", 2, ok, alarm, ok},
		{"- - - - 1", 2, ok, alarm, ok},
		{"- - - 9 -", 2, alarm, alarm, ok},
	} {
		for treat, want := range map[MissingData]string{Unknown: c.missing, Breaching: c.breaching, Harmless: c.benign} {
			o := Objective{Comparison: Greater, MissingData: treat, Window: within(c.datapoints, 3, 60)}
			assert.Equal(t, want, judge(o, 5, line(t, c.points)), "%s, %d of 3, %s", c.points, c.datapoints, treat)
		}
	}
}
