package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/flowcomply/infrastructure/stacks/release"
)

// person is who sits at the terminal, if standard input is one.
type person struct {
	in  io.Reader
	out io.Writer
}

// Ask takes "yes" for an agreement, and nothing else: not a y that was meant for another window.
func (p person) Ask(ctx context.Context, question string) (bool, error) {
	if !terminal(p.in) {
		return false, release.ErrNobody
	}
	fmt.Fprintf(p.out, "\n%s Type yes to go on: ", question)
	type line struct {
		text string
		err  error
	}
	answered := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(p.in).ReadString('\n')
		answered <- line{text, err}
	}()
	select {
	case said := <-answered:
		if said.text == "" && said.err != nil { // /dev/null counts as a terminal, and says nothing
			fmt.Fprintln(p.out)
			return false, release.ErrNobody
		}
		return strings.TrimSpace(said.text) == "yes", nil
	case <-ctx.Done():
		return false, nil
	}
}

func terminal(in io.Reader) bool {
	file, ok := in.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
