// Package terminal asks the person at the terminal, for the commands of package release and those beside it.
package terminal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/flowcomply/infrastructure/stacks/release"
)

// Person is who sits at the terminal, if In is one.
type Person struct {
	In  io.Reader
	Out io.Writer
}

// Ask takes "yes" for an agreement, and nothing else: not a y that was meant for another window.
func (p Person) Ask(ctx context.Context, question string) (bool, error) {
	if !isTerminal(p.In) {
		return false, release.ErrNobody
	}
	fmt.Fprintf(p.Out, "\n%s Type yes to go on: ", question)
	type line struct {
		text string
		err  error
	}
	answered := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(p.In).ReadString('\n')
		answered <- line{text, err}
	}()
	select {
	case said := <-answered:
		if said.text == "" && said.err != nil { // /dev/null counts as a terminal, and says nothing
			fmt.Fprintln(p.Out)
			return false, release.ErrNobody
		}
		return strings.TrimSpace(said.text) == "yes", nil
	case <-ctx.Done():
		return false, nil
	}
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
