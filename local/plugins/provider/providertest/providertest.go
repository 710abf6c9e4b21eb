// Package providertest is a provider's surroundings in a test: an engine that remembers, and messages from plain maps.
package providertest

import (
	"context"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

// Engine remembers what stays on the screen.
type Engine struct {
	OnLine func(line string) // called for each; may be nil

	mu    sync.Mutex
	lines []string
}

// Log remembers the line.
func (e *Engine) Log(_ context.Context, _ diag.Severity, _ resource.URN, line string) error {
	e.mu.Lock()
	e.lines = append(e.lines, line)
	e.mu.Unlock()
	if e.OnLine != nil {
		e.OnLine(line)
	}
	return nil
}

// LogStatus forgets: the engine replaces such a line by the next.
func (e *Engine) LogStatus(context.Context, diag.Severity, resource.URN, string) error { return nil }

// Lines returns what was logged.
func (e *Engine) Lines() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string{}, e.lines...)
}

// Message makes properties of a map whose values may also be resource.PropertyValue, for secrets and unknowns.
func Message(t *testing.T, values map[string]any) *structpb.Struct {
	t.Helper()
	message, err := provider.Write(resource.NewPropertyMapFromMap(values))
	require.NoError(t, err)
	return message
}

// Properties is the inverse.
func Properties(t *testing.T, message *structpb.Struct) resource.PropertyMap {
	t.Helper()
	properties, err := provider.Read(message)
	require.NoError(t, err)
	return properties
}

// Secret is a secret text for Message.
func Secret(v string) resource.PropertyValue {
	return resource.MakeSecret(resource.NewStringProperty(v))
}

// Unknown is what a preview does not know yet.
func Unknown() resource.PropertyValue {
	return resource.MakeComputed(resource.NewStringProperty(""))
}
