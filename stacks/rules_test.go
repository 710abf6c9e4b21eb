package stacks_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// These tests prove each rule by breaking it in a real stack file: the breach is found, and nothing else is. They do
// not prove that the rules are all that production needs, nor that resources follow what is decided.

type breach struct {
	rule  string
	edits map[string]string // path to JSON
	want  []string
}

var productionBreaches = map[string]breach{
	"no protection":           {"production-is-protected", map[string]string{"protection": `"none"`}, []string{"flowcomply:protection: production holds customers' data; allowed: full; or none together with teardown flowcomply-production"}},
	"teardown of another":     {"teardown-is-deliberate", map[string]string{"protection": `"none"`, "teardown": `"flowcomply-staging"`}, []string{"flowcomply:protection: production holds customers' data; allowed: full; or none together with teardown flowcomply-production", "flowcomply:teardown: is not the stack's name; allowed: flowcomply-production, or nothing"}},
	"teardown left behind":    {"teardown-is-deliberate", map[string]string{"teardown": `"flowcomply-production"`}, []string{"flowcomply:teardown: has no effect with full protection; allowed: nothing, or protection none"}},
	"two zones":               {"production-survives-a-zone", map[string]string{"network.zones": `["a","b"]`}, []string{"flowcomply:network.zones: 2 zones leave one without a second when one fails; allowed: three zones or more"}},
	"one gateway":             {"production-survives-a-zone", map[string]string{"network.nat": `"single"`}, []string{"flowcomply:network.nat: with one gateway the way out is lost with its zone; allowed: perZone"}},
	"no standby":              {"production-survives-a-zone", map[string]string{"database.multiAz": "false"}, []string{"flowcomply:database.multiAz: a database without a standby is lost with its zone until it is restored; allowed: true"}},
	"one cache node":          {"production-survives-a-zone", map[string]string{"cache.nodes": "1"}, []string{"flowcomply:cache.nodes: 1 is too little for production: a single node is lost with its zone, and the queued jobs with it; allowed: 2 or more"}},
	"one task":                {"production-survives-a-zone", map[string]string{"services.frontend.minTasks": "1"}, []string{"flowcomply:services.frontend.minTasks: 1 is too little for production: a single task is lost with its zone; allowed: 2 or more"}},
	"short backups":           {"production-can-be-restored", map[string]string{"database.backupDays": "29"}, []string{"flowcomply:database.backupDays: 29 is too little for production: damage is often found weeks later; allowed: 30 or more"}},
	"short cache snapshots":   {"production-can-be-restored", map[string]string{"cache.snapshotDays": "6"}, []string{"flowcomply:cache.snapshotDays: 6 is too little for production: queued jobs have no other copy; allowed: 7 or more"}},
	"short document versions": {"production-can-be-restored", map[string]string{"documents.noncurrentDays": "29"}, []string{"flowcomply:documents.noncurrentDays: 29 is too little for production: damage is often found weeks later; allowed: 30 or more"}},
	"short records": {"production-keeps-its-records", map[string]string{
		"network.flowLogDays": "180", "database.logDays": "180", "logs.retentionDays": "180", "firewall.logDays": "180", "cluster.execLogDays": "180", "services.backend.logDays": "180",
	}, []string{
		"flowcomply:cluster.execLogDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
		"flowcomply:database.logDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
		"flowcomply:firewall.logDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
		"flowcomply:logs.retentionDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
		"flowcomply:network.flowLogDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
		"flowcomply:services.backend.logDays: 180 is too little for production: auditors ask for a year; allowed: 365 or more",
	}},
	"an endpoint less": {"production-talks-to-aws-in-private", map[string]string{"network.endpoints": `["ecr.api","ecr.dkr","logs","ssmmessages"]`}, []string{"flowcomply:network.endpoints: lack kms, secretsmanager, which would go over the internet; allowed: a list with ecr.api, ecr.dkr, kms, logs, secretsmanager, ssmmessages"}},
	"no pager":         {"production-wakes-somebody", map[string]string{"alerts.pagerDuty": "false"}, []string{"flowcomply:PAGERDUTY_ENDPOINT: is not used; add secrets.PAGERDUTY_ENDPOINT with source operator, or run `pulumi config rm flowcomply:PAGERDUTY_ENDPOINT`", "flowcomply:alerts.pagerDuty: nobody reads mail at night; allowed: true"}},
	"nobody to tell":   {"(section)", map[string]string{"alerts.emails": "{}"}, []string{"flowcomply:alerts.emails: is empty, so that the notify topic would reach nobody; allowed: one address or more"}},
	"no budget":        {"(section)", map[string]string{"budget.monthlyUsd": "0"}, []string{"flowcomply:budget.monthlyUsd: 0 is out of range; allowed: 1 to 1000000"}},
	"somebody's zone":  {"production-owns-the-zone", map[string]string{"dns.mode": `"lookup"`}, []string{"flowcomply:dns.mode: the other environments look up the zone that production has; allowed: create", "flowcomply:dns.records: are for the environment that has the zone; allowed: none with mode lookup"}},
	"forged mail":      {"production-mail-cannot-be-forged", map[string]string{"mail.dmarc": `"none"`}, []string{"flowcomply:mail.dmarc: receivers would deliver what others send in our name; allowed: quarantine, reject"}},
	"a candidate":      {"production-runs-releases", map[string]string{"release.version": `"v1.1.0-rc.1"`}, []string{`flowcomply:release.version: "v1.1.0-rc.1" is a candidate; allowed: a release such as v1.2.3`}},
	"a moving version": {"(section)", map[string]string{"release.version": `"latest"`}, []string{`flowcomply:release.version: "latest" is malformed; allowed: a version such as v1.2.3; no moving name such as latest`}},

	"name of another environment": {"stack-name-ends-with-environment", map[string]string{"naming.stack": `"flowcomply-prod"`}, []string{`flowcomply:naming.stack: "flowcomply-prod" does not say that the environment is production; allowed: a name that ends with -production`}},
	"name too long":               {"names-fit-aws", map[string]string{"naming.stack": `"flowcomply-in-the-southern-hemisphere-production"`}, []string{`flowcomply:naming.stack: makes "flowcomply-in-the-southern-hemisphere-production" the name of a cache, with 48 characters; allowed: 1 to 40`}},
	"public network":              {"network-is-private", map[string]string{"network.cidr": `"9.0.0.0/16"`}, []string{"flowcomply:network.cidr: 9.0.0.0/16 belongs to somebody on the internet; allowed: a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"}},
	"sender outside the zone":     {"hosts-are-in-the-zone", map[string]string{"mail.fromAddress": `"noreply@example.com"`}, []string{`flowcomply:mail.fromAddress: "example.com" is not in the zone; allowed: flowcomply.com or a name below it`}},
	"route outside the zone": {"hosts-are-in-the-zone", map[string]string{"services.frontend.route.host": `"xflowcomply.com"`, "site.domain": `"xflowcomply.com"`}, []string{
		`flowcomply:services.frontend.route.host: "xflowcomply.com" is not in the zone; allowed: flowcomply.com or a name below it`,
		`flowcomply:site.domain: "xflowcomply.com" is not in the zone; allowed: flowcomply.com or a name below it`,
	}},
	"a site nobody answers for": {"site-and-api-are-answered", map[string]string{"services.frontend.route.host": `"www.flowcomply.com"`}, []string{"flowcomply:site.domain: no service has a route for it; allowed: the host of a service's route"}},
	"an API nobody answers for": {"site-and-api-are-answered", map[string]string{"services.backend.route.host": `"v1.flowcomply.com"`}, []string{
		"flowcomply:services: none that answers for site.apiDomain has RATE_LIMIT_MAX in its environment; the firewall's limit is derived from it",
		"flowcomply:site.apiDomain: no service has a route for it; allowed: the host of a service's route",
	}},
	"alerts that nobody gets": {"mailboxes-stay-reachable", map[string]string{"dns.records.mailboxes": ""}, []string{
		"flowcomply:alerts.emails.operations: is a mailbox at flowcomply.com, which has no MX in the zone that is made: mail to it ends with the delegation; allowed: an MX for flowcomply.com in dns.records (`dig MX flowcomply.com` tells the one of today), or an address elsewhere",
		"flowcomply:alerts.emails.security: is a mailbox at flowcomply.com, which has no MX in the zone that is made: mail to it ends with the delegation; allowed: an MX for flowcomply.com in dns.records (`dig MX flowcomply.com` tells the one of today), or an address elsewhere",
		"flowcomply:mail.dmarcReports: is a mailbox at flowcomply.com, which has no MX in the zone that is made: mail to it ends with the delegation; allowed: an MX for flowcomply.com in dns.records (`dig MX flowcomply.com` tells the one of today), or an address elsewhere",
	}},
	"alerts below the zone": {"mailboxes-stay-reachable", map[string]string{"alerts.emails.operations": `"operations@Staff.flowcomply.com"`}, []string{
		"flowcomply:alerts.emails.operations: is a mailbox at staff.flowcomply.com, which has no MX in the zone that is made: mail to it ends with the delegation; allowed: an MX for staff.flowcomply.com in dns.records (`dig MX staff.flowcomply.com` tells the one of today), or an address elsewhere",
	}},
	"a record of the site's": {"carried-records-are-nobody-elses", map[string]string{
		"dns.records.old-site": `{"name":"flowcomply.com","type":"A","ttlSeconds":300,"values":["192.0.2.1"]}`,
		"dns.records.six":      `{"name":"api.flowcomply.com","type":"AAAA","ttlSeconds":300,"values":["2001:db8::1"]}`,
	}, []string{
		"flowcomply:dns.records.old-site: flowcomply.com A is the load balancer's, for the host of site; allowed: another name or type",
		"flowcomply:dns.records.six: api.flowcomply.com AAAA is the load balancer's, for the host of api; allowed: another name or type",
	}},
	"a record of the mail's": {"carried-records-are-nobody-elses", map[string]string{
		"dns.records.policy":   `{"name":"_dmarc.flowcomply.com","type":"TXT","ttlSeconds":300,"values":["v=DMARC1; p=none"]}`,
		"dns.records.envelope": `{"name":"mail.flowcomply.com","type":"CNAME","ttlSeconds":300,"values":["mail.example.com"]}`,
	}, []string{
		"flowcomply:dns.records.envelope: mail.flowcomply.com CNAME is declared for mail.fromAddress; allowed: another name or type",
		"flowcomply:dns.records.policy: _dmarc.flowcomply.com TXT is declared for mail.fromAddress; allowed: another name or type",
	}},
	"a failover that replaces all tasks": {"production-outlasts-a-failover", map[string]string{"services.backend.health.failures": "8"}, []string{
		"flowcomply:services.backend.health.failures: replace all tasks after 120 seconds of a failover, as the path asks database and cache too; allowed: more than 120 seconds of intervalSeconds × failures, or a path that asks neither",
	}},
	"a pattern of two lines": {"(section)", map[string]string{"errorPattern": `"ERROR\nFATAL"`}, []string{`flowcomply:errorPattern: "ERROR\nFATAL" is malformed; allowed: a CloudWatch Logs filter pattern of one line, 1024 characters at most`}},

	"priority given twice": {"(section)", map[string]string{"services.frontend.route.priority": "10"}, []string{"flowcomply:services.frontend.route.priority: 10 is taken by backend; allowed: each priority once"}},
	"no such Fargate size": {"(section)", map[string]string{"services.frontend.memoryMiB": "8192"}, []string{"flowcomply:services.frontend.memoryMiB: 8192 is not offered with cpu 512; allowed: 1024 to 4096 in steps of 1024"}},
	"unknown secret":       {"secrets-exist", map[string]string{"services.frontend.secrets": `["JWT_SECRETS"]`}, []string{`flowcomply:services.frontend.secrets[0]: "JWT_SECRETS" is not one of secrets; allowed: ANTHROPIC_API_KEY, DATABASE_URL, JWT_SECRET, REDIS_URL, SMOKE_USER`}},
	"unused secret":        {"secrets-are-used", map[string]string{"secrets.SPARE": `{"source":"generated"}`}, []string{"flowcomply:secrets.SPARE: no service has it, and a secret that nobody reads is only there to leak; allowed: an entry in a service's secrets, or none here"}},
	"a smoke user nobody knows": {"verification-has-a-user-of-its-own", map[string]string{"secrets.SMOKE_USER": `{"source":"generated"}`}, []string{
		"flowcomply:SMOKE_USER: is not used; add secrets.SMOKE_USER with source operator, or run `pulumi config rm flowcomply:SMOKE_USER`",
		"flowcomply:secrets.SMOKE_USER.source: makes up a user that the application does not know; allowed: operator",
	}},
	"no smoke user": {"verification-has-a-user-of-its-own", map[string]string{"secrets.SMOKE_USER": ""}, []string{
		"flowcomply:SMOKE_USER: is not used; add secrets.SMOKE_USER with source operator, or run `pulumi config rm flowcomply:SMOKE_USER`",
		"flowcomply:secrets.SMOKE_USER: is missing, and verification cannot log in without it; allowed: an entry with source operator",
	}},
	"a service with the smoke user": {"verification-has-a-user-of-its-own", map[string]string{"services.frontend.secrets": `["SMOKE_USER"]`}, []string{"flowcomply:services.frontend.secrets: have SMOKE_USER, which is for verification alone; allowed: a list without it"}},
	"migrations without a database": {"migrations-reach-the-database", map[string]string{"migration.service": `"frontend"`}, []string{`flowcomply:migration.service: "frontend" is not a service with access to the database; allowed: one of services that has database in its access`}},
	"address without a way": {"a-connection-string-comes-with-access", map[string]string{"services.backend.access": `["documents","mail"]`}, []string{
		`flowcomply:migration.service: "backend" is not a service with access to the database; allowed: one of services that has database in its access`,
		"flowcomply:services.backend.access: lacks cache, to which REDIS_URL connects; allowed: a list with cache",
		"flowcomply:services.backend.access: lacks database, to which DATABASE_URL connects; allowed: a list with database",
	}},
	"bucket named twice":    {"access-brings-its-own-environment", map[string]string{"services.backend.environment.AWS_S3_BUCKET_NAME": `"other"`}, []string{"flowcomply:services.backend.environment.AWS_S3_BUCKET_NAME: comes with access to documents; allowed: no entry, and documents in access"}},
	"no rate limit":         {"api-limits-its-rate", map[string]string{"services.backend.environment.RATE_LIMIT_MAX": ""}, []string{"flowcomply:services: none that answers for site.apiDomain has RATE_LIMIT_MAX in its environment; the firewall's limit is derived from it"}},
	"rate limit in words":   {"api-limits-its-rate", map[string]string{"services.backend.environment.RATE_LIMIT_WINDOW_MS": `"15m"`}, []string{`flowcomply:services.backend.environment.RATE_LIMIT_WINDOW_MS: "15m" is not a whole number; allowed: a whole number`}},
	"not built in":          {"public-variables-are-built-in", map[string]string{"services.frontend.image.args.NEXT_PUBLIC_APP_NAME": ""}, []string{"flowcomply:services.frontend.image.args.NEXT_PUBLIC_APP_NAME: differs from environment.NEXT_PUBLIC_APP_NAME, and Next.js takes it from the build; allowed: the same value in both"}},
	"built in, other value": {"public-variables-are-built-in", map[string]string{"services.frontend.image.args.NEXT_PUBLIC_APP_NAME": `"Flow"`}, []string{"flowcomply:services.frontend.image.args.NEXT_PUBLIC_APP_NAME: differs from environment.NEXT_PUBLIC_APP_NAME, and Next.js takes it from the build; allowed: the same value in both"}},
	"website of another API": {"website-knows-the-api", map[string]string{
		"services.frontend.image.args.NEXT_PUBLIC_API_URL": `"https://staging-api.flowcomply.com"`, "services.frontend.environment.NEXT_PUBLIC_API_URL": `"https://staging-api.flowcomply.com"`,
	}, []string{"flowcomply:services.frontend.environment.NEXT_PUBLIC_API_URL: is not the API's address; allowed: https://api.flowcomply.com"}},
	"class without a memory":  {"database-class-has-known-limits", map[string]string{"database.class": `"db.x2g.large"`}, []string{`flowcomply:database.class: "db.x2g.large" has no known memory, which an alarm is a share of; allowed: a size of the t, m or r families`}},
	"node without known CPUs": {"cache-node-has-known-limits", map[string]string{"cache.nodeType": `"cache.m7g.metal"`}, []string{`flowcomply:cache.nodeType: "cache.m7g.metal" has no known number of vCPUs, which an alarm depends on; allowed: a size of the t, m, r or c families`}},
}

var localBreaches = map[string]breach{
	"the zone's own name": {"apex-is-productions", map[string]string{"site.domain": `"flowcomply.test"`, "services.frontend.route.host": `"flowcomply.test"`}, []string{"flowcomply:site.domain: is the zone's own name; allowed: a name below it, outside production"}},
	"no way to AWS":       {"tasks-reach-aws", map[string]string{"network.nat": `"none"`}, []string{"flowcomply:network.endpoints: lack ecr.dkr, kms, logs, secretsmanager, ssmmessages, which are the only way to AWS without NAT; allowed: a list with ecr.api, ecr.dkr, kms, logs, secretsmanager, ssmmessages"}},
}

func TestCheck_FindsEachBreachAndNothingElse(t *testing.T) {
	for stack, breaches := range map[string]map[string]breach{"production": productionBreaches, "local": localBreaches} {
		for name, b := range breaches {
			t.Run(stack+", "+name, func(t *testing.T) {
				src := source(t, stack)
				for path, value := range b.edits {
					src = edit(t, src, path, value)
				}
				_, err := stacks.Load(src)
				assert.Equal(t, b.want, problems(err))
			})
		}
	}
}

// Third services: what only several of them can break.
func TestCheck_HostsOfFurtherServices(t *testing.T) {
	const shape = `{"image":{"context":"x"},"port":3002,"cpu":256,"memoryMiB":512,"minTasks":2,"maxTasks":2,"cpuTargetPercent":60,"memoryTargetPercent":70,` +
		`"health":{"path":"/","intervalSeconds":10,"graceSeconds":60},"logDays":365,"user":"1:1","route":`
	src := edit(t, source(t, "production"), "services.status", shape+`{"host":"status.flowcomply.com","priority":40030}}`)
	spec, err := stacks.Load(src)
	require.NoError(t, err)
	assert.Subset(t, spec.Hosts(), map[string]string{"site": "flowcomply.com", "api": "api.flowcomply.com", "status": "status.flowcomply.com"})

	_, err = stacks.Load(edit(t, src, "services.uptime", shape+`{"host":"status.flowcomply.com","paths":["/uptime"],"priority":40025}}`))
	assert.Equal(t, []string{"flowcomply:services.uptime.route.host: is the host of status, whose name its DNS record has; allowed: a host of its own"}, problems(err))

	_, err = stacks.Load(edit(t, source(t, "production"), "services.api", shape+`{"host":"v2.flowcomply.com","priority":40030}}`))
	assert.Equal(t, []string{"flowcomply:services.api.route.host: is neither the site's nor the API's, whose role the service's name is; allowed: another name for the service, or that host"}, problems(err))

	for _, host := range []string{"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"} {
		src = edit(t, src, "services."+host, shape+`{"host":"`+host+`.flowcomply.com","priority":4010`+host[1:]+`}}`)
	}
	_, err = stacks.Load(src)
	assert.Equal(t, []string{fmt.Sprintf("flowcomply:services: answer for %d hosts with site and api; allowed: 10, as one certificate has them all", len(spec.Hosts())+9)}, problems(err))
}

// What an older stack file does not have yet has a default, and another path than the deep one may give up sooner.
func TestCheck_LetsPass(t *testing.T) {
	for name, edits := range map[string]map[string]string{
		"a file of before":         {"errorPattern": "", "firewall.uploadPaths": "", "services.backend.drainSeconds": "", "services.frontend.health.failures": ""},
		"a shallow path":           {"services.backend.health.failures": "3", "services.backend.health.path": `"/live"`},
		"mailboxes elsewhere":      {"dns.records": "", "alerts.emails": `{"operations":"operations@example.com"}`, "mail.dmarcReports": `"security@example.com"`},
		"a JSON pattern of errors": {"errorPattern": `"{ $.level = \"error\" || $.level >= 50 }"`},
	} {
		t.Run(name, func(t *testing.T) {
			src := source(t, "production")
			for path, value := range edits {
				src = edit(t, src, path, value)
			}
			spec, err := stacks.Load(src)
			require.NoError(t, err)
			assert.NotEmpty(t, spec.Errors())
			assert.GreaterOrEqual(t, spec.Services["backend"].Drain(), 30)
		})
	}
}

func TestCheck_EveryRuleIsBrokenByATest(t *testing.T) {
	broken := map[string]bool{"further-hosts-have-one-service": true, "certificate-covers-all-hosts": true} // by the test above
	for _, breaches := range []map[string]breach{productionBreaches, localBreaches} {
		for _, b := range breaches {
			broken[b.rule] = true
		}
	}
	for _, name := range stacks.RuleNames() {
		assert.True(t, broken[name], "no test breaks the rule %q", name)
	}
}

func TestCheck_ProductionCanBeTornDownOnPurpose(t *testing.T) {
	src := edit(t, source(t, "production"), "protection", `"none"`)
	spec, err := stacks.Load(edit(t, src, "teardown", `"flowcomply-production"`))
	require.NoError(t, err)
	assert.False(t, spec.Protected())
}
