package awschecks

import (
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/verify/check"
)

// stopReasons maps what a stop reason or a task's last lines hold to what it means and what to do about it (runbook, service
// won't start). The first that fits counts, so the particular come first.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
//
//runbook:trouble.service#4-7 says, by the reason that ECS gives, which cause it is and what to do.
var stopReasons = []stopReason{
	{[]string{"exec format error", "match for platform", "matching platform", "detected host platform"},
		"the image is built for another processor than the task's", true,
		"the image is built for another processor than the task's: build it for linux/amd64, or as the task definition says"},
	{[]string{"cannotpullcontainer&not found", "cannotpullcontainer&manifest unknown", "cannotpullcontainer&does not exist"},
		"the image is missing in the registry", true, nextPull},
	{[]string{"cannotpullcontainer"}, "the image cannot be pulled", false, nextPull},
	{[]string{"outofmemory"}, "the task needs more memory than it has", false, "give the task more memory, or find what holds it"},
	{[]string{"resourceinitialization"}, "the task cannot be prepared, as when a secret is unreadable", false,
		"check that the execution role may read every secret and its key, that each secret has a value, " +
			"and that the subnets reach Secrets Manager"},
	{[]string{"health check"}, "the task does not become healthy", false,
		"the container starts but does not become healthy: read its last lines, check its environment, and that it reaches database and Redis"},
	{[]string{"essential"}, "the container ends by itself", false,
		"the container ended by itself: read its last lines; usual are a missing environment variable, the database and Redis"},
	{[]string{"limit on the number of vcpus"}, "", false,
		"the account's quota of Fargate is used up: end what else runs on Fargate in this region, or ask Service Quotas for more " +
			"(L-3032A538, Fargate On-Demand vCPU resource count); ECS tries again by itself"},
	{[]string{"capacity"}, "", false, "Fargate has no capacity in these zones now: wait, or allow more zones"},
}

const nextPull = "check that the image's digest is still in the registry, and that the service's subnets reach it"

type stopReason struct {
	holds []string // any of these; parts joined by & must all be there
	means string   // empty: identity does not name it as a cause
	final bool     // it fails at each next try of ECS as well
	next  string
}

func (r stopReason) fits(text string) bool {
	return slices.ContainsFunc(r.holds, func(parts string) bool {
		return !slices.ContainsFunc(strings.Split(parts, "&"), func(part string) bool { return !strings.Contains(text, part) })
	})
}

// findStopReason returns an empty one for what is not known.
func findStopReason(text string) stopReason {
	text = strings.ToLower(text)
	for _, known := range stopReasons {
		if known.fits(text) {
			return known
		}
	}
	return stopReason{}
}

// Hint says what to do about a stop reason; empty for one that is not known.
func Hint(reason string) string { return findStopReason(reason).next }

// evaluateStop finds the cause in a stop reason and the last lines of a task; the verdict is OK where it is not known.
func evaluateStop(reason string, said []string) check.Verdict {
	var f check.Verdict
	if known := findStopReason(reason + " " + strings.Join(said, " ")); known.means != "" {
		f.Pending("%s: %s", known.means, reason)
		f.Final, f.Next = known.final, known.next
	}
	return f
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
