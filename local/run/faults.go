package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/tests/faults"
)

// Faults breaks a fresh stack in every way there is and compares what verify says of it with docs/faults.md, or writes
// that page with UPDATE_GOLDEN=1.
func (r Run) Faults(ctx context.Context) error {
	return r.Fresh(ctx, func(ctx context.Context, applied engine.Stack) error {
		if _, err := applied.Up(ctx); err != nil {
			return err
		}
		stack, err := Alive(ctx, applied)
		if err != nil {
			return err
		}
		verifier, err := harness.BuildVerifier(ctx, r.Root, applied.Tools.Bin())
		if err != nil {
			return err
		}
		result, err := faults.Run(ctx, stack, verifier, r.Out)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "\n%d of %d caught; %d false failures of %d\n", result.Caught(), len(result.Outcomes), result.False, result.Healthy)
		return errors.Join(verdict(result), r.page(result.Page()))
	})
}

func verdict(result faults.Result) error {
	if missed := len(result.Outcomes) - result.Caught(); missed+result.False > 0 {
		return fmt.Errorf("%d faults are missed, and %d of %d healthy runs failed; see above", missed, result.False, result.Healthy)
	}
	return nil
}

func (r Run) page(text string) error {
	file := filepath.Join(r.Root, "docs", "faults.md")
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		return os.WriteFile(file, []byte(text), 0o644)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if string(kept) != text {
		return fmt.Errorf("docs/faults.md is not what happened; run UPDATE_GOLDEN=1 make faults and read the difference:\n%s", differing(string(kept), text))
	}
	return nil
}

// differing are the lines that only one of two pages has: what is kept and did not happen, and what happened.
func differing(kept, happened string) string {
	var found []string
	only := func(mark, of, other string) {
		others := strings.Split(other, "\n")
		for line := range strings.SplitSeq(of, "\n") {
			if !slices.Contains(others, line) {
				found = append(found, mark+line)
			}
		}
	}
	only("- ", kept, happened)
	only("+ ", happened, kept)
	return strings.Join(found, "\n")
}
