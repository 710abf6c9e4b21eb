// Package terminal asks the person at the terminal.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrNobody says that there is no terminal to ask at.
var ErrNobody = errors.New("there is no terminal to ask at")

// Person is who sits at the terminal, if In is one.
type Person struct {
	In  io.Reader
	Out io.Writer
}

// Ask takes "yes" for an agreement, and nothing else: not a y that was meant for another window. An interrupt is a no. The
// error is ErrNobody.
func (p Person) Ask(ctx context.Context, question string) (bool, error) {
	if !isTerminal(p.In) {
		return false, ErrNobody
	}
	fmt.Fprintf(p.Out, "\n%s Type yes to go on: ", question)
	type line struct {
		text string
		err  error
	}
	answered := make(chan line, 1)
	go func() { // reading a terminal cannot be interrupted
		text, err := bufio.NewReader(p.In).ReadString('\n')
		answered <- line{text, err}
	}()
	select {
	case said := <-answered:
		if said.text == "" && said.err != nil { // /dev/null counts as a terminal, and says nothing
			fmt.Fprintln(p.Out)
			return false, ErrNobody
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
