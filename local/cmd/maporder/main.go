// Command maporder is package maporder for `go vet -vettool`, which remembers what it has looked at:
//
//	go vet -vettool=$PWD/.local/bin/maporder ./...
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/flowcomply/infrastructure/local/maporder"
)

func main() { unitchecker.Main(maporder.Analyzer) }
