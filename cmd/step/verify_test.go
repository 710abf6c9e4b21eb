package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/awstest"
	"github.com/flowcomply/infrastructure/internal/exit"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

type said struct {
	code           int
	stdout, stderr string
}

func verifies(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	return verifiesOn(t, nil, stdin, args...)
}

func verifiesOn(t *testing.T, broken map[string]int, stdin string, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"verify", "--watch", "0"}, args...)
	code := runWith(awstest.Site(broken), args, strings.NewReader(stdin), &stdout, &stderr)
	return said{code, stdout.String(), stderr.String()}
}

// In an update, the report has a receipt for what was asked about; where a check fails there is none.
func TestVerify_GivesAReceipt(t *testing.T) {
	text, err := os.ReadFile(awstest.Outputs(t))
	require.NoError(t, err)
	of, err := outputs.Parse(text)
	require.NoError(t, err)
	question := `{"outputs":` + string(text) + `}`
	(&awstest.Stack{Account: "123456789012", Alarm: "OK"}).Start(t)
	got := verifies(t, question)
	assert.Equal(t, exit.Done, got.code, got.stderr)
	assert.True(t, outputs.ReadVerified([]byte(got.stdout)).Covers(of))
	assert.Contains(t, got.stderr, "all checks passed")

	some := verifies(t, question, "--only", "identity")
	assert.Equal(t, exit.Done, some.code)
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified([]byte(some.stdout)), "a part of the checks verifies nothing")

	broken := verifiesOn(t, map[string]int{"api.flowcomply.com/api/assets": 500}, question,
		"--timeout", "3s")
	assert.Equal(t, exit.Failed, broken.code)
	assert.Equal(t, outputs.Verified{}, outputs.ReadVerified([]byte(broken.stdout)))

	limited := verifies(t, `{"leftOut":["backend-image is a build of v1.0.0 and not of v1.1.0"]}`)
	assert.Equal(t, exit.Refused, limited.code)
	assert.Contains(t, limited.stderr, "backend-image is a build of v1.0.0 and not of v1.1.0")
	assert.Empty(t, limited.stdout)
}
