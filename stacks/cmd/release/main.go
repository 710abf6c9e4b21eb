// Command release makes a release of a stack, goes back to an earlier one, and lists those there were.
//
//	release list     -stack production
//	release apply    -stack production -version v1.1.0
//	release rollback -stack production [-to v1.0.0]
//
// It runs in the root of the repository, with the Pulumi CLI on PATH and logged in to the stack's backend, and with
// credentials of the stack's account. -config-file names the stack file that the stack is updated with, which is
// Pulumi.<stack>.yaml unless another is given.
//
// Exit codes:
//
//	0  the release is proven, or there was nothing to do
//	1  it failed, and what served before serves: nothing had changed for users, or going back to it was proven
//	2  refused: bad input, something that speaks against it, or a person who said no; nothing was changed
//	4  it failed and was left as it is
//	5  it failed, and so did going back
//
// `go run` makes 1 of every code but 0: `make` builds the command first. An interrupt is passed to the engine once, which
// finishes what it has begun; a release that was interrupted is gone back from only if somebody says so.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
