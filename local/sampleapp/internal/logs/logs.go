// Package logs writes the stand-in application's log: one JSON object a line, as FlowComply's.
//
// An error says so twice, "level":"error" and "severity":"ERROR": the runbook looks for the word ERROR, and CloudWatch's
// filters know upper from lower case.
package logs

import (
	"context"
	"io"
	"log/slog"
	"strings"
)

// New returns a logger. The level is LOG_LEVEL's word: debug, info, warn or error; anything else counts as info.
func New(out io.Writer, level string) *slog.Logger {
	var least slog.Level
	if least.UnmarshalText([]byte(level)) != nil {
		least = slog.LevelInfo
	}
	return slog.New(severity{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: least, ReplaceAttr: lower})})
}

func lower(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) == 0 && attr.Key == slog.LevelKey {
		attr.Value = slog.StringValue(strings.ToLower(attr.Value.String()))
	}
	return attr
}

type severity struct{ slog.Handler }

func (s severity) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelError {
		record.AddAttrs(slog.String("severity", "ERROR"))
	}
	return s.Handler.Handle(ctx, record)
}

func (s severity) WithAttrs(attrs []slog.Attr) slog.Handler {
	return severity{s.Handler.WithAttrs(attrs)}
}

func (s severity) WithGroup(name string) slog.Handler { return severity{s.Handler.WithGroup(name)} }
