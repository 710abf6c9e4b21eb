package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
	"github.com/flowcomply/infrastructure/local/plugins/provider/providertest"
)

// These tests end commands with real shells beneath. They do not prove that the official plugin ends them so; its source says it.

// The shell's child goes on, as with the official plugin: cat reads the gate to its end.
func TestCancel_EndsTheCommandAndWaitsForItsChildren(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(p *Provider, cancel context.CancelFunc)
		want error
	}{
		"by the engine":  {end: func(p *Provider, _ context.CancelFunc) { _, _ = p.Cancel(t.Context(), &emptypb.Empty{}) }, want: provider.ErrCancelled},
		"by the request": {end: func(_ *Provider, cancel context.CancelFunc) { cancel() }, want: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			engine := &providertest.Engine{}
			p := New(engine)
			engine.OnLine = func(string) { test.end(p, cancel) }
			folder := t.TempDir()
			at := func(name string) string { return filepath.Join(folder, name) }
			for _, pipe := range []string{"gate", "never"} {
				require.NoError(t, syscall.Mkfifo(at(pipe), 0o600))
			}
			result := make(chan error, 1)
			go func() {
				_, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: providertest.Message(t,
					values{"create": "sh -c 'exec 3<gate; echo started; cat <&3 >kept'; read x <never", "dir": folder})})
				result <- err
			}()
			through, err := os.OpenFile(at("gate"), os.O_WRONLY, 0) // once the child reads
			require.NoError(t, err)
			_, err = through.WriteString("to the end")
			require.NoError(t, errors.Join(err, through.Close()))
			require.ErrorIs(t, <-result, test.want)
			text, err := os.ReadFile(at("kept"))
			require.NoError(t, err)
			assert.Equal(t, "to the end", string(text))
			assert.Equal(t, []string{"started"}, engine.Lines())
		})
	}
}

func TestTimeout_EndsTheCommand(t *testing.T) {
	_, err := New(&providertest.Engine{}).Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: urn, Timeout: 0.05, Properties: providertest.Message(t, values{"create": "exec sleep 3600"})})
	assert.ErrorContains(t, err, `command "main": create: not done within its timeout of 50ms`)
}
