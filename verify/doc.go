// Package verify tells whether a deployed stack is what was asked for. It asks
// AWS itself and trusts no "steady" or "updated": a service that ECS rolled back
// is steady too, and the provider of this project's version reports it as a
// success (terraform-provider-aws #20858, pulumi-awsx #1848).
//
// Input is the stack's outputs (Outputs, Parse), output is a Report of checks,
// each with one of four outcomes. Nothing here writes to AWS, and nothing here
// imports Pulumi, so the checks run wherever the outputs can be read.
//
// Preflight is the same machinery before a release: a Question instead of outputs,
// PreflightChecks instead of Checks, and a Refusal where one fails. What is wrong
// beforehand would be found by verification too, only after everything has changed.
package verify
