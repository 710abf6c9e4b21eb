// Command verify tells whether a deployed stack is what was asked for, and
// shows what is not, why, and what to do next. It only reads.
//
//	go run ./verify/cmd/verify --stack production
//	go run ./verify/cmd/verify --outputs outputs.json --format junit --out verify.xml
//
// Exit codes:
//
//	0  no check failed (see --require-data for those that lack data)
//	1  at least one check failed or timed out
//	2  bad input: usage, no such stack, no outputs or unreadable ones; or --out cannot be written
//	3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
//
// `go run` itself makes 1 of every code but 0: where the difference matters, as in
// CI, build the command first (go build -o bin/verify ./verify/cmd/verify).
//
// Credentials come from where the AWS SDK looks for them (AWS_PROFILE, single
// sign-on, a role), the region from the outputs. AWS_ENDPOINT_URL sends every
// question elsewhere; the report names that place. Neither a credential nor the
// value of a secret is ever printed: outputs hold ARNs, and masked outputs are refused.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
