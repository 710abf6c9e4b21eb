package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Another port is another target group, which is empty at first.
func TestRejectPortChange(t *testing.T) {
	spec, err := stacks.Load(sourceOf(t, "production"))
	require.NoError(t, err)
	require.True(t, spec.Protected())
	port := spec.Services["backend"].Port
	of := func(port int) outputs.Outputs {
		return outputs.Outputs{Services: map[string]outputs.Service{"backend": {Port: port}, "gone": {Port: 1}}}
	}
	require.NoError(t, rejectPortChange(outputs.Outputs{}, spec), "a first update")
	require.NoError(t, rejectPortChange(of(port), spec), "the same")
	require.NoError(t, rejectPortChange(of(0), spec), "what no earlier program has said")
	err = rejectPortChange(of(8080), spec)
	require.ErrorContains(t, err, "services.backend.port: 3001 instead of 8080 replaces the target group")
	require.ErrorContains(t, err, "nothing was changed; next: `pulumi config set flowcomply:services.backend.port 8080`")

	spec.Protection = stacks.None
	require.NoError(t, rejectPortChange(of(8080), spec), "one that may be down")
	spec.Protection = stacks.Full
	backend := spec.Services["backend"]
	backend.Route = nil
	spec.Services["backend"] = backend
	require.NoError(t, rejectPortChange(of(8080), spec), "none that answers requests")
}

// The next update compares with what this one exports.
func TestOutputs_SayWhereServicesListen(t *testing.T) {
	out, err := outputs.Parse(exportsOf(t, "production"))
	require.NoError(t, err)
	for name, one := range out.Services {
		want := 0
		if one.Host != "" {
			want = map[string]int{"backend": 3001, "frontend": 3000}[name]
		}
		assert.Equal(t, want, one.Port, name)
	}
}
