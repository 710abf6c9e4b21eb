package bucket

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove what the program asks for: closed buckets, who may deliver where, and what ends when. They do not
// prove that S3 evaluates the policies as meant, nor that a log arrives.

func logsArgs(protected bool) LogsArgs {
	return LogsArgs{
		AccountID: "123456789012", Region: "ap-southeast-2", BucketName: "flowcomply-logs-test",
		Sources: []string{"flowcomply-documents-test"}, Protected: protected,
	}
}

func declare(t *testing.T, protected bool) *record.Graph {
	t.Helper()
	return record.Run(t, func(ctx *pulumi.Context) error {
		logs, err := NewLogs(ctx, "logs", LogsSpec{RetentionDays: 365}, logsArgs(protected))
		if err != nil {
			return err
		}
		_, err = NewDocuments(ctx, "documents", DocumentsSpec{NoncurrentDays: 90, InfrequentAccessDays: 60}, DocumentsArgs{
			BucketName: "flowcomply-documents-test", KeyArn: pulumi.String("arn:data"), LogBucket: logs.Name, Protected: protected,
		})
		return err
	})
}

func TestNew_Golden(t *testing.T) {
	declare(t, true).Golden(t, "protected")
	declare(t, false).Golden(t, "unprotected")
}

func TestNew_OnlyTheBucketsAreProtected(t *testing.T) {
	g := declare(t, true)
	for _, r := range g.All() {
		assert.Equal(t, r.Type == "aws:s3/bucketV2:BucketV2", r.Protect, "%s %s", r.Type, r.Name)
	}
	for _, r := range g.Of("aws:s3/bucketV2:BucketV2") {
		assert.Equal(t, false, r.Get("forceDestroy"), r.Name)
		assert.Equal(t, "flowcomply-"+r.Name+"-test", r.Get("bucket"))
	}
	for _, r := range declare(t, false).Of("aws:s3/bucketV2:BucketV2") {
		assert.False(t, r.Protect)
		assert.Equal(t, true, r.Get("forceDestroy"), r.Name)
	}
}

// S3.8, S3.12, S3.14: closed to the public in all four ways, without ACLs, versioned.
func TestNew_BothBucketsAreClosed(t *testing.T) {
	g := declare(t, true)
	for _, name := range []string{"documents", "logs"} {
		block := g.One(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name)
		for _, flag := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			assert.Equal(t, true, block.Get(flag), "%s %s", name, flag)
		}
		assert.Equal(t, "BucketOwnerEnforced", g.One(t, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", name).Get("rule.objectOwnership"))
		assert.Equal(t, "Enabled", g.One(t, "aws:s3/bucketVersioningV2:BucketVersioningV2", name).Get("versioningConfiguration.status"))
		assert.Len(t, g.One(t, "aws:s3/bucketPolicy:BucketPolicy", name).DependsOn, 3, "the bucket, and what closes it")
	}
}

func TestNew_Encryption(t *testing.T) {
	g := declare(t, true)
	const typ = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	documents := g.One(t, typ, "documents")
	assert.Equal(t, "aws:kms", documents.Get("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"))
	assert.Equal(t, "arn:data", documents.Get("rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId"))
	assert.Equal(t, true, documents.Get("rules.0.bucketKeyEnabled"))
	logs := g.One(t, typ, "logs")
	assert.Equal(t, "AES256", logs.Get("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"))
	assert.Nil(t, logs.Get("rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId"))
}

func TestNew_Lifecycle(t *testing.T) {
	g := declare(t, true)
	const typ = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	assert.Equal(t, []any{map[string]any{
		"id": "earlier-versions", "status": "Enabled", "filter": map[string]any{},
		"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7.0},
		"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": 90.0},
		"expiration":                     map[string]any{"expiredObjectDeleteMarker": true},
		"transitions":                    []any{map[string]any{"days": 60.0, "storageClass": "STANDARD_IA"}},
	}}, g.One(t, typ, "documents").Get("rules"), "documents themselves never expire")
	assert.Equal(t, []any{map[string]any{
		"id": "old-logs", "status": "Enabled", "filter": map[string]any{},
		"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7.0},
		"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": 30.0},
		"expiration":                     map[string]any{"days": 365.0},
	}}, g.One(t, typ, "logs").Get("rules"))
	assert.Nil(t, documentsRule(DocumentsSpec{NoncurrentDays: 1}).Transitions, "never, by default")
}

func TestNew_DocumentsAccessIsLoggedWhereThePolicyAllows(t *testing.T) {
	g := declare(t, true)
	logging := g.Of("aws:s3/bucketLoggingV2:BucketLoggingV2")
	require.Len(t, logging, 1, "the log bucket does not log itself")
	assert.Equal(t, "flowcomply-logs-test", logging[0].Get("targetBucket"))
	assert.Equal(t, "s3/flowcomply-documents-test/", logging[0].Get("targetPrefix"))
	assert.Contains(t, logging[0].DependsOn, "urn:pulumi:test::flowcomply::flowcomply:bucket:Logs$aws:s3/bucketPolicy:BucketPolicy::logs")
	assert.Contains(t, logsPolicy(logsArgs(true)), `"arn:aws:s3:::flowcomply-logs-test/s3/flowcomply-documents-test/*"`)
}

func TestPolicies_Golden(t *testing.T) {
	for name, document := range map[string]string{
		"documents-policy.json": documentsPolicy("flowcomply-documents-test"), "logs-policy.json": logsPolicy(logsArgs(true)),
	} {
		text, err := json.MarshalIndent(json.RawMessage(document), "", "  ")
		require.NoError(t, err)
		record.Golden(t, name, string(text)+"\n")
	}
}

// Whatever the region, no account of AWS's may write: it would send no source that could be held to this account.
func TestLogsPolicy_LoadBalancersDeliverAsAServiceOnly(t *testing.T) {
	for _, region := range []string{"ap-southeast-2", "ap-southeast-6", "eu-central-1"} {
		in := logsArgs(true)
		in.Region = region
		assert.NotContains(t, logsPolicy(in), `"AWS":`, region)
		assert.Contains(t, logsPolicy(in), "arn:aws:elasticloadbalancing:"+region+":", region)
	}
}

func TestLogsPolicy_DoesNotDependOnTheOrderOfSources(t *testing.T) {
	one, other := logsArgs(true), logsArgs(true)
	one.Sources, other.Sources = []string{"a", "b"}, []string{"b", "a"}
	assert.Equal(t, logsPolicy(one), logsPolicy(other))
}

func TestSpecs_Validate(t *testing.T) {
	require.NoError(t, DocumentsSpec{NoncurrentDays: 90}.Validate())
	require.NoError(t, DocumentsSpec{NoncurrentDays: 90, InfrequentAccessDays: 30}.Validate())
	require.NoError(t, LogsSpec{RetentionDays: 365}.Validate())
	require.ErrorContains(t, DocumentsSpec{}.Validate(), "noncurrentDays: 0 is out of range; allowed: 1 to 3650")
	require.ErrorContains(t, DocumentsSpec{NoncurrentDays: 1, InfrequentAccessDays: 29}.Validate(), "infrequentAccessDays: 29 is too early")
	require.ErrorContains(t, DocumentsSpec{NoncurrentDays: 1, InfrequentAccessDays: -1}.Validate(), "infrequentAccessDays: -1 is too early")
	require.ErrorContains(t, LogsSpec{RetentionDays: 29}.Validate(), "retentionDays: 29 is out of range; allowed: 30 to 3650")
	err := DocumentsSpec{InfrequentAccessDays: 1}.Validate()
	require.ErrorContains(t, err, "noncurrentDays:")
	require.ErrorContains(t, err, "infrequentAccessDays:")
}
