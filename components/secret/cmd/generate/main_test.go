package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests prove the value's form and that every character is as likely as any other. They do not prove that the
// machine's random source is good: that is the operating system's promise.

// source repeats the given bytes for ever.
type source struct {
	bytes []byte
	next  int
}

func (s *source) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = s.bytes[s.next%len(s.bytes)]
		s.next++
	}
	return len(p), nil
}

func TestRun_WritesTheValueAndNothingElse(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		var out, errs bytes.Buffer
		require.Zero(t, run([]string{"-bytes", "32"}, rand.Reader, &out, &errs))
		assert.Empty(t, errs.String())
		value := out.String()
		assert.Len(t, value, 43)
		assert.Empty(t, strings.Trim(value, alphabet), "letters and digits only, no line end")
		assert.Equal(t, value, url.QueryEscape(value), "safe in any part of a URL")
		for _, kind := range []string{upper, lower, digits} {
			assert.True(t, strings.ContainsAny(value, kind), "%q has none of %s", value, kind)
		}
		assert.False(t, seen[value], "drawn twice")
		seen[value] = true
	}
}

// The longest value must pass where it is used: RDS takes 128 characters, ElastiCache 16 to 128.
func TestLength_HoldsTheEntropyAndFits(t *testing.T) {
	for size := minBytes; size <= maxBytes; size++ {
		bits := float64(length(size)) * math.Log2(62)
		assert.GreaterOrEqual(t, bits, float64(size*8))
		assert.Less(t, bits, float64(size*8)+6, "no longer than it has to be")
		assert.GreaterOrEqual(t, length(size), 16)
		assert.LessOrEqual(t, length(size), 128)
	}
}

// Each of the 256 bytes once: every character must come out equally often.
func TestDraw_FavoursNoCharacter(t *testing.T) {
	every := &source{}
	for b := range 256 {
		every.bytes = append(every.bytes, byte(b))
	}
	value, err := draw(every, 248)
	require.NoError(t, err)
	for _, character := range alphabet {
		assert.Equal(t, 4, strings.Count(value, string(character)), "%c", character)
	}
}

func TestRun_DrawsAgainWhenAKindIsMissing(t *testing.T) {
	first := bytes.Repeat([]byte{0}, length(16))  // capitals only
	second := []byte{0, 26, 52, 0, 26, 52, 0, 26} // then a mix
	for len(second) < length(16) {
		second = append(second, 1)
	}
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"-bytes", "16"}, bytes.NewReader(append(first, second...)), &out, &errs))
	assert.Equal(t, "Aa0Aa0AaBBBBBBBBBBBBBB", out.String())
}

func TestRun_Failures(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"too weak", []string{"-bytes", "15"}, 2, "between 16 and 64"},
		{"too long", []string{"-bytes", "65"}, 2, "between 16 and 64"},
		{"not a number", []string{"-bytes", "many"}, 2, "invalid value"},
		{"unknown flag", []string{"-length", "20"}, 2, "not defined"},
		{"an argument too many", []string{"-bytes", "32", "more"}, 2, "no other argument"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			assert.Equal(t, row.code, run(row.args, rand.Reader, &out, &errs))
			assert.Empty(t, out.String())
			assert.Contains(t, errs.String(), row.want)
		})
	}
	t.Run("source fails", func(t *testing.T) {
		var out, errs bytes.Buffer
		assert.Equal(t, 1, run(nil, iotest.ErrReader(errors.New("no entropy")), &out, &errs))
		assert.Empty(t, out.String())
		assert.Contains(t, errs.String(), "random source: no entropy")
	})
	t.Run("source repeats itself", func(t *testing.T) {
		var out, errs bytes.Buffer
		assert.Equal(t, 1, run(nil, &source{bytes: []byte{7}}, &out, &errs))
		assert.Empty(t, out.String())
		assert.Contains(t, errs.String(), "repeats itself")
	})
}
