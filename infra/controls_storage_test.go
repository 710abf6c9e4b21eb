package main

import (
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/record"
)

// The controls on database and cache. Each stands in controls_test.go.

var databaseControls = []control{
	{number: 28, id: "RDS.1", demand: "no snapshot is shared", where: "database", check: func(c inspected) {
		for _, r := range c.graph.All() {
			assert.False(c, strings.HasPrefix(r.Type, "aws:rds/snapshot") || strings.HasPrefix(r.Type, "aws:rds/clusterSnapshot"), r.String())
		}
	}, spoil: plus("aws:rds/snapshot:Snapshot", map[string]any{"sharedAccounts": []any{"all"}}),
		open: "snapshots that people take and share are not the program's to see", owner: "account"},
	{number: 29, id: "RDS.2", demand: "not publicly accessible", where: "database", check: func(c inspected) {
		c.is(databaseType, "publiclyAccessible", false)
	}},
	{number: 30, id: "RDS.3", demand: "storage is encrypted with our key", where: "database", check: encryptedStorage},
	{number: 31, id: "RDS.4", demand: "snapshots are encrypted", where: "database: a snapshot has its instance's key", check: encryptedStorage},
	{number: 32, id: "RDS.5", demand: "a standby in another zone", where: "stacks: production rule", production: true, check: func(c inspected) {
		c.is(databaseType, "multiAz", true)
	}},
	{number: 33, id: "RDS.6", demand: "enhanced monitoring", where: "database", check: func(c inspected) {
		c.least(databaseType, "monitoringInterval", 1)
		c.has(databaseType, "monitoringRoleArn")
	}},
	{number: 34, id: "RDS.8", demand: "deletion protection, in AWS and in Pulumi", where: "database", production: true, check: func(c inspected) {
		c.is(databaseType, "deletionProtection", true)
		for _, r := range c.of(databaseType) {
			assert.True(c, r.Protect, r.String())
		}
	}},
	{number: 35, id: "RDS.9, RDS.36", demand: "logs go to CloudWatch", where: "database", check: func(c inspected) {
		for _, r := range c.of(databaseType) {
			c.lists(r, "enabledCloudwatchLogsExports", "postgresql", "upgrade")
		}
	}},
	{number: 36, id: "RDS.10", demand: "IAM authentication is possible", where: "database", check: func(c inspected) {
		c.is(databaseType, "iamDatabaseAuthenticationEnabled", true)
	}},
	{number: 37, id: "RDS.11", demand: "backups for seven days or more", where: "database", check: func(c inspected) {
		c.least(databaseType, "backupRetentionPeriod", 7)
	}},
	{number: 38, id: "RDS.13", demand: "minor versions by themselves", where: "database", check: func(c inspected) {
		c.is(databaseType, "autoMinorVersionUpgrade", true)
	}},
	{number: 39, id: "RDS.17", demand: "snapshots have the instance's tags", where: "database", check: func(c inspected) {
		c.is(databaseType, "copyTagsToSnapshot", true)
	}},
	{number: 40, id: "RDS.18, RDS.46", demand: "in subnets without a way to the internet", where: "network", check: func(c inspected) {
		isolated(c, "aws:rds/subnetGroup:SubnetGroup")
	}},
	{number: 41, id: "RDS.20", demand: "critical events of the instance are told", where: "database", check: func(c inspected) {
		told(c, "db-instance", "maintenance", "configuration change", "failure")
	}},
	{number: 42, id: "RDS.21", demand: "changes of parameters are told", where: "database", check: func(c inspected) {
		told(c, "db-parameter-group", "configuration change")
	}},
	{
		number: 43, id: "RDS.23", demand: "another port than the default", where: "database",
		open: "the runbook's commands and the application use 5432; the port is reachable from one security group only", owner: "platform",
	},
	{number: 44, id: "RDS.25", demand: "the administrator is not called postgres or admin", where: "stacks", check: func(c inspected) {
		c.has(databaseType, "username")
		for _, r := range c.of(databaseType) {
			assert.NotContains(c, []any{"postgres", "admin", "root", "administrator"}, r.Get("username"), c.stack)
		}
	}, open: "the application connects as the administrator: the runbook has one DATABASE_URL, for the service and its migrations alike. A role that may not change the schema takes a migration of the application's that makes it, and a second address", owner: "application"},
	{
		number: 45, id: "RDS.26", demand: "in a plan of AWS Backup", where: "account",
		open: "automated backups are kept for as long as AWS offers (35 days in production); copies in another account are the account's plan to make", owner: "account",
	},
	{number: 46, id: "RDS.38", demand: "connections are encrypted", where: "database", check: func(c inspected) {
		parameter(c, "rds.force_ssl", "1")
	}},
	{number: 47, demand: "Performance Insights with our key, statement log, current CA", where: "database", check: func(c inspected) {
		c.is(databaseType, "performanceInsightsEnabled", true)
		c.encrypted(databaseType, "performanceInsightsKmsKeyId")
		c.is(databaseType, "caCertIdentifier", "rds-ca-rsa2048-g1")
		parameter(c, "log_statement", "ddl")
		parameter(c, "log_parameter_max_length", "0") // no customer's value in the log
		parameter(c, "log_parameter_max_length_on_error", "0")
	}},
	{number: 48, id: "RDS.43", demand: "no proxy without TLS", where: "database: there is no proxy", check: func(c inspected) {
		c.none("aws:rds/proxy:Proxy")
	}, spoil: plus("aws:rds/proxy:Proxy", map[string]any{"requireTls": false})},
}

var cacheControls = []control{
	{number: 49, id: "ElastiCache.1", demand: "snapshots", where: "cache", check: func(c inspected) { c.least(cacheType, "snapshotRetentionLimit", 1) }},
	{number: 50, id: "ElastiCache.2", demand: "minor versions by themselves", where: "cache", check: func(c inspected) {
		c.is(cacheType, "autoMinorVersionUpgrade", true)
	}},
	{number: 51, id: "ElastiCache.3", demand: "automatic failover to another zone", where: "stacks: production rule", production: true, check: func(c inspected) {
		c.is(cacheType, "automaticFailoverEnabled", true)
		c.is(cacheType, "multiAzEnabled", true)
		c.least(cacheType, "numCacheClusters", 2)
	}},
	{number: 52, id: "ElastiCache.4", demand: "encrypted at rest with our key", where: "cache", check: func(c inspected) {
		c.is(cacheType, "atRestEncryptionEnabled", true)
		c.encrypted(cacheType, "kmsKeyId")
	}},
	{number: 53, id: "ElastiCache.5", demand: "encrypted in transit, without exception", where: "cache", check: func(c inspected) {
		c.is(cacheType, "transitEncryptionEnabled", true)
		c.is(cacheType, "transitEncryptionMode", "required")
	}},
	{number: 54, id: "ElastiCache.6", demand: "a token is asked for", where: "cache", check: func(c inspected) {
		c.has(cacheType, "authToken")
		for _, r := range c.of(cacheType) {
			assert.True(c, r.IsSecret("authToken"), c.stack)
		}
	}},
	{number: 55, id: "ElastiCache.7", demand: "a subnet group of its own, without a way to the internet", where: "network, cache", check: func(c inspected) {
		isolated(c, "aws:elasticache/subnetGroup:SubnetGroup")
	}},
}

func encryptedStorage(c inspected) {
	c.is(databaseType, "storageEncrypted", true)
	c.encrypted(databaseType, "kmsKeyId")
}

// isolated wants a subnet group's subnets under a route table with no route of ours: what is left is the VPC's own.
func isolated(c inspected, typ string) {
	tables := map[any]any{}
	for _, r := range c.of("aws:ec2/routeTableAssociation:RouteTableAssociation") {
		tables[r.Get("subnetId")] = r.Get("routeTableId")
	}
	out := map[any]record.Resource{}
	for _, r := range c.of("aws:ec2/route:Route") {
		out[r.Get("routeTableId")] = r
	}
	for _, group := range c.of(typ) {
		subnets, _ := group.Get("subnetIds").([]any)
		assert.GreaterOrEqual(c, len(subnets), 2, group.String())
		for _, subnet := range subnets {
			assert.NotNil(c, tables[subnet], "%s: %v is under the VPC's main route table", c.stack, subnet)
			assert.NotContains(c, out, tables[subnet], "%s: %v", c.stack, subnet)
		}
	}
}

// told wants a subscription to these events of a source that leads to a topic.
func told(c inspected, source string, categories ...any) {
	found := 0
	for _, r := range c.of("aws:rds/eventSubscription:EventSubscription") {
		if r.Get("sourceType") == source {
			found++
			c.lists(r, "eventCategories", categories...)
			assert.NotEmpty(c, r.Get("snsTopic"), r.String())
			assert.NotEqual(c, false, r.Get("enabled"), r.String())
		}
	}
	assert.Equal(c, 1, found, "%s: %s", c.stack, source)
}

func parameter(c inspected, name, value string) {
	for _, r := range c.of("aws:rds/parameterGroup:ParameterGroup") {
		all, _ := r.Get("parameters").([]any)
		found := ""
		for _, one := range all {
			if entry := one.(map[string]any); entry["name"] == name {
				found, _ = entry["value"].(string)
			}
		}
		assert.Equal(c, value, found, "%s: %s", c.stack, name)
	}
}
