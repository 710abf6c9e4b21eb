// Command tamperingdocs writes docs/tampering.md, what somebody could do to a running stack beside the program and who would
// see it, to standard output:
//
//	go run ./docs/cmd/tamperingdocs > docs/tampering.md
//
// The rows are in table.go and the files beside it, by area. A test holds that every type of resource in the program's graphs
// has a row and no row is of a type that is gone, that every check and alarm that a row names exists, and that the page is what
// this command writes.
package main

import (
	"log"
	"os"
)

func main() {
	if _, err := os.Stdout.WriteString(page()); err != nil {
		log.Fatal(err)
	}
}
