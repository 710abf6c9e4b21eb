//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/harness"
)

// These scenarios go on from one another. The last release's snapshot is from before its migration, and has the first asset;
// what is written afterwards is the window of lost data. While the API is held nobody asks it: verification would wait for
// the alarm that this rings to fall silent (verify's own tests hold that it does).

const (
	inUse    = "flowcomply-local"
	copied   = "flowcomply-local-restored"
	written  = "Written later"
	made     = "rds:RestoreDBInstanceFromDBSnapshot"
	dropped  = "rds:DeleteDBInstance"
	released = "v1.2.3"
	earlier  = "v1.2.1"
	site     = "https://app.flowcomply.test/" // which uses no database, and is never down
)

// drills rehearses a restore beside the stack, which has one more row than the snapshot by now.
func (f fixture) drills(t *testing.T) {
	running, now := f.asked(t)
	require.NoError(t, running.AddAsset(t.Context(), written))
	secrets := f.secrets(t)

	u := f.watch(t, f.running(t, "drill"))
	u.ended(t, 0)
	assert.Contains(t, u.said, "local: drill with "+now.Release.SnapshotID+", of ")
	assert.Contains(t, u.said, "the snapshot is of an older schema; the migrations of "+released+" were applied to the copy")
	assert.Regexp(t, `\n  ok +tables +[0-9]+s  User 1; Organization 1; Asset 1\n`, u.said)
	assert.Contains(t, u.said, "the copy was good, and is dropped")
	assert.Equal(t, []int{1, 4, 1}, []int{did(made, u), did(ranTask, u), did(dropped, u)}, "a copy; status, deploy, status, count")

	assert.Equal(t, []string{written, harness.FirstAsset}, f.assets(t))
	assert.Equal(t, []string{inUse}, f.databases(t))
	assert.Equal(t, secrets, f.secrets(t))
	families, err := running.ECS().ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("flowcomply-local-backend-drill")})
	require.NoError(t, err)
	assert.Empty(t, families.TaskDefinitionArns)
	assert.Equal(t, u.before, u.after)
	f.unchanged(t)
}

// restoreFails begins a restore that AWS does not make a copy for, and undoes it: nothing is lost but time.
func (f fixture) restoreFails(t *testing.T) {
	running, now := f.asked(t)
	text := f.stackFile(t)
	require.NoError(t, running.Scenario(map[string]any{"faults": []any{map[string]any{
		"match": made, "times": 1000, "status": 400, "code": "InstanceQuotaExceeded", "message": "The quota of instances is exceeded.",
	}}}))
	u := f.watch(t, f.running(t, "restore", "--snapshot", now.Release.SnapshotID, "--yes"), site)
	u.ended(t, 4)
	assert.Contains(t, u.said, "The quota of instances is exceeded")
	assert.Contains(t, u.said, inUse+" is as it was")
	assert.Regexp(t, `or flowcomply restore --undo --stack local --config-file \S*Pulumi.local.yaml to use it again`, u.said)
	assert.Equal(t, now, u.after, "what was proven is recorded still")
	backend, err := running.Service(t.Context(), "backend")
	require.NoError(t, err)
	assert.Equal(t, []int32{0, 0}, []int32{backend.DesiredCount, backend.RunningCount}, "what uses the database is held")
	_, err = running.Assets(t.Context())
	require.ErrorContains(t, err, "503 Service Unavailable")
	require.NoError(t, running.Scenario(nil))

	u = f.watch(t, f.running(t, "restore", "--undo", "--yes"), site)
	u.ended(t, 0)
	assert.Equal(t, now, u.after)
	assert.Equal(t, text, f.stackFile(t), "to the byte")
	assert.Equal(t, []string{inUse}, f.databases(t))
	assert.Equal(t, []string{written, harness.FirstAsset}, f.assets(t))
	f.serves(t, now)
}

// restores takes the data back to before the last release.
func (f fixture) restores(t *testing.T) {
	_, now := f.asked(t)
	require.NotContains(t, f.address(t), copied)

	u := f.watch(t, f.running(t, "restore", "--snapshot", now.Release.SnapshotID, "--yes"), site)
	u.ended(t, 0)
	assert.Regexp(t, `\n  lost +everything written since: (less than a minute|[0-9]+ minutes) by now, and what is written until the tasks have ended\n`+
		`  since +release of `+released+`, .*\n`+
		`  schema +that of `+earlier+`; the migrations of `+released+`, which is configured, are applied to the copy`, u.said)
	inOrder(t, u.said, "  down      backend", "== restore: hold what uses the database", "backend: 0 tasks left",
		"== restore: snapshot "+now.Release.SnapshotID+" into "+copied, copied+" is in use, and proven; "+inUse+" is kept beside it")
	assert.Equal(t, []int{1, 0, 0, 3, 0}, []int{did(made, u), did(dropped, u), did(snapshotted, u), did(ranTask, u), did(pushed, u)}, "a copy; status, deploy, status")

	found := f.instances(t)
	assert.Equal(t, []string{inUse, copied}, f.databases(t), "the one before is kept")
	assert.Equal(t, settings(found[inUse]), settings(found[copied]))
	assert.Contains(t, f.address(t), "@"+aws.ToString(found[copied].Endpoint.Address)+":")
	assert.Equal(t, copied, u.after.DatabaseIdentifier)
	assert.Equal(t, now.Releases, u.after.Releases, "a restore is no release")
	assert.NotEqual(t, now.Services["backend"].TaskDefinitionArn, u.after.Services["backend"].TaskDefinitionArn)
	assert.Equal(t, now.Services["frontend"], u.after.Services["frontend"])
	f.serves(t, u.after)
	assert.Equal(t, []string{harness.FirstAsset}, f.assets(t), "what was written after the snapshot is not there")
	f.verified(t)
}

// confirms drops the instance that was restored from, and nothing is left to do.
func (f fixture) confirms(t *testing.T) {
	u := f.watch(t, f.running(t, "restore", "--confirm", "--yes"))
	u.ended(t, 0)
	assert.Contains(t, u.said, "delete aws:rds/instance:Instance database\n")
	assert.Contains(t, u.said, copied+" is the stack's database; "+inUse+" is deleted.")
	assert.Equal(t, []string{copied}, f.databases(t))
	assert.Contains(t, f.stackFile(t), "\n  flowcomply:database.slot: restored\n")
	assert.NotContains(t, f.stackFile(t), "flowcomply:database.restore")
	assert.Equal(t, []string{harness.FirstAsset}, f.assets(t))
	f.noSecretInPlainText(t)
	f.unchanged(t)
	again := f.watch(t, up)
	require.NoError(t, again.err, again.said)
	assert.Empty(t, again.changes)
	f.serves(t, again.after)
}

// assets are what the user of verification sees.
func (f fixture) assets(t *testing.T) []string {
	t.Helper()
	running, _ := f.asked(t)
	names, err := running.Assets(t.Context())
	require.NoError(t, err)
	return names
}

// address is what the services reach the database by, password and all.
func (f fixture) address(t *testing.T) string {
	t.Helper()
	got, err := secretsmanager.NewFromConfig(f.aws(t)).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("flowcomply-local/DATABASE_URL")})
	require.NoError(t, err)
	return aws.ToString(got.SecretString)
}

// secrets are the names of all there are, sorted.
func (f fixture) secrets(t *testing.T) []string {
	t.Helper()
	var names []string
	for pages := secretsmanager.NewListSecretsPaginator(secretsmanager.NewFromConfig(f.aws(t)), &secretsmanager.ListSecretsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, one := range page.SecretList {
			names = append(names, aws.ToString(one.Name))
		}
	}
	require.NotEmpty(t, names)
	slices.Sort(names)
	return names
}

// stackFile is the copy that the stack is updated with.
func (f fixture) stackFile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(f.stack(t).ConfigFile())
	require.NoError(t, err)
	return string(text)
}

// settings are what a copy has to have as the instance in use has it.
func settings(of types.DBInstance) map[string]any {
	subnets, groups, parameters := "", []string{}, []string{}
	if of.DBSubnetGroup != nil {
		subnets = aws.ToString(of.DBSubnetGroup.DBSubnetGroupName)
	}
	for _, one := range of.VpcSecurityGroups {
		groups = append(groups, aws.ToString(one.VpcSecurityGroupId))
	}
	for _, one := range of.DBParameterGroups {
		parameters = append(parameters, aws.ToString(one.DBParameterGroupName))
	}
	return map[string]any{
		"class": aws.ToString(of.DBInstanceClass), "engine": aws.ToString(of.EngineVersion), "storage": aws.ToInt32(of.AllocatedStorage),
		"subnets": subnets, "groups": groups, "parameters": parameters,
		"encrypted": aws.ToBool(of.StorageEncrypted), "key": aws.ToString(of.KmsKeyId), "protected": aws.ToBool(of.DeletionProtection),
		"public": aws.ToBool(of.PubliclyAccessible), "standby": aws.ToBool(of.MultiAZ), "backups": aws.ToInt32(of.BackupRetentionPeriod),
		"monitoring": aws.ToInt32(of.MonitoringInterval), "insights": aws.ToBool(of.PerformanceInsightsEnabled),
		"logs": of.EnabledCloudwatchLogsExports, "identity": aws.ToBool(of.IAMDatabaseAuthenticationEnabled), "status": aws.ToString(of.DBInstanceStatus),
	}
}

// inOrder wants words to be said one after another.
func inOrder(t *testing.T, said string, words ...string) {
	t.Helper()
	rest := said
	for _, one := range words {
		_, after, is := strings.Cut(rest, one)
		require.True(t, is, "%q is not said, or too early, in\n%s", one, said)
		rest = after
	}
}
