// Command configdocs writes docs/config.md, the table of every configuration key, to standard output:
//
//	go run ./stacks/cmd/configdocs > docs/config.md
//
// Which keys there are comes from the types that the loader fills, and what they mean from those types' comments, so
// that the document cannot say anything else than the program does. It is run at the repository's root.
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
