// Command preflight refuses a release before anything is changed: wrong account, a checkout that is not the tagged
// commit, a Docker that cannot build, missing secrets, a certificate or mail domain that is not in order, alarms that fire or would tell nobody, a
// deployment that is under way, an image that is gone. It only reads. An update runs it as its first step; by hand:
//
//	go run ./verify/cmd/preflight < question.json
//
// The question is a inputs.Preflight as JSON on standard input. Progress, the report, what was not checked and the refusal
// are on standard error; one line of JSON on standard output is the receipt of a release that may go on.
//
// Exit codes:
//
//	0  ready: no check failed
//	1  refused: at least one check failed or timed out
//	2  bad input: usage, or a question that cannot be right
//	3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
//
// `go run` itself makes 1 of every code but 0. Credentials come from where the AWS SDK looks for them (AWS_PROFILE, single
// sign-on, a role), the region from the question. AWS_ENDPOINT_URL sends every question to AWS elsewhere; the report names
// that place. No secret's value is read.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
