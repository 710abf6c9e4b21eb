package main

import (
	"regexp"
	"strings"
)

// boundary is between two sentences; what follows `e.g.` is in lower case.
var boundary = regexp.MustCompile(`\. +[A-Z` + "`" + `]`)

// split takes what a comment says about changing the key out of the rest.
func split(text string) (meaning, change string) {
	var meanings, changes []string
	for _, sentence := range sentences(text) {
		if strings.HasPrefix(sentence, "Changing ") {
			changes = append(changes, sentence)
		} else {
			meanings = append(meanings, sentence)
		}
	}
	return strings.Join(meanings, " "), strings.Join(changes, " ")
}

func sentences(text string) []string {
	var out []string
	for {
		at := boundary.FindStringIndex(text)
		if at == nil {
			return append(out, text)
		}
		out = append(out, text[:at[0]+1])
		text = text[at[1]-1:]
	}
}

// The ways in which comments name a default.
var defaults = []*regexp.Regexp{
	regexp.MustCompile(`[Dd]efault:? ([^.;,]+(?:\.[0-9][^.;,]*)?)`),
	regexp.MustCompile(`(?:^|[;,.] )([^;,.]+) when left out`),
}

// needed says whether a key may be left out, and what holds then.
func needed(optional bool, text string) string {
	if !optional {
		return "yes"
	}
	for _, form := range defaults {
		if found := form.FindStringSubmatch(text); found != nil {
			return "no; default " + strings.ToLower(found[1][:1]) + found[1][1:]
		}
	}
	return "no"
}
