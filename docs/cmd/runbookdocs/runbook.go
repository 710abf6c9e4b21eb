package main

import (
	"fmt"
	"regexp"
	"strings"
)

// section is a heading of the old runbook with the lines under it.
type section struct {
	level   int    // of the heading; 0 for what stands after the last rule, under no heading
	heading string // as written
	address string // "1.3", "pre.2", "rollback.1"
	lines   []line
}

// line is one meaningful line: a command with its continuations, an expectation, an item, a row.
type line struct {
	address string // the section's and the number in it: "1.3#1"
	caption string // the comment that names a command, without the mark
	text    string // in one line
	code    bool
}

// chapters are the headings of the second level, with what the addresses under them start with. A step's own number is
// enough.
var chapters = map[string]string{
	"Overview": "overview", "Pre-Deployment Checklist": "pre", "Deployment Steps": "", "Post-Deployment Tasks": "post",
	"Rollback Procedures": "rollback", "Troubleshooting": "trouble", "Contact Information": "contact",
	"Deployment Log Template": "log", "Appendix": "appendix",
}

var (
	headingForm = regexp.MustCompile(`^(#+) (.+)$`)
	numberForm  = regexp.MustCompile(`^(?:Phase |Step |Option )?([0-9]+(?:\.[0-9]+)?|[A-Z])[.:] `)
	itemForm    = regexp.MustCompile(`^(?:- \[ \] |- |[0-9]+\. )`)
	labelForm   = regexp.MustCompile(`^\*\*[^*]+:\*\*$`) // "**Diagnosis:**": a heading in bold
	wordForm    = regexp.MustCompile(`[A-Za-z]+`)
)

// reader takes the old runbook apart, from top to bottom.
type reader struct {
	sections []section
	chapter  string
	fence    string // the language of the code that is being read; empty outside
	code     []string
}

// parse returns the sections in order. Blank lines, rules, fences, headings and bold labels are no lines; neither is a
// comment that names the command under it.
func parse(text string) ([]section, error) {
	r := &reader{sections: []section{{address: "top"}}}
	for raw := range strings.Lines(text) {
		one := strings.TrimRight(raw, "\n")
		if err := r.read(one); err != nil {
			return nil, err
		}
	}
	if r.fence != "" {
		return nil, fmt.Errorf("old runbook: code in %s is not closed", r.current().address)
	}
	return r.sections, nil
}

func (r *reader) current() *section { return &r.sections[len(r.sections)-1] }

func (r *reader) read(one string) error {
	mark, fenced := strings.CutPrefix(one, "```")
	switch {
	case fenced && r.fence == "":
		r.fence, r.code = mark, nil
	case fenced:
		r.addCode()
		r.fence = ""
	case r.fence != "":
		r.code = append(r.code, one)
	case one == "---":
		r.sections = append(r.sections, section{address: "end"})
	case strings.TrimSpace(one) == "" || labelForm.MatchString(one):
	default:
		if found := headingForm.FindStringSubmatch(one); found != nil {
			return r.open(len(found[1]), found[2])
		}
		r.add(line{text: itemForm.ReplaceAllString(one, "")})
	}
	return nil
}

// open begins a section; the title's keeps the first address.
func (r *reader) open(level int, heading string) error {
	address := slug(heading)
	if found := numberForm.FindStringSubmatch(heading); found != nil {
		address = found[1]
	}
	switch {
	case level == 1:
		address = "top"
	case level == 2:
		chapter, known := chapters[heading]
		if !known {
			return fmt.Errorf("old runbook: chapter %q has no address; add it to chapters", heading)
		}
		r.chapter, address = chapter, chapter
	case r.chapter != "":
		address = r.chapter + "." + address
	}
	r.sections = append(r.sections, section{level: level, heading: heading, address: address})
	return nil
}

// slug is a heading without a number as part of an address: its first word, "slow" of "Issue: Slow response times".
func slug(heading string) string {
	return strings.ToLower(wordForm.FindString(strings.TrimPrefix(heading, "Issue: ")))
}

func (r *reader) add(one line) {
	to := r.current()
	one.address = fmt.Sprintf("%s#%d", to.address, len(to.lines)+1)
	to.lines = append(to.lines, one)
}

// addCode adds the lines of a block: of a shell's, commands and the comments that name none; of any other, every line.
func (r *reader) addCode() {
	if r.fence != "bash" {
		for _, one := range r.code {
			if strings.TrimSpace(one) != "" {
				r.add(line{text: one, code: true})
			}
		}
		return
	}
	for _, one := range commands(r.code) {
		r.add(one)
	}
}
