// Package verify puts together the checks that tell whether a deployed stack is what was asked for.
//
// Input is the stack's outputs (verify/outputs), output is a report of checks (verify/check), each with one of four outcomes:
//
//   - verify/awschecks asks AWS itself and trusts no "steady" or "updated". A service that ECS rolled back is steady too, and
//     the provider reports that as a success (terraform-provider-aws #20858, pulumi-awsx #1848).
//   - verify/web asks over HTTP, as users do.
//   - Custom is a command of the operator's own, such as a suite of tests.
//   - verify/preflight is the same machinery before a release.
//
// Nothing here writes to AWS, and nothing imports Pulumi, so the checks run wherever the outputs can be read.
package verify
