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
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(p.in).ReadString('\n') // no answer is none
		answered <- line
	}()
	select {
	case line := <-answered:
		return strings.TrimSpace(line) == "yes", nil
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
