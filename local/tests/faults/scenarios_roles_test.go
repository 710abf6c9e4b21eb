package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithout_TakesTheStatementsOfAnAction(t *testing.T) {
	const list, use = `{"Action":["s3:ListBucket"],"Effect":"Allow","Resource":["a"]}`, `{"Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow","Resource":["a/*"]}`
	for name, row := range map[string]struct{ statements, want string }{
		"one of two":       {list + "," + use, `{"Statement":[` + list + `],"Version":"2012-10-17"}`},
		"the only one":     {use, `{"Statement":[],"Version":"2012-10-17"}`},
		"none that has it": {list, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := without(`{"Version":"2012-10-17","Statement":[`+row.statements+`]}`, "s3:PutObject")
			require.NoError(t, err)
			assert.Equal(t, row.want, got)
		})
	}
	for _, wrong := range []string{"", `{"Statement":{}}`} {
		_, err := without(wrong, "s3:PutObject")
		require.Error(t, err, wrong)
	}
}
