package awschecks

import "strings"

// hints maps what a stop reason holds to what to do about it (runbook, service
// won't start). The first that fits counts, so the particular come first.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
//
//runbook:trouble.service#4-7 says, by the reason that ECS gives, which cause it is and what to do.
var hints = []struct{ holds, next string }{
	{"cannotpullcontainer", "check that the image's digest is still in the registry, and that the service's subnets reach it"},
	{"exec format error", "the image is built for another processor than the task's: build it for linux/amd64, or as the task definition says"},
	{"outofmemory", "give the task more memory, or find what holds it"},
	{"resourceinitialization", "check that the execution role may read every secret and its key, that each secret has a value, " +
		"and that the subnets reach Secrets Manager"},
	{"health check", "the container starts but does not become healthy: read its last lines, check its environment, and that it reaches database and Redis"},
	{"essential", "the container ended by itself: read its last lines; usual are a missing environment variable, the database and Redis"},
	{"capacity", "Fargate has no capacity in these zones now: wait, or allow more zones"},
}

// Hint says what to do about a stop reason; empty for one that is not known.
func Hint(reason string) string {
	reason = strings.ToLower(reason)
	for _, known := range hints {
		if strings.Contains(reason, known.holds) {
			return known.next
		}
	}
	return ""
}

// TargetHint goes by the load balancer's reason codes:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func TargetHint(reason string) string {
	switch reason {
	case "Target.Timeout":
		return "the task does not answer in time: check its load and the security group between load balancer and service"
	case "Target.ResponseCodeMismatch":
		return "the health check answers with an error: ask health/api above what is disconnected, then read the log"
	case "Target.FailedHealthChecks":
		return "the task's port refuses or drops connections: check that the container listens on the port of the target group"
	default:
		return "" // registering and draining pass by themselves
	}
}
