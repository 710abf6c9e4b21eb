package main

import (
	"slices"
	"strings"
)

// commands takes a block of shell apart. A comment names the commands under it, up to the next empty line; one with no
// command under it is a line of its own, such as an expectation.
func commands(code []string) []line {
	var all []line
	var paragraph []string
	for _, one := range slices.Concat(code, []string{""}) {
		if strings.TrimSpace(one) != "" {
			paragraph = append(paragraph, one)
			continue
		}
		all, paragraph = append(all, paragraphLines(paragraph)...), nil
	}
	return all
}

func paragraphLines(paragraph []string) []line {
	var comments []string
	for len(paragraph) > 0 && strings.HasPrefix(paragraph[0], "#") {
		comments = append(comments, strings.TrimSpace(strings.TrimPrefix(paragraph[0], "#")))
		paragraph = paragraph[1:]
	}
	if len(paragraph) == 0 {
		return expectations(comments)
	}
	var all []line
	for len(paragraph) > 0 {
		text := paragraph[0]
		paragraph = paragraph[1:]
		for continues(text) && len(paragraph) > 0 {
			text = strings.TrimSuffix(text, `\`) + " " + strings.TrimSpace(paragraph[0])
			paragraph = paragraph[1:]
		}
		all = append(all, line{caption: strings.Join(comments, " "), text: strings.Join(strings.Fields(text), " "), code: true})
	}
	return all
}

// continues tells whether a command goes on in the next line: at a backslash, or inside quotes.
func continues(text string) bool {
	return strings.HasSuffix(text, `\`) || strings.Count(text, "'")%2 == 1
}

// expectations are comments that stand alone, each a line; after a colon, what follows belongs to it.
func expectations(comments []string) []line {
	var all []line
	for i, one := range comments {
		if strings.HasSuffix(one, ":") {
			return append(all, line{text: strings.Join(comments[i:], " ")})
		}
		all = append(all, line{text: one})
	}
	return all
}
