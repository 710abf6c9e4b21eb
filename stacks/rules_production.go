package stacks

import (
	"fmt"
	"slices"

	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/mail"
	"github.com/flowcomply/infrastructure/components/network"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/components/validate"
)

// failoverSeconds is what a database or cache may take to fail over to its standby
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html: 60 to 120 seconds).
const failoverSeconds = 120

// deepHealthPath is the only one that the runbook knows (1.1, 5.1). It says 503 while the database or cache does not answer, so
// that a load balancer that goes by it has ECS replace tasks that are well.
const deepHealthPath = "/api/monitoring/health"

// productionRules are what production must have, whatever it costs. The numbers are FlowComply's, not AWS's: whoever
// lowers one does it here, in review, and not in the stack file.
var productionRules = []rule{
	{"production-is-protected", func(s Spec) error {
		return validate.Demand(s.Protected() || s.Teardown == s.Naming.Stack, "protection",
			"production holds customers' data", "full; or none together with teardown "+s.Naming.Stack)
	}},
	{"production-survives-a-zone", func(s Spec) error {
		return validate.All(
			validate.Demand(len(s.Network.Zones) >= 3, "network.zones",
				fmt.Sprintf("%d zones leave one without a second when one fails", len(s.Network.Zones)), "three zones or more"),
			validate.Demand(s.Network.NAT == network.PerZoneNAT, "network.nat", "with one gateway the way out is lost with its zone", string(network.PerZoneNAT)),
			validate.Demand(s.Database.MultiAZ, "database.multiAz", "a database without a standby is lost with its zone until it is restored", "true"),
			atLeast("cache.nodes", s.Cache.Nodes, 2, "a single node is lost with its zone, and the queued jobs with it"),
			each(s, func(at string, one service.Spec) error {
				return atLeast(at+".minTasks", one.MinTasks, 2, "a single task is lost with its zone")
			}))
	}},
	{"production-outlasts-a-failover", func(s Spec) error {
		return each(s, func(at string, one service.Spec) error {
			asks := slices.Contains(one.Access, service.AccessDatabase) || slices.Contains(one.Access, service.AccessCache)
			return validate.Demand(!asks || one.Health.Path != deepHealthPath || one.Health.Unhealthy() > failoverSeconds, at+".health.failures",
				fmt.Sprintf("replace all tasks after %d seconds of a failover, as the path asks database and cache too", one.Health.Unhealthy()),
				fmt.Sprintf("more than %d seconds of intervalSeconds × failures, or a path that asks neither", failoverSeconds))
		})
	}},
	{"production-can-be-restored", func(s Spec) error {
		return validate.All(
			atLeast("database.backupDays", s.Database.BackupDays, 30, "damage is often found weeks later"),
			atLeast("cache.snapshotDays", s.Cache.SnapshotDays, 7, "queued jobs have no other copy"),
			atLeast("documents.noncurrentDays", s.Documents.NoncurrentDays, 30, "damage is often found weeks later"))
	}},
	{"production-keeps-its-records", func(s Spec) error {
		const year, why = 365, "auditors ask for a year"
		return validate.All(
			atLeast("network.flowLogDays", s.Network.FlowLogDays, year, why),
			atLeast("database.logDays", s.Database.LogDays, year, why),
			atLeast("logs.retentionDays", s.Logs.RetentionDays, year, why),
			atLeast("firewall.logDays", s.Firewall.LogDays, year, why),
			atLeast("cluster.execLogDays", s.Cluster.ExecLogDays, year, why),
			each(s, func(at string, one service.Spec) error { return atLeast(at+".logDays", one.LogDays, year, why) }))
	}},
	{"production-talks-to-aws-in-private", func(s Spec) error { return endpoints(s, "would go over the internet") }},
	//runbook:pre.4#2 refuses production without a pager; who is on call is PagerDuty's to know.
	{"production-wakes-somebody", func(s Spec) error {
		return validate.Demand(s.Alerts.PagerDuty, "alerts.pagerDuty", "nobody reads mail at night", "true")
	}},
	{"production-owns-the-zone", func(s Spec) error {
		return validate.Demand(s.DNS.Mode == dns.Create, "dns.mode", "the other environments look up the zone that production has", string(dns.Create))
	}},
	{"production-mail-cannot-be-forged", func(s Spec) error {
		return validate.Demand(s.Mail.DMARC != mail.None, "mail.dmarc", "receivers would deliver what others send in our name", "quarantine, reject")
	}},
	{"production-runs-releases", func(s Spec) error {
		return validate.Demand(!s.Release.Candidate(), "release.version", fmt.Sprintf("%q is a candidate", s.Release.Version), "a release such as v1.2.3")
	}},
}

func atLeast(path string, value, minimum int, why string) error {
	return validate.Demand(value >= minimum, path, fmt.Sprintf("%d is too little for production: %s", value, why), fmt.Sprintf("%d or more", minimum))
}
