// Package program is the frame of the programs that an update runs as its steps: what they are asked, and how they end.
// What a program does is shown on standard error; one line of JSON on standard output, the receipt, says what was done.
package program

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes. Asking for help is no mistake.
const (
	Done    = 0
	Failed  = 1
	Misused = 2 // called wrongly: nothing was begun
)

// Program is one of them: what it can be asked, and what it answers.
type Program[Request, Receipt any] struct {
	Name string // begins each line of an error
	// Parse reads the command line; it writes flags' mistakes and the usage to show, and returns flag.ErrHelp for -h.
	Parse func(args []string, show io.Writer) (Request, error)
	// Do does it. The context ends with an interrupt.
	Do func(ctx context.Context, asked Request, show io.Writer) (Receipt, error)
}

// Run is the whole program; the result is its exit code.
func (p Program[Request, Receipt]) Run(args []string, stdout, stderr io.Writer) int {
	asked, err := p.Parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return Done
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return Misused
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	done, err := p.Do(ctx, asked, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return Failed
	}
	_ = json.NewEncoder(stdout).Encode(done) // nobody reads it where this fails
	return Done
}
