package deploylog

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	told      = "correct-horse-battery"                           // a value the caller knows
	plainly   = "postgresql://app:s3cretpass@db.internal:5432/db" // has a password in it
	lookAlike = "password=Tr0ub4dor-and-3"                        // only looks like one
)

// fill puts text into every string that a value can hold, so that a field added later is tested too.
func fill(v reflect.Value, text func(foreign bool) string, foreign bool) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text(foreign))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text, foreign)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text, foreign)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.IsExported() && !isTime(v.Type()) && field.Type != reflect.TypeFor[*check.Redactor]() {
				fill(v.Field(i), text, foreign || field.Tag.Get("log") == "foreign")
			}
		}
	default: // holds no text
	}
}

// Whatever text a credential gets into, none of the files has it, nor has the list of issues.
func TestDeployment_WritesNoCredential(t *testing.T) {
	var d Deployment
	fill(reflect.ValueOf(&d).Elem(), func(foreign bool) string {
		if foreign {
			return told + " " + plainly + " " + lookAlike
		}
		return told + " " + plainly
	}, false)
	d.Hide = &check.Redactor{}
	d.Hide.Hide(told)
	d.Start, d.End = time.Unix(0, 0).UTC(), time.Unix(60, 0).UTC()
	d.Timeline.Start, d.Timeline.End = d.Start, d.End
	for _, result := range []*Result{&d.Report.Checks[0], &d.Rollback.Report.Checks[0]} {
		result.Outcome = check.FailedNow
	}
	for _, timeline := range []*Timeline{&d.Timeline, d.Rollback.Timeline} {
		timeline.Steps[0].Failed, timeline.Path = true, nil
	}

	folder := t.TempDir()
	paths, err := Write(folder, d)
	require.NoError(t, err)
	issues, err := json.Marshal(d.AllIssues())
	require.NoError(t, err)
	texts := map[string][]byte{"issues": issues}
	for _, path := range []string{paths.Markdown, paths.HTML, paths.JSON} {
		texts[path], err = os.ReadFile(path)
		require.NoError(t, err)
	}
	for name, text := range texts {
		assert.Contains(t, string(text), "redacted", name)
		for _, secret := range []string{told, "s3cretpass", "Tr0ub4dor"} {
			assert.NotContains(t, string(text), secret, name)
		}
	}
	assert.NotContains(t, paths.HTML, told)
}

// Cleaning is for texts: what is counted, and names that have "secret" in them, stay.
func TestDeployment_CleanKeepsTheRest(t *testing.T) {
	d := Deployment{
		Stack: "production", Number: 7, Start: time.Unix(5, 0).UTC(), Report: &Report{Checks: []Result{{Facts: map[string]float64{"a": 1}}}},
		Timeline: Timeline{Path: []int{0}, Steps: []Step{{
			URN: "urn:pulumi:p::flowcomply::aws:secretsmanager/secret:Secret::jwt-secret", Type: "aws:secretsmanager/secret:Secret", Name: "jwt-secret", Critical: true,
		}}},
	}
	before, err := json.Marshal(d)
	require.NoError(t, err)
	after, err := json.Marshal(d.Clean())
	require.NoError(t, err)
	assert.JSONEq(t, string(before), string(after))
	var page bytes.Buffer
	require.NoError(t, d.HTML(&page))
	assert.Contains(t, page.String(), "aws:secretsmanager/secret:Secret")
}
