package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// byHand are lines that a person does, and will go on doing.
type byHand struct {
	Lines   []string `json:"lines"`
	Reason  string   `json:"reason"`  // why no program does it
	Instead string   `json:"instead"` // what the person does, and who
}

// answer is what is said of one line: at least one of these.
type answer struct {
	anchors []anchor
	byHand  *byHand
}

// read decodes the list of what people do strictly: a key that is misspelt is an error.
func read(file string) ([]byHand, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []byHand
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// account gives each line its answer, by address. Every line has to have one, and only one kind of it; what names a line
// that is not there is an error.
func account(sections []section, anchors []anchor, hands []byHand) (map[string]*answer, error) {
	a := accounts{answers: map[string]*answer{}}
	for _, s := range sections {
		for _, one := range s.lines {
			if a.answers[one.address] != nil {
				a.fail("old runbook: two lines have the address %s", one.address)
			}
			a.answers[one.address] = &answer{}
		}
	}
	for _, one := range anchors {
		a.each(one.where, one.addresses, func(to *answer) { to.anchors = append(to.anchors, one) })
	}
	for _, one := range hands {
		where := fmt.Sprintf("by hand, %v", one.Lines)
		if len(one.Lines) == 0 || strings.TrimSpace(one.Reason) == "" || strings.TrimSpace(one.Instead) == "" {
			a.fail("%s: lines, reason and instead are all needed", where)
		}
		a.each(where, one.Lines, func(to *answer) { to.byHand = &one })
	}
	for _, s := range sections {
		for _, one := range s.lines {
			a.judge(one)
		}
	}
	return a.answers, errors.Join(a.problems...)
}

type accounts struct {
	answers  map[string]*answer
	problems []error
}

func (a *accounts) fail(format string, args ...any) {
	a.problems = append(a.problems, fmt.Errorf(format, args...))
}

// each calls back for every line that addresses name, and for none twice.
func (a *accounts) each(where string, addresses []string, found func(*answer)) {
	var seen []string
	for _, address := range addresses {
		for _, one := range expand(address) {
			switch {
			case a.answers[one] == nil:
				a.fail("%s: the old runbook has no line %s; docs/runbook.md lists them", where, one)
			case slices.Contains(seen, one):
				a.fail("%s: names %s twice", where, one)
			default:
				seen = append(seen, one)
				found(a.answers[one])
			}
		}
	}
}

func (a *accounts) judge(one line) {
	said := a.answers[one.address]
	switch {
	case len(said.anchors) == 0 && said.byHand == nil:
		a.fail("line %s (%s): nothing says what does it now; %s at the code, or say in %s who does it and why", one.address, one.text, how, handsFile)
	case said.byHand != nil && len(said.anchors) > 0:
		a.fail("line %s: is done by %s and by hand; take it out of one", one.address, said.anchors[0].where)
	}
}

var rangeForm = regexp.MustCompile(`^(.+#)([0-9]+)-([0-9]+)$`)

// expand makes single addresses of "1.3#1-3". What is not of that form, or runs backwards, stays as it is and is found
// to name no line.
func expand(address string) []string {
	found := rangeForm.FindStringSubmatch(address)
	if found == nil {
		return []string{address}
	}
	first, errFirst := strconv.Atoi(found[2])
	last, errLast := strconv.Atoi(found[3])
	if errFirst != nil || errLast != nil || last <= first || last-first > 100 {
		return []string{address}
	}
	var all []string
	for n := first; n <= last; n++ {
		all = append(all, found[1]+strconv.Itoa(n))
	}
	return all
}
