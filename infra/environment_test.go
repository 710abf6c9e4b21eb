package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program has no branch for the emulated AWS, nor anything that could make it take one: with all that `make env`
// sets, and without, it declares the same. What a provider does with such variables is its own affair.
func TestProgram_IsTheSameWhereverItRuns(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			elsewhere := declare(t, stack, sourceOf(t, stack))
			for name, value := range map[string]string{
				"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1",
				"AWS_ACCESS_KEY_ID": "emulated", "AWS_SECRET_ACCESS_KEY": "emulated", "AWS_EC2_METADATA_DISABLED": "true",
				"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "DOCKER_HOST": "unix:///run/emulated.sock",
				"FLOWCOMPLY_LOCAL_RUN": "/run/emulated", "PULUMI_HOME": "/run/emulated", "PULUMI_BACKEND_URL": "file:///run/emulated",
				"HTTPS_PROXY": "http://127.0.0.1:4568", "HTTP_PROXY": "http://127.0.0.1:4568", "NO_PROXY": "127.0.0.1",
				"SSL_CERT_FILE": "/run/emulated/bundle.pem", "NODE_EXTRA_CA_CERTS": "/run/emulated/ca.pem",
			} {
				t.Setenv(name, value)
			}
			here := declare(t, stack, sourceOf(t, stack))
			require.Equal(t, elsewhere.String(), here.String())
			assert.Equal(t, difference{changed: map[string][]string{}}, between(elsewhere, here))
			assert.Equal(t, elsewhere.Exports, here.Exports)
		})
	}
}
