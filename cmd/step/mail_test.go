package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/mail/identity"
	"github.com/flowcomply/infrastructure/internal/exit"
)

// These tests hold the command line. What SES is asked, components/mail/identity holds.

func TestMail_NamesEverythingThatIsMissing(t *testing.T) {
	var said bytes.Buffer
	assert.Equal(t, exit.Refused, run([]string{"mail", "surplus"}, nil, &bytes.Buffer{}, &said))
	for _, want := range []string{"--region is missing", "--identity is missing", "--configuration-set is missing", `"surplus": flags only`} {
		assert.Contains(t, said.String(), want)
	}
	require.NoError(t, checkMail(identity.Request{Region: "r", Identity: "flowcomply.com", ConfigurationSet: "mail"}, nil))
}
