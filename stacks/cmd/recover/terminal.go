package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// person is who sits at the terminal, if standard input is one.
type person struct {
	in  *os.File
	out io.Writer
}

var errNobody = errors.New("there is no terminal to ask at")

// Ask takes "yes" for an agreement, and nothing else: not a y that was meant for another window.
func (p person) Ask(ctx context.Context, question string) (bool, error) {
	info, err := p.in.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false, errNobody
	}
	fmt.Fprintf(p.out, "%s Type yes to go on: ", question)
	type line struct {
		text string
		err  error
	}
	answered := make(chan line, 1)
	go func() { // reading a terminal cannot be interrupted
		text, err := bufio.NewReader(p.in).ReadString('\n')
		answered <- line{text, err}
	}()
	select {
	case said := <-answered:
		if said.text == "" && said.err != nil { // /dev/null counts as a terminal, and says nothing
			fmt.Fprintln(p.out)
			return false, errNobody
		}
		return strings.TrimSpace(said.text) == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
