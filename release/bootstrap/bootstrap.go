// Package bootstrap makes what a stack needs before its first update: the KMS key that encrypts the secrets in its stack
// file and state, the S3 bucket that keeps the state, and the role that ECS acts with in the account.
//
// Decisions:
//   - all are outside every stack: no stack can keep its own state's key, and stacks of one account share the role;
//   - what is there is kept, and corrected where it is less safe than what would be made;
//   - a run that was cut off is finished by the next one.
package bootstrap

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/stacks"
)

// Spec is what is to be there.
type Spec struct {
	Account string // 12 digits
	Region  string // of the bucket
	// Provider is the stack file's secretsprovider, which names the key.
	Provider string
	Alias    string // of the key, with alias/ in front
	// KeyRegion is the key's region.
	KeyRegion string
	Bucket    string
	Tags      map[string]string
}

// aliasForm is what KMS takes: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
var aliasForm = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]{1,250}$`)

// SpecOf reads a stack file. It needs no secret of it, as the first is set once the key is there.
func SpecOf(source stacks.Source, provider string) (Spec, error) {
	var account stacks.Account
	if err := json.Unmarshal([]byte(source.Values[stacks.Namespace+":account"]), &account); err != nil {
		return Spec{}, fmt.Errorf("stack file: account: %w", err)
	}
	if err := account.Validate(); err != nil {
		return Spec{}, fmt.Errorf("stack file: account: %w", err)
	}
	alias, region, err := keyOf(provider)
	if err != nil {
		return Spec{}, fmt.Errorf("stack file: secretsprovider %q: %w; write awskms://alias/<name>?region=<region>", provider, err)
	}
	return Spec{
		Account: account.ID, Region: account.Region, Provider: provider, Alias: alias, KeyRegion: region,
		Bucket: stacks.Namespace + "-pulumi-" + account.ID, // one for all stacks: release.gate reads another's
		Tags:   map[string]string{"project": stacks.Namespace},
	}, nil
}

// keyOf takes a provider's address apart: https://www.pulumi.com/docs/iac/concepts/secrets/#aws-key-management-service-kms
func keyOf(provider string) (alias, region string, err error) {
	address, err := url.Parse(provider)
	switch {
	case err != nil:
		return "", "", err
	case address.Scheme != "awskms":
		return "", "", fmt.Errorf("is no key in AWS KMS")
	}
	alias = address.Host + address.Path
	if !aliasForm.MatchString(alias) || strings.HasPrefix(alias, "alias/aws/") {
		return "", "", fmt.Errorf("names the key by no alias of its own")
	}
	if region = address.Query().Get("region"); region == "" {
		return "", "", fmt.Errorf("names no region")
	}
	return alias, region, nil
}

// Done is one thing that was seen to.
type Done struct {
	What string // such as "key alias/flowcomply-pulumi"
	How  string // made, kept, or what was corrected
}

// Run makes what is missing. It tells of each thing once that is as it should be, and stops at the first that cannot be.
func Run(ctx context.Context, spec Spec, keys Keys, buckets Buckets, roles Roles, show func(Done)) error {
	for _, step := range []struct {
		what   string
		ensure func(context.Context) (string, error)
	}{
		{"key " + spec.Alias, key{keys, spec}.ensure},
		{"bucket " + spec.Bucket, bucket{buckets, spec}.ensure},
		{"role " + ecsRole, role{roles}.ensure},
	} {
		how, err := step.ensure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		show(Done{step.what, how})
	}
	return nil
}
