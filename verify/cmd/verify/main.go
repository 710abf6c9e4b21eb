// Command verify tells whether a deployed stack is what was asked for, and
// shows what is not, why, and what to do next. It only reads, but for one login.
//
//	go run ./verify/cmd/verify --stack production
//	go run ./verify/cmd/verify --outputs outputs.json --format junit --out verify.xml
//	go run ./verify/cmd/verify --stack staging -- npx playwright test --config=playwright.staging.config.ts
//
// The last is the gate before production (runbook 1.1): the same checks of another
// stack, with the operator's own suite as one of them.
//
// Exit codes:
//
//	0  no check failed (see --require-data for those that lack data)
//	1  at least one check failed or timed out
//	2  bad input: usage, no such stack, no outputs or unreadable ones, or such a --before; or --out cannot be written
//	3  no access to AWS: unreachable, credentials missing, expired or refused, or the wrong account
//
// `go run` itself makes 1 of every code but 0: where the difference matters, as in
// CI, build the command first (go build -o bin/verify ./verify/cmd/verify).
//
// Credentials come from where the AWS SDK looks for them (AWS_PROFILE, single
// sign-on, a role), the region from the outputs. AWS_ENDPOINT_URL sends every
// question to AWS elsewhere; the report names that place. HTTPS_PROXY, NO_PROXY and
// SSL_CERT_FILE hold for site and API. The one secret that is read is the smoke
// user's; neither it, nor a token, nor any credential is ever printed: outputs hold
// ARNs, masked outputs are refused, and what servers, logs and commands say is redacted.
package main

import (
	"os"

	"github.com/flowcomply/infrastructure/verify/web"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv, web.NewHTTPClient()))
}
