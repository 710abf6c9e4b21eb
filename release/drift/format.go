package drift

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/release/deploylog"
)

// Format is how drift is written.
type Format string

// The formats.
const (
	Terminal Format = "terminal"
	JSON     Format = "json"
	Markdown Format = "markdown"
)

// Formats are all formats.
func Formats() []Format { return []Format{Terminal, JSON, Markdown} }

//go:embed page.html
var pageText string

//go:embed markdown.tmpl
var markdownText string

//go:embed terminal.tmpl
var terminalText string

var functions = map[string]any{
	"md": markdown, "bare": func(s string) string { return strings.ReplaceAll(s, "`", "") },
	"or0": func(s string) string { return text.First(s, "nothing") }, "plain": text.Plain,
}

var (
	pageTemplate     = template.Must(template.New("page").Funcs(functions).Parse(pageText))
	markdownTemplate = texttemplate.Must(texttemplate.New("markdown").Funcs(functions).Parse(markdownText))
	terminalTemplate = texttemplate.Must(texttemplate.New("terminal").Funcs(functions).Parse(terminalText))
)

// markdown is text in a table of GitHub's, where an @ would call somebody.
func markdown(value any) string { return strings.ReplaceAll(deploylog.Escape(value), "@", "@\u200b") }

// Write writes drift in a format.
func (d Drift) Write(w io.Writer, format Format) error {
	switch format {
	case JSON:
		written, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", written)
		return err
	case Markdown:
		return markdownTemplate.Execute(w, d)
	case Terminal:
		return terminalTemplate.Execute(w, d)
	}
	return fmt.Errorf("format %q: unknown; it is one of %v", format, Formats())
}

// HTML writes drift as one page that loads nothing, in the look of deployment logs.
func (d Drift) HTML(w io.Writer) error { return pageTemplate.Execute(w, d) }

// Style is the page's.
func (d Drift) Style() template.CSS { return deploylog.Style() }

// Verdict is all of it in one line.
func (d Drift) Verdict() string {
	unexpected := d.Unexpected()
	var parts []string
	if len(unexpected) > 0 {
		parts = append(parts, text.Count(len(unexpected), "resource")+" differs")
		if len(unexpected) > 1 {
			parts[0] = strings.TrimSuffix(parts[0], "s")
		}
	}
	if risks := risksOf(unexpected); risks != "" {
		parts = append(parts, "among them "+risks)
	}
	if len(d.Over) > 0 {
		parts = append(parts, text.Count(len(d.Over), "expectation")+" past its day")
	}
	if len(parts) == 0 {
		parts = append(parts, "no drift")
	}
	if expected := len(d.Items) - len(unexpected); expected > 0 {
		parts = append(parts, fmt.Sprintf("%d expected", expected))
	}
	return strings.Join(parts, "; ")
}

func risksOf(items []Item) string {
	var grave []string
	for _, one := range items {
		if slices.Contains(severe, one.Risk) {
			grave = append(grave, one.Risk)
		}
	}
	slices.Sort(grave)
	return strings.Join(slices.Compact(grave), ", ")
}

// Ending is the class of the page's heading.
func (d Drift) Ending() string {
	return map[int]string{CodeNone: "good", CodeDrift: "back", CodeSevere: "failed"}[d.Code()]
}

// Class is that of an item's row.
func (i Item) Class() string {
	switch {
	case i.Expected != nil:
		return "good"
	case slices.Contains(severe, i.Risk):
		return "failed"
	}
	return "unknown"
}

// What says what happened to the item: "changed", "not applied: update".
func (i Item) What() string {
	if i.Operation != "" {
		return string(i.Kind) + ": " + i.Operation
	}
	return string(i.Kind)
}

// Program is the commit as people write it; empty where it is not known.
func (d Drift) Program() string { return fmt.Sprintf("%.10s", d.Commit) }

// Of counts the items of a kind.
func (d Drift) Of(kind Kind) int {
	n := 0
	for _, one := range d.Items {
		if one.Kind == kind {
			n++
		}
	}
	return n
}

// Tiles are the numbers at the head of the page.
func (d Drift) Tiles() []Tile {
	var tiles []Tile
	for _, kind := range []Kind{Changed, Deleted, Added, Untracked, NotApplied} {
		tiles = append(tiles, Tile{strings.ToUpper(string(kind[:1])) + string(kind[1:]), d.Of(kind)})
	}
	return tiles
}

// Tile is one number at the head of the page.
type Tile struct {
	What string
	N    int
}
