package bootstrap

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Roles is what is asked of IAM.
type Roles interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	CreateServiceLinkedRole(context.Context, *iam.CreateServiceLinkedRoleInput, ...func(*iam.Options)) (*iam.CreateServiceLinkedRoleOutput, error)
}

// The role that ECS acts with in the account. An account that has never run ECS is without it.
const (
	ecsRole    = "AWSServiceRoleForECS"
	ecsService = "ecs.amazonaws.com"
)

// role is made before the first update. ECS makes it by itself with the first cluster, but not at once, and what the update asks
// next of that cluster, its capacity providers, is refused meanwhile; the provider asks for the cluster again and not for those
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html).
type role struct {
	iam Roles
}

func (r role) ensure(ctx context.Context) (string, error) {
	_, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(ecsRole)})
	var missing *types.NoSuchEntityException
	if err == nil || !errors.As(err, &missing) {
		return "kept", err
	}
	_, err = r.iam.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String(ecsService)})
	var taken *types.InvalidInputException // what AWS answers where there is one, made by somebody else meanwhile
	var exists *types.EntityAlreadyExistsException
	if errors.As(err, &taken) && strings.Contains(taken.ErrorMessage(), "has been taken") || errors.As(err, &exists) {
		return "kept", nil
	}
	return "made", err
}
