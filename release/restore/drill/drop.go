package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// drop takes away all that was made, and tells what is left of it.
func (d Drill) drop(ctx context.Context, r *run) error {
	var errs []error
	for _, drop := range r.made {
		errs = append(errs, drop(ctx))
	}
	return errors.Join(errs...)
}

// dropInstance has RDS delete the copy, with its backups. Once it is deleting nothing brings it back. One that is still
// being made RDS may not delete yet: it is asked again.
func (d Drill) dropInstance(ctx context.Context) error {
	identifier := d.Stack.Copy
	for {
		_, err := d.RDS.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: &identifier, SkipFinalSnapshot: aws.Bool(true), DeleteAutomatedBackups: aws.Bool(true),
		})
		var gone *types.DBInstanceNotFoundFault
		if err == nil || errors.As(err, &gone) {
			return nil
		}
		var busy *types.InvalidDBInstanceStateFault
		if !errors.As(err, &busy) {
			return fmt.Errorf("instance %s: %w", identifier, err)
		}
		if found, findErr := d.find(ctx, identifier); findErr == nil && (found == nil || aws.ToString(found.DBInstanceStatus) == "deleting") {
			return nil
		}
		if late := d.Pause(ctx, d.Look); late != nil {
			return fmt.Errorf("instance %s: %w", identifier, err)
		}
	}
}

func (d Drill) dropSecret(ctx context.Context, arn string) error {
	_, err := d.Secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: aws.Bool(true)})
	var gone *secrettypes.ResourceNotFoundException
	if err == nil || errors.As(err, &gone) {
		return nil
	}
	return fmt.Errorf("secret %s: %w", arn, err)
}

func (d Drill) dropDefinition(ctx context.Context, arn string) error {
	if _, err := d.ECS.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn}); err != nil {
		return fmt.Errorf("task definition %s: %w", arn, err)
	}
	return nil
}

// sweep drops what a drill that was cut off left, and waits until its name is free.
func (d Drill) sweep(ctx context.Context, r *run) (string, error) {
	found, err := d.find(ctx, d.Stack.Copy)
	if err != nil {
		return "", unable{err}
	}
	swept := 0
	if found != nil {
		if !slices.ContainsFunc(found.TagList, func(tag types.Tag) bool { return d.marked(tag.Key, tag.Value) }) {
			return "", unable{fmt.Errorf("there is an instance %s that no drill of this stack made; delete or rename it", d.Stack.Copy)}
		}
		swept++
		if err := d.dropInstance(ctx); err != nil {
			return "", err
		}
		if err := d.until(ctx, r, func() (bool, error) {
			found, err := d.find(ctx, d.Stack.Copy)
			return found == nil && err == nil, nil
		}); err != nil {
			return "", err
		}
	}
	n, err := d.sweepSecrets(ctx)
	if err != nil {
		return "", unable{err}
	}
	m, err := d.sweepDefinitions(ctx)
	if swept += n + m; err != nil || swept == 0 {
		return "", err
	}
	return fmt.Sprintf("%d things of a drill that was cut off", swept), nil
}

// marked tells whether a tag is that of a drill of this stack.
func (d Drill) marked(key, value *string) bool {
	return aws.ToString(key) == mark && aws.ToString(value) == d.Stack.Name
}

func (d Drill) sweepSecrets(ctx context.Context) (swept int, err error) {
	pages := secretsmanager.NewListSecretsPaginator(d.Secrets, &secretsmanager.ListSecretsInput{
		Filters: []secrettypes.Filter{{Key: secrettypes.FilterNameStringTypeTagKey, Values: []string{mark}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return swept, fmt.Errorf("secrets: %w", err)
		}
		for _, one := range page.SecretList {
			if !slices.ContainsFunc(one.Tags, func(tag secrettypes.Tag) bool { return d.marked(tag.Key, tag.Value) }) {
				continue
			}
			swept++
			if err := d.dropSecret(ctx, aws.ToString(one.ARN)); err != nil {
				return swept, err
			}
		}
	}
	return swept, nil
}

func (d Drill) sweepDefinitions(ctx context.Context) (swept int, err error) {
	pages := ecs.NewListTaskDefinitionsPaginator(d.ECS, &ecs.ListTaskDefinitionsInput{FamilyPrefix: &d.Stack.Family, Status: ecstypes.TaskDefinitionStatusActive})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return swept, fmt.Errorf("task definitions: %w", err)
		}
		for _, arn := range page.TaskDefinitionArns {
			swept++
			if err := d.dropDefinition(ctx, arn); err != nil {
				return swept, err
			}
		}
	}
	return swept, nil
}
