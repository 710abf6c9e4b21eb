package harness

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// The rest of this package is nothing without a stack that is up: the end-to-end test and the fault suite have one.

func TestUntil(t *testing.T) {
	looks := 0
	require.NoError(t, Until(context.Background(), "never", func(context.Context) (bool, error) {
		looks++
		return looks == 3, nil
	}))
	assert.Equal(t, 3, looks)

	broken := errors.New("broken")
	require.ErrorIs(t, Until(context.Background(), "never", func(context.Context) (bool, error) { return false, broken }), broken)

	ctx, cancel := context.WithCancelCause(context.Background())
	late := errors.New("too late")
	err := Until(ctx, "the port is closed", func(context.Context) (bool, error) {
		cancel(late)
		return false, nil
	})
	require.ErrorIs(t, err, late)
	assert.ErrorContains(t, err, "the port is closed: ")
}

func TestService_NamesWhatThereIsNot(t *testing.T) {
	s := &Stack{Outputs: outputs.Outputs{Services: map[string]outputs.Service{"backend": {ServiceName: "backend-service"}}}}
	found, err := s.service("backend")
	require.NoError(t, err)
	assert.Equal(t, "backend-service", found.ServiceName)
	_, err = s.service("worker")
	require.ErrorContains(t, err, `no service "worker"`)
}
