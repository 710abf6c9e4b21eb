package command

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// What a whole run does is held by the tests of the commands that make one.

func TestSubject_EndpointIsShownWithoutItsPassword(t *testing.T) {
	env := func(string) string { return "http://me:secret@127.0.0.1:1" }
	assert.Equal(t, "http://me:xxxxx@127.0.0.1:1", subject(outputs.Outputs{}, env).Endpoint)
}
