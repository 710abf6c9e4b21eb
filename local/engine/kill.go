package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/flowcomply/infrastructure/release/pulumi"
)

// Kill makes an update and kills its engine, and nothing else, so long after it came to the first resource: what the kernel
// does to a process that takes too much memory. It tells whether the update was killed; where it ended before, how.
func (s Stack) Kill(ctx context.Context, after time.Duration) (bool, error) {
	cmd, events, err := s.begin(ctx, "up", upArguments...)
	if err != nil {
		return false, err
	}
	// A file, not a pipe: what the engine leaves running would keep that open, and be waited for.
	said, err := os.Create(filepath.Join(s.Run, "killed.log"))
	if err != nil {
		return false, err
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	over, err := ends(ended, events, after)
	if !over {
		_ = cmd.Process.Kill()
		err = <-ended
	}
	if _, copyErr := said.Seek(0, io.SeekStart); copyErr == nil {
		_, _ = io.Copy(s.Out, said)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true, nil
	}
	if err != nil {
		err = fmt.Errorf("pulumi up --stack %s: %w; the cause is above", s.Name, err)
	}
	return false, err
}

// lookEvery is how often the engine's record is looked at.
const lookEvery = 50 * time.Millisecond

// ends waits until the update has ended, or so long after its first resource.
func ends(ended <-chan error, events string, after time.Duration) (over bool, err error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var due <-chan time.Time
	for {
		select {
		case err := <-ended:
			return true, err
		case <-due:
			return false, nil
		case <-tick.C:
			if text, _ := os.ReadFile(events); due == nil && bytes.Contains(text, []byte(`"resourcePreEvent"`)) {
				due = time.After(after)
			}
		}
	}
}

// Lasted is how long the last update took, from its first resource on, to the second.
func (s Stack) Lasted() (time.Duration, error) {
	events, err := pulumi.ReadEvents(filepath.Join(s.Run, "up.events.json"))
	if err != nil {
		return 0, err
	}
	first := slices.IndexFunc(events, func(event apitype.EngineEvent) bool { return event.ResourcePreEvent != nil })
	if first < 0 {
		return 0, errors.New("events: the last update came to no resource")
	}
	return time.Duration(events[len(events)-1].Timestamp-events[first].Timestamp) * time.Second, nil
}
