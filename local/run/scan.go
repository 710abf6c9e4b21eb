package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/scan"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Scan applies the stack file to a fresh emulated AWS, has Prowler look at all of it, and holds each failure against the
// exceptions of docs/controls.md. A failure without an exception is an error, and so is an exception without a failure.
func (r Run) Scan(ctx context.Context) error {
	page, err := os.ReadFile(filepath.Join(r.Root, "docs", "controls.md"))
	if err != nil {
		return err
	}
	rows, err := scan.Rows(string(page))
	if err != nil {
		return err
	}
	fmt.Fprintf(r.Out, "scanner            Prowler %s; it is installed the first time, in minutes\n", toolchain.ProwlerVersion)
	prowler, err := toolchain.Open(r.Root).Prowler(ctx)
	if err != nil {
		return err
	}
	r.Clone = true
	return r.Fresh(ctx, func(ctx context.Context, stack engine.Stack) error {
		begin := time.Now()
		if err := r.apply(ctx, stack); err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "applied in %s; scanning\n", time.Since(begin).Round(time.Second))
		begin = time.Now()
		findings, unseen, err := r.findings(ctx, prowler, stack)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "scanned in %s\n\n", time.Since(begin).Round(time.Second))
		verdict := scan.Judge(findings, rows)
		if err := verdict.Write(r.Out); err != nil {
			return err
		}
		fmt.Fprintf(r.Out, "\nNot seen, as the emulated AWS does not have all of: %s\n", strings.Join(unseen, ", "))
		return verdict.Err()
	})
}

// findings runs Prowler with all of its checks on the stack's account and region, and reads what it wrote and what it did not
// see. Its output is kept beside the run folder, which is removed.
func (r Run) findings(ctx context.Context, prowler string, stack engine.Stack) (found []scan.Finding, unseen []string, err error) {
	home := filepath.Join(r.folder(), "prowler") // where it writes, whatever else it would like to
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, prowler, "aws", "--region", stack.Emulator.Region, "--output-formats", "json-ocsf",
		"--output-directory", home, "--output-filename", "findings", "--ignore-exit-code-3", "--no-banner", "--no-color",
		"--only-logs", "--log-level", "ERROR")
	log, err := os.Create(filepath.Join(home, "prowler.log"))
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = home, log, log
	cmd.Env = slices.Concat(os.Environ(), stack.Emulator.Environment(), []string{"HOME=" + home})
	ran := cmd.Run()
	said, err := os.ReadFile(log.Name())
	if err := errors.Join(ran, err); err != nil {
		return nil, nil, fmt.Errorf("scan by Prowler: %w\n%s", err, said)
	}
	output := filepath.Join(r.Root, ".local", r.Name+".ocsf.json")
	if err := os.Rename(filepath.Join(home, "findings.ocsf.json"), output); err != nil {
		return nil, nil, fmt.Errorf("scan: Prowler ended well without its output: %w", err)
	}
	fmt.Fprintf(r.Out, "Prowler's own words: %s\n", output)
	file, err := os.Open(output)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	found, err = scan.Read(file)
	return found, scan.Unseen(string(said)), err
}
