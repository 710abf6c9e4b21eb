package awschecks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// currentStage marks the version of a secret that counts.
const currentStage = "AWSCURRENT"

// SecretsStored checks that every secret of the stack, the smoke user's with
// them, exists, is not about to be deleted, and has a current version. No value
// is read.
//
//runbook:pre.3#2 wants every secret there, with a current value.
func SecretsStored(out outputs.Outputs, api SecretReader, interval time.Duration) check.Check {
	arns := map[string]string{"the smoke user": out.SmokeSecretArn}
	maps.Copy(arns, out.SecretArns)
	return polled("secrets", "stored", interval, func(ctx context.Context) (string, error) {
		var wrong check.Verdict
		for _, name := range slices.Sorted(maps.Keys(arns)) {
			secret, err := describeSecret(ctx, arns[name], api)
			if err != nil {
				return "", err
			}
			wrong.Join(evaluateSecret(name, secret))
		}
		if !wrong.OK() {
			return "", wrong.Err(nil)
		}
		return text.Count(len(arns), "secret") + " with a current version", nil
	})
}

// describeSecret returns nil for a secret that does not exist.
func describeSecret(ctx context.Context, arn string, api SecretReader) (*secretsmanager.DescribeSecretOutput, error) {
	secret, err := api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &arn})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, Explain(err)
	}
	return secret, nil
}

func evaluateSecret(name string, secret *secretsmanager.DescribeSecretOutput) check.Verdict {
	var f check.Verdict
	switch {
	case secret == nil:
		f.Fail("run `pulumi refresh` and `pulumi up`: somebody has deleted it", "the secret of %s does not exist", name)
	case secret.DeletedDate != nil:
		f.Fail("bring it back: `aws secretsmanager restore-secret --secret-id "+aws.ToString(secret.ARN)+"`", "the secret of %s is about to be deleted", name)
	case !hasStage(secret, currentStage):
		f.Fail("write it anew: `pulumi up` after a rotation, or the stage with `aws secretsmanager update-secret-version-stage "+
			"--secret-id "+aws.ToString(secret.ARN)+" --version-stage "+currentStage+" --move-to-version-id …`",
			"the secret of %s has no current version (%s)", name, currentStage)
	}
	return f
}

func hasStage(secret *secretsmanager.DescribeSecretOutput, stage string) bool {
	return slices.Contains(slices.Concat(slices.Collect(maps.Values(secret.VersionIdsToStages))...), stage)
}

// reference is what a container's secret refers to:
// <arn>[:<json key>[:<stage>[:<version>]]].
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
type reference struct{ variable, arn, stage, version string }

// parseReference is false for what is no secret of Secrets Manager, such as a
// parameter of Systems Manager.
func parseReference(variable, from string) (reference, bool) {
	const arnParts = 7 // arn:aws:secretsmanager:region:account:secret:name
	parts := strings.Split(from, ":")
	if len(parts) < arnParts || parts[2] != "secretsmanager" {
		return reference{}, false
	}
	rest := append(slices.Clone(parts[arnParts:]), "", "", "") // key, stage, version
	return reference{variable: variable, arn: strings.Join(parts[:arnParts], ":"), stage: rest[1], version: rest[2]}, true
}

// evaluateReference finds a version that a task will not get. ECS reads the version or stage that it is told, else the
// current one. AWS may delete a version without a stage at any time.
func evaluateReference(r reference, secret *secretsmanager.DescribeSecretOutput) check.Verdict {
	f := evaluateSecret(r.variable, secret)
	if !f.OK() {
		return f
	}
	next := "release again: the task definition then names the present version"
	if _, labelled := secret.VersionIdsToStages[r.version]; r.version != "" && !labelled {
		f.Fail(next, "the task definition names version %s of the secret of %s, which has no stage any more", r.version, r.variable)
	}
	if r.stage != "" && !hasStage(secret, r.stage) {
		f.Fail(next, "the task definition names the stage %s of the secret of %s, which no version has", r.stage, r.variable)
	}
	return f
}

// keyOf is the ARN of the key that encrypts a secret. It is empty for an alias, and for AWS's managed key, which
// everybody who may read the secret may use.
func keyOf(secret *secretsmanager.DescribeSecretOutput, region, account string) string {
	return keyArn(aws.ToString(secret.KmsKeyId), region, account)
}

// keyArn is the ARN of a key that AWS tells by its ARN or id; empty for an alias.
func keyArn(key, region, account string) string {
	switch {
	case key == "" || strings.Contains(key, "alias/"):
		return ""
	case strings.HasPrefix(key, "arn:"):
		return key
	default:
		return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", region, account, key)
	}
}
