package deploylog

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowcomply/infrastructure/internal/text"
)

// FormatDuration writes a duration for a reader, in its two largest units: "45 minutes", "1 hour 5 minutes", "less than a second".
func FormatDuration(d time.Duration) string {
	if d < time.Second {
		return "less than a second"
	}
	whole := int(d.Round(time.Second) / time.Second)
	units := []struct {
		name string
		n    int
	}{{"hour", whole / 3600}, {"minute", whole / 60 % 60}, {"second", whole % 60}}
	var parts []string
	for i, unit := range units {
		if unit.n > 0 && (i < 2 || whole < 3600) {
			parts = append(parts, text.Count(unit.n, unit.name))
		}
	}
	return strings.Join(parts, " ")
}

// short writes a duration for a picture: 1h05m, 3m44s, 2m, 12s, 0.4s.
func short(d time.Duration) string {
	took := exact(d)
	for _, zeros := range []string{"m00s", "h00m"} {
		if rest, found := strings.CutSuffix(took, zeros); found {
			return rest + zeros[:1]
		}
	}
	return took
}

func exact(d time.Duration) string {
	switch whole := d.Round(time.Second); {
	case d < 0:
		return "0s"
	case d > 0 && d < 10*time.Second && d%time.Second != 0:
		return number(d.Seconds(), 2) + "s"
	case whole < time.Minute:
		return fmt.Sprintf("%ds", whole/time.Second)
	case whole < time.Hour:
		return fmt.Sprintf("%dm%02ds", whole/time.Minute, whole%time.Minute/time.Second)
	default:
		return fmt.Sprintf("%dh%02dm", whole/time.Hour, whole%time.Hour/time.Minute)
	}
}

// upper writes the first letter large.
func upper(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(first)) + s[size:]
}

// cut shortens a line to at most n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// list joins those that are not empty.
func list(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}
