// Command runbookdocs writes docs/runbook.md, the runbook of October 2025 line by line beside the code that does it now,
// to standard output:
//
//	go run ./docs/cmd/runbookdocs > docs/runbook.md
//
// The old text is docs/runbook-2025-10.md. What does a line is said where it is done, by a comment on a line of its own:
//
//	//runbook:1.3#1-2,rollback.2#2 what it does, in a sentence.
//	# runbook:6.3#1 the same, where comments start with #.
//
// A line that a person does is in docs/runbook-by-hand.json, with the reason. It is an error, which names the line or the
// file, if a line has neither, if an anchor or an entry names a line that does not exist, and if an entry gives no
// reason. It is run at the repository's root, and asks Git which files there are.
package main

import (
	"log"
	"os"
)

func main() {
	text, err := generate(".")
	if err == nil {
		_, err = os.Stdout.WriteString(text)
	}
	if err != nil {
		log.Fatal(err)
	}
}
