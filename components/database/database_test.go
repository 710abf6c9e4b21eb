package database

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks for. They do not prove that RDS accepts the combination, that a restored
// backup is whole, or that a failover is short: those need the service.

const password = "CanaryPassword0123456789"

// declare runs the component and hands its URL to a resource of another kind, so that the recorder can tell its value
// and whether it was secret.
func declare(t *testing.T, spec Spec, protected bool) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		db, err := New(ctx, "main", spec, Args{
			AccountID: "123456789012", Region: "ap-southeast-2", DatabaseName: "flowcomply",
			Identifiers: map[Slot]string{Main: "flowcomply-test", Restored: "flowcomply-test-restored"},
			Username:    "flowcomply", VpcID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
			KeyArn: pulumi.String("arn:data"), LogKeyArn: pulumi.String("arn:logs"), OperationsTopicArn: pulumi.String("arn:topic"),
			Password: pulumi.String(password), Protected: protected,
		})
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Sink", "sink", pulumi.Map{
			"identifier": pulumi.String(db.Identifier), "arn": db.Arn, "address": db.Address, "url": db.URL, "endpoint": db.Endpoint, "port": db.Port, "securityGroupId": db.SecurityGroupID,
		}, &pulumi.CustomResourceState{})
	})
}

func instance(t *testing.T, g *record.Graph) record.Resource {
	t.Helper()
	return g.One(t, "aws:rds/instance:Instance", "main")
}

func TestNew_Golden(t *testing.T) {
	declare(t, production(), true).Golden(t, "protected")
	declare(t, production(), false).Golden(t, "unprotected")
}

func TestNew_Instance(t *testing.T) {
	got := instance(t, declare(t, production(), true))
	for key, want := range map[string]any{
		"identifier": "flowcomply-test", "engine": "postgres", "engineVersion": "16", "dbName": "flowcomply", "username": "flowcomply",
		"instanceClass": "db.t4g.medium", "port": 5432.0, "allocatedStorage": 100.0, "maxAllocatedStorage": 500.0, "storageType": "gp3",
		"storageEncrypted": true, "kmsKeyId": "arn:data", "performanceInsightsEnabled": true, "performanceInsightsKmsKeyId": "arn:data",
		"performanceInsightsRetentionPeriod": 7.0, "publiclyAccessible": false, "multiAz": true, "iamDatabaseAuthenticationEnabled": true,
		"backupRetentionPeriod": 14.0, "backupWindow": "15:00-16:00", "maintenanceWindow": "sun:16:30-sun:17:30",
		"copyTagsToSnapshot": true, "autoMinorVersionUpgrade": true, "allowMajorVersionUpgrade": false,
		"caCertIdentifier": "rds-ca-rsa2048-g1", "applyImmediately": true, "monitoringInterval": 60.0,
		"enabledCloudwatchLogsExports": []any{"postgresql", "upgrade"},
		"vpcSecurityGroupIds":          []any{"main-id"},
	} {
		assert.Equal(t, want, got.Get(key), key)
	}
}

func TestNew_ProtectedKeepsTheData(t *testing.T) {
	got := instance(t, declare(t, production(), true))
	assert.True(t, got.Protect)
	assert.Equal(t, true, got.Get("deletionProtection"))
	assert.Equal(t, false, got.Get("skipFinalSnapshot"))
	assert.Equal(t, "flowcomply-test-final", got.Get("finalSnapshotIdentifier"))
	assert.Equal(t, false, got.Get("deleteAutomatedBackups"))
}

func TestNew_UnprotectedCanBeDestroyed(t *testing.T) {
	g := declare(t, production(), false)
	got := instance(t, g)
	assert.Equal(t, false, got.Get("deletionProtection"))
	assert.Equal(t, true, got.Get("skipFinalSnapshot"))
	assert.Equal(t, true, got.Get("deleteAutomatedBackups"))
	for _, r := range g.All() {
		assert.False(t, r.Protect, r.Name)
	}
}

func TestNew_PasswordIsASecretEverywhere(t *testing.T) {
	g := declare(t, production(), true)
	assert.True(t, instance(t, g).IsSecret("password"))
	sink := g.One(t, "test:index:Sink", "sink")
	assert.True(t, sink.IsSecret("url"))
	assert.False(t, sink.IsSecret("endpoint"), "a host name is none")
	assert.Empty(t, g.Shows(password))
}

func TestNew_URLIsWhatAClientExpects(t *testing.T) {
	sink := declare(t, production(), true).One(t, "test:index:Sink", "sink")
	text, ok := sink.Get("url").(string)
	require.True(t, ok)
	got, err := url.Parse(text)
	require.NoError(t, err)
	assert.Equal(t, "postgresql", got.Scheme)
	assert.Equal(t, "flowcomply", got.User.Username())
	secret, _ := got.User.Password()
	assert.Equal(t, password, secret)
	assert.Equal(t, sink.Get("endpoint"), got.Host)
	assert.Equal(t, "/flowcomply", got.Path)
	assert.Equal(t, url.Values{"schema": {"public"}, "sslmode": {"require"}}, got.Query())
	assert.InDelta(t, 5432, sink.Get("port"), 0)
}

func TestNew_SecurityGroupHasNoRulesOfItsOwn(t *testing.T) {
	g := declare(t, production(), true)
	group := g.One(t, "aws:ec2/securityGroup:SecurityGroup", "main")
	assert.Nil(t, group.Get("ingress"))
	assert.Nil(t, group.Get("egress"))
	assert.NotEmpty(t, group.Get("description"))
	assert.Empty(t, g.Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"))
	assert.Equal(t, []any{"subnet-a", "subnet-b"}, g.One(t, "aws:rds/subnetGroup:SubnetGroup", "main").Get("subnetIds"))
}

func TestNew_ParameterGroup(t *testing.T) {
	group := declare(t, production(), true).One(t, "aws:rds/parameterGroup:ParameterGroup", "main")
	assert.Equal(t, "postgres16", group.Get("family"))
	got := map[string]string{}
	list, ok := group.Get("parameters").([]any)
	require.True(t, ok)
	for _, element := range list {
		p, ok := element.(map[string]any)
		require.True(t, ok)
		got[fmt.Sprint(p["name"])] = fmt.Sprint(p["value"], " ", p["applyMethod"])
	}
	assert.Equal(t, map[string]string{
		"client_connection_check_interval": "1000 immediate", "log_connections": "1 immediate", "log_disconnections": "1 immediate", "log_lock_waits": "1 immediate",
		"log_min_duration_statement": "1000 immediate", "log_statement": "ddl immediate",
		"log_parameter_max_length": "0 immediate", "log_parameter_max_length_on_error": "0 immediate",
		"max_connections": "200 pending-reboot", "rds.force_ssl": "1 pending-reboot",
	}, got)
}

func TestNew_LogsAreEncryptedAndExpire(t *testing.T) {
	g := declare(t, production(), true)
	for name, log := range map[string]string{
		"main-postgresql": "flowcomply-test/postgresql", "main-restored-postgresql": "flowcomply-test-restored/postgresql",
		"main-upgrade": "flowcomply-test/upgrade", "main-restored-upgrade": "flowcomply-test-restored/upgrade",
	} {
		group := g.One(t, "aws:cloudwatch/logGroup:LogGroup", name)
		assert.Equal(t, "/aws/rds/instance/"+log, group.Get("name"))
		assert.Equal(t, "arn:logs", group.Get("kmsKeyId"))
		assert.InDelta(t, 365, group.Get("retentionInDays"), 0)
	}
	after := instance(t, g).DependsOn
	for _, log := range []string{"main-postgresql", "main-upgrade"} {
		assert.Contains(t, after, "urn:pulumi:test::flowcomply::flowcomply:database:Database$aws:cloudwatch/logGroup:LogGroup::"+log)
	}
}

func TestNew_MonitoringRoleTrustsItsInstancesOnly(t *testing.T) {
	trust := declare(t, production(), true).One(t, "aws:iam/role:Role", "main-monitoring").Get("assumeRolePolicy")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"monitoring.rds.amazonaws.com"},
		"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},
		"ArnLike":{"aws:SourceArn":["arn:aws:rds:ap-southeast-2:123456789012:db:flowcomply-test",
		"arn:aws:rds:ap-southeast-2:123456789012:db:flowcomply-test-restored"]}}}]}`, fmt.Sprint(trust))
}

// RDS.20 and RDS.21: the categories the controls name, of this instance and its parameter group.
func TestNew_OperationsHearOfEvents(t *testing.T) {
	g := declare(t, production(), true)
	events := g.One(t, "aws:rds/eventSubscription:EventSubscription", "main")
	assert.Equal(t, "db-instance", events.Get("sourceType"))
	assert.Equal(t, []any{"flowcomply-test"}, events.Get("sourceIds"))
	assert.Equal(t, []any{
		"availability", "configuration change", "deletion", "failover", "failure", "low storage", "maintenance", "notification", "recovery",
	}, events.Get("eventCategories"), "a Multi-AZ failover is an event of a category of its own")
	parameters := g.One(t, "aws:rds/eventSubscription:EventSubscription", "main-parameters")
	assert.Equal(t, "db-parameter-group", parameters.Get("sourceType"))
	assert.Equal(t, []any{"main-1a2b3c4"}, parameters.Get("sourceIds"))
	assert.Equal(t, []any{"configuration change"}, parameters.Get("eventCategories"))
	for _, s := range []record.Resource{events, parameters} {
		assert.Equal(t, "arn:topic", s.Get("snsTopic"))
		assert.Nil(t, s.Get("enabled"), "on unless said otherwise")
	}
}

// What docs/alarms.md promises to tell is what is subscribed to.
func TestInstanceEvents_AreThoseOfTheAlarmsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/alarms.md")
	require.NoError(t, err)
	listed := regexp.MustCompile(`one of these categories: ([a-z,\s]+)\.`).FindStringSubmatch(string(text))
	require.NotNil(t, listed, "the page lists the categories")
	assert.Equal(t, instanceEvents, strings.Split(strings.Join(strings.Fields(listed[1]), " "), ", "))
}
