package main

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/record"
)

// The controls on buckets, secrets and keys. Each stands in controls_test.go.

// perBucket wants one resource of a type for each bucket, and gives them to a check.
func perBucket(c inspected, typ string, check func(r record.Resource)) {
	c.Helper()
	var buckets, have []any
	for _, r := range c.of(bucketType) {
		buckets = append(buckets, r.Get("bucket"))
	}
	for _, r := range c.of(typ) {
		have = append(have, r.Get("bucket"))
		check(r)
	}
	assert.ElementsMatch(c, buckets, have, "%s: %s", c.stack, typ)
}

var bucketControls = []control{
	{
		number: 56, id: "S3.1", demand: "public access is blocked for the account", where: "account",
		open: "a setting of the account, which environments share; each bucket has its own block (S3.8)", owner: "account",
	},
	{number: 57, id: "S3.8", demand: "public access is blocked for the bucket", where: "bucket", check: func(c inspected) {
		perBucket(c, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", func(r record.Resource) {
			for _, flag := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				assert.Equal(c, true, r.Get(flag), "%s: %s", r, flag)
			}
		})
	}},
	{number: 58, id: "S3.5", demand: "requests without TLS are denied", where: "bucket", check: func(c inspected) {
		perBucket(c, "aws:s3/bucketPolicy:BucketPolicy", func(r record.Resource) {
			denied := slices.ContainsFunc(statements(c, r, "policy"), func(s statement) bool {
				insecure, _ := s.condition["Bool"].(map[string]any)
				return s.effect == "Deny" && s.principal == "*" && slices.Equal(s.actions, []string{"s3:*"}) && insecure["aws:SecureTransport"] == "false"
			})
			assert.True(c, denied, r.String())
		})
	}},
	{number: 59, id: "S3.9", demand: "access logs", where: "bucket", check: func(c inspected) {
		c.is("aws:s3/bucketLoggingV2:BucketLoggingV2", "bucket", "flowcomply-documents-"+c.stack)
		c.is("aws:s3/bucketLoggingV2:BucketLoggingV2", "targetBucket", "flowcomply-logs-"+c.stack)
	}, open: "the bucket of logs has none: each entry would cause another", owner: "platform"},
	{number: 60, id: "S3.12", demand: "no access lists", where: "bucket", check: func(c inspected) {
		perBucket(c, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", func(r record.Resource) {
			assert.Equal(c, "BucketOwnerEnforced", r.Get("rule.objectOwnership"), r.String())
		})
	}},
	{number: 61, id: "S3.13, S3.10", demand: "a lifecycle: parts of uploads and earlier versions end", where: "bucket", check: func(c inspected) {
		perBucket(c, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", func(r record.Resource) {
			assert.Equal(c, "Enabled", r.Get("rules.0.status"), r.String())
			assert.NotNil(c, r.Get("rules.0.abortIncompleteMultipartUpload.daysAfterInitiation"), r.String())
			assert.NotNil(c, r.Get("rules.0.noncurrentVersionExpiration.noncurrentDays"), r.String())
		})
	}},
	{number: 62, id: "S3.14", demand: "versioning", where: "bucket", check: func(c inspected) {
		perBucket(c, "aws:s3/bucketVersioningV2:BucketVersioningV2", func(r record.Resource) {
			assert.Equal(c, "Enabled", r.Get("versioningConfiguration.status"), r.String())
		})
	}},
	{number: 63, id: "S3.17", demand: "documents are encrypted with our key", where: "bucket", check: func(c inspected) {
		const at = "rules.0.applyServerSideEncryptionByDefault."
		perBucket(c, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", func(r record.Resource) {
			assert.NotEmpty(c, r.Get(at+"sseAlgorithm"), r.String())
			if r.Name == "documents" {
				assert.Equal(c, "aws:kms", r.Get(at+"sseAlgorithm"), c.stack)
				assert.Regexp(c, `:Key/data$`, r.Get(at+"kmsMasterKeyId"), c.stack)
			}
		})
	}, open: "the bucket of logs has S3's key: load balancers cannot write with another", owner: "platform"},
	{number: 64, id: "S3.2, S3.3, S3.6", demand: "no grant to the public or to other accounts", where: "bucket", check: func(c inspected) {
		for _, r := range c.of("aws:s3/bucketPolicy:BucketPolicy") {
			assert.NotEmpty(c, statements(c, r, "policy"), r.String())
			for _, s := range statements(c, r, "policy") {
				if s.effect == "Allow" {
					assert.Equal(c, []string{"s3:PutObject"}, s.actions, "%s: %s", r, s.sid)
					assert.Contains(c, []any{
						map[string]any{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
						map[string]any{"Service": "logging.s3.amazonaws.com"},
					}, s.principal, "%s: %s", r, s.sid)
				}
			}
		}
	}},
	{
		number: 65, id: "S3.11", demand: "event notifications on documents", where: "bucket",
		open: "nothing would listen; who read or changed a document is in the access logs", owner: "platform",
	},
}

var secretControls = []control{
	{
		number: 66, id: "SecretsManager.1, SecretsManager.4", demand: "secrets are rotated every 90 days", where: "secret",
		open:  "the application reads secrets at start, so a rotation is a deployment: the number `rotation` in the stack file, and for an operator's secret the issuer's console. A rotation function would change what running tasks hold",
		owner: "platform",
	},
	{number: 67, id: "SecretsManager.3", demand: "no unused secret; verification's user is in no container and for no role", where: "stacks: secrets-are-used, verification-has-a-user-of-its-own", check: func(c inspected) {
		used := map[string]bool{}
		for _, one := range c.containers() {
			for _, from := range one.Secrets {
				used[strings.SplitN(from.ValueFrom, ":::", 2)[0]] = true
			}
		}
		for _, r := range c.of(secretType) {
			arn := "arn:aws:mock:ap-southeast-2:123456789012:Secret/" + r.Name
			assert.Equal(c, r.Name != "smoke-user", used[arn], "%s: %s", c.stack, r)
		}
		c.allows(rightsType, "policy", func(r record.Resource, s statement) {
			for _, resource := range s.resources {
				assert.NotContains(c, resource, "smoke-user", "%s: %s", r, s.sid)
			}
		})
	}},
	{number: 68, demand: "secrets have our key, and a policy against other accounts", where: "secret", check: func(c inspected) {
		c.encrypted(secretType, "kmsKeyId")
		for _, r := range c.of(secretType) {
			all := statements(c, r, "policy")
			assert.Len(c, all, 1, r.String())
			for _, s := range all {
				assert.Equal(c, "Deny", s.effect, r.String())
				assert.Contains(c, s.condition, "StringNotEquals", r.String())
			}
		}
	}},
	{number: 69, id: "KMS.1, KMS.2", demand: "no role decrypts with every key", where: "service", check: func(c inspected) {
		c.allows(rightsType, "policy", func(r record.Resource, s statement) {
			for _, action := range s.actions {
				assert.False(c, strings.HasPrefix(action, "kms:") && slices.Contains(s.resources, "*"), "%s: %s", r, s.sid)
			}
		})
	}},
	{number: 70, id: "KMS.3", demand: "keys are protected, and deleted after 30 days", where: "key", production: true, check: func(c inspected) {
		c.is(keyType, "deletionWindowInDays", 30.0)
		for _, r := range c.of(keyType) {
			assert.True(c, r.Protect, r.String())
		}
	}},
	{number: 71, id: "KMS.4", demand: "keys rotate", where: "key", check: func(c inspected) { c.is(keyType, "enableKeyRotation", true) }},
	{number: 72, id: "KMS.5", demand: "no key is everybody's", where: "key", check: func(c inspected) {
		c.allows(keyType, "policy", func(r record.Resource, s statement) {
			assert.NotEqual(c, "*", s.principal, "%s: %s", r, s.sid)
			assert.NotEqual(c, map[string]any{"AWS": "*"}, s.principal, "%s: %s", r, s.sid)
			assert.NotNil(c, s.principal, "%s: %s", r, s.sid)
		})
	}},
}
