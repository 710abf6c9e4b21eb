// Command restore takes a stack's data back to a snapshot or a moment, ends that, and rehearses it.
//
//	restore -stack production                                lists what can be restored
//	restore -stack production -snapshot ID                   restores it: -time and -latest likewise
//	restore -stack production                                goes on with a restore that was interrupted
//	restore -stack production -confirm                       drops the instance before
//	restore -stack production -undo                          goes back to it, and drops the copy
//	restore drill -stack production                          restores the latest snapshot beside the stack, and checks it
//
// It runs in the root of the repository, with the Pulumi CLI on PATH and logged in to the stack's backend, and with
// credentials of the stack's account. -config-file names the stack file that the stack is updated with, which is
// Pulumi.<stack>.yaml unless another is given.
//
// Exit codes:
//
//	0  what was asked for is so
//	1  an update failed; what is said last tells what is in use, and how to go on
//	2  refused: bad input, something that speaks against it, or a person who said no; nothing was changed
//
// Those of a drill are verify's: 0 the copy is good, 1 something failed, 2 it could not be made, 3 it took too long.
//
// `go run` makes 1 of every code but 0: `make` builds the command first. An interrupt is passed to the engine once, which
// finishes what it has begun; a drill drops its copy then.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
