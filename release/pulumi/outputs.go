package pulumi

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// answersWithin is for a slow state backend; reading outputs takes seconds.
const answersWithin = 2 * time.Minute

// Outputs asks pulumi, found on PATH, for a stack's outputs as JSON, within two minutes; secret ones are masked. Its error
// says what to do next.
func Outputs(ctx context.Context, stack string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	text, err := CLI{Program: "pulumi", Grace: 5 * time.Second}.Outputs(ctx, stack)
	if err != nil {
		return nil, fmt.Errorf("stack %q: %w", stack, outputsReason(errors.Join(ctx.Err(), err)))
	}
	return text, nil
}

// outputsReason makes one line of why there are no outputs.
func outputsReason(err error) error {
	var failed *Error
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("pulumi is not on PATH; install it, or pass --outputs with what `pulumi stack output --json` printed elsewhere")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("pulumi did not answer in %s; check the state backend", answersWithin)
	case errors.As(err, &failed):
		if known := hint(failed.Said); known != nil {
			return known
		}
		for line := range strings.Lines(failed.Said) {
			if text, is := strings.CutPrefix(strings.TrimSpace(line), "error:"); is {
				return fmt.Errorf("`pulumi stack output` failed: %s", strings.TrimSpace(text))
			}
		}
		err = failed.Cause
	}
	return fmt.Errorf("`pulumi stack output` failed: %w; run it by hand to see more", err)
}
