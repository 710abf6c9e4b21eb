package engine

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"
)

// These tests look at what the CLI is told. That it takes that URL, and that the emulated S3 keeps a state, the end-to-end
// test of releases proves.

func TestBackend_IsTheRunFoldersUnlessAnotherIsGiven(t *testing.T) {
	stack, _ := cli(t, "exit 0")
	assert.Contains(t, stack.Environment(), "PULUMI_BACKEND_URL=file://"+stack.state())
	stack.Backend = S3(emulator.Host{Settings: emulator.Settings{Region: "ap-southeast-2", AWSPort: 4566}})
	assert.Contains(t, stack.Environment(), "PULUMI_BACKEND_URL="+stack.Backend)
	parsed, err := url.Parse(stack.Backend)
	require.NoError(t, err)
	assert.Equal(t, "s3://"+Bucket, parsed.Scheme+"://"+parsed.Host)
	assert.Equal(t, "http://127.0.0.1:4566", parsed.Query().Get("endpoint"))
	assert.Equal(t, "ap-southeast-2", parsed.Query().Get("region"))
}

// Whether a lock is in a bucket, only the CLI knows: it is asked each time, and finds nothing to remove where there is none.
func TestUnlock_AsksTheCLIAboutAnotherBackend(t *testing.T) {
	stack, _ := cli(t, `echo "$@" >"$0.args"`)
	stack.Backend = "s3://elsewhere"
	require.NoError(t, stack.Unlock(t.Context()))
	assert.Contains(t, text(t, stack.Tools.Pulumi+".args"), "cancel --yes --stack local")
}
