package terminal

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests play the terminal. They do not prove what a real one does with what is typed.

// keyboard is a terminal on which a line is typed.
type keyboard struct {
	io.Reader
	mode os.FileMode
}

func (k keyboard) Stat() (os.FileInfo, error) { return kind{mode: k.mode}, nil }

type kind struct {
	os.FileInfo
	mode os.FileMode
}

func (k kind) Mode() os.FileMode { return k.mode }

func TestAsk_TakesAYesAndNothingElse(t *testing.T) {
	for line, want := range map[string]bool{"yes\n": true, " yes \n": true, "y\n": false, "YES\n": false, "\n": false, "yes": true} {
		var out bytes.Buffer
		got, err := Person{keyboard{strings.NewReader(line), os.ModeCharDevice}, &out}.Ask(t.Context(), "Go?")
		require.NoError(t, err)
		assert.Equal(t, want, got, line)
		assert.Equal(t, "\nGo? Type yes to go on: ", out.String())
	}
}

func TestAsk_NeedsSomebody(t *testing.T) {
	for _, in := range []io.Reader{nil, strings.NewReader("yes\n"), keyboard{strings.NewReader("yes\n"), 0}, keyboard{strings.NewReader(""), os.ModeCharDevice}} {
		_, err := Person{in, io.Discard}.Ask(t.Context(), "Go?")
		require.ErrorIs(t, err, ErrNobody)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, _ := io.Pipe()
	agreed, err := Person{keyboard{silent, os.ModeCharDevice}, io.Discard}.Ask(ctx, "Go?")
	require.NoError(t, err)
	assert.False(t, agreed, "interrupted")
}
