package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Keys is what is asked of KMS, in the key's region.
type Keys interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	ListKeys(context.Context, *kms.ListKeysInput, ...func(*kms.Options)) (*kms.ListKeysOutput, error)
	CreateKey(context.Context, *kms.CreateKeyInput, ...func(*kms.Options)) (*kms.CreateKeyOutput, error)
	CreateAlias(context.Context, *kms.CreateAliasInput, ...func(*kms.Options)) (*kms.CreateAliasOutput, error)
	GetKeyRotationStatus(context.Context, *kms.GetKeyRotationStatusInput, ...func(*kms.Options)) (*kms.GetKeyRotationStatusOutput, error)
	EnableKeyRotation(context.Context, *kms.EnableKeyRotationInput, ...func(*kms.Options)) (*kms.EnableKeyRotationOutput, error)
}

type key struct {
	kms  Keys
	spec Spec
}

// description marks a key as the one that an alias is about to be given to.
func (k key) description() string {
	return "Secrets of Pulumi stacks; " + k.spec.Alias
}

// ensure makes the key where there is none, and has it rotated each year.
func (k key) ensure(ctx context.Context) (string, error) {
	found, err := k.byAlias(ctx)
	if err != nil {
		return "", err
	}
	how := "kept"
	if found == nil {
		if found, how, err = k.make(ctx); err != nil {
			return "", err
		}
	}
	if err := checkUsable(*found); err != nil {
		return "", err
	}
	rotation, err := k.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: found.KeyId})
	if err != nil {
		return "", err
	}
	if rotation.KeyRotationEnabled {
		return how, nil
	}
	_, err = k.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: found.KeyId})
	return how + ", now rotated each year", err
}

func (k key) byAlias(ctx context.Context) (*types.KeyMetadata, error) {
	answer, err := k.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &k.spec.Alias})
	var missing *types.NotFoundException
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answer.KeyMetadata, nil
}

// make gives the alias to a key: to the one that a run made that was cut off, or to a new one.
func (k key) make(ctx context.Context) (*types.KeyMetadata, string, error) {
	found, err := k.unnamed(ctx)
	if err != nil {
		return nil, "", err
	}
	how := "finished what a run before had begun"
	if found == nil {
		var tags []types.Tag
		for _, name := range slices.Sorted(maps.Keys(k.spec.Tags)) {
			tags = append(tags, types.Tag{TagKey: &name, TagValue: aws.String(k.spec.Tags[name])})
		}
		metadata, err := k.kms.CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String(k.description()), Tags: tags})
		if err != nil {
			return nil, "", err
		}
		found, how = metadata.KeyMetadata, "made"
	}
	_, err = k.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &k.spec.Alias, TargetKeyId: found.KeyId})
	return found, how, err
}

// unnamed finds a key that was made for the alias and has none yet.
func (k key) unnamed(ctx context.Context) (*types.KeyMetadata, error) {
	for pages := kms.NewListKeysPaginator(k.kms, &kms.ListKeysInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.Keys {
			answer, err := k.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: one.KeyId})
			if err != nil {
				return nil, err
			}
			if about := answer.KeyMetadata; aws.ToString(about.Description) == k.description() && about.KeyState == types.KeyStateEnabled {
				return about, nil
			}
		}
	}
	return nil, nil
}

// checkUsable refuses a key that would not decrypt what it has encrypted, today or soon.
func checkUsable(about types.KeyMetadata) error {
	id := aws.ToString(about.KeyId)
	switch about.KeyState {
	case types.KeyStateEnabled:
		return nil
	case types.KeyStatePendingDeletion:
		return fmt.Errorf("key %s is to be deleted on %s, and every secret would be lost with it; "+
			"run `aws kms cancel-key-deletion --key-id %[1]s`, then `aws kms enable-key --key-id %[1]s`",
			id, aws.ToTime(about.DeletionDate).UTC().Format(time.DateOnly))
	default:
		return fmt.Errorf("key %s is %s; run `aws kms enable-key --key-id %[1]s`", id, about.KeyState)
	}
}
