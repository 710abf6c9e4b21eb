package pulumi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowcomply/infrastructure/release"
)

// PreviewRefresh reads every resource of the stack anew, and tells what differs from the state, which is not written. The SDK's own
// waits without an end for events of a CLI that sends none, so that the CLI writes them into a file here.
func (e *Engine) PreviewRefresh(ctx context.Context, stackFile string) ([]release.Event, error) {
	folder, err := os.MkdirTemp("", "flowcomply-drift-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left holds no secret: the engine masks them in events
	file, cli := filepath.Join(folder, "events.json"), e.cli
	cli.Env = append(os.Environ(), "PULUMI_DEBUG_COMMANDS=true") // --event-log is one of these
	if _, err := cli.Capture(ctx, "refresh", "--stack", e.stack.Name(), "--preview-only", "--suppress-progress", "--suppress-outputs",
		"--config-file", absolute(stackFile), "--event-log", file); err != nil {
		return nil, fmt.Errorf("refresh: %w", reason(err))
	}
	written, err := ReadEvents(file)
	if err != nil {
		return nil, err
	}
	whole := false
	events := make([]release.Event, len(written))
	for i, one := range written {
		events[i].EngineEvent, whole = one, whole || one.SummaryEvent != nil
	}
	if !whole {
		return nil, errors.New("refresh: the events have no end, so that something may be missing; run it again")
	}
	return events, nil
}
