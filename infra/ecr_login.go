package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/image"
)

// ecrLogin asks ECR for the login that pushes every image: all repositories are in the account's one registry. A login
// holds for twelve hours, so it is asked for in every run. The step that checks or copies an image runs outside the engine
// and asks for its own: components/image/publish/credentials.go.
func (e *environment) ecrLogin() image.Registry {
	token := ecr.GetAuthorizationTokenOutput(e.ctx, ecr.GetAuthorizationTokenOutputArgs{
		RegistryId: pulumi.StringPtr(e.spec.Account.ID),
	}, pulumi.Provider(e.provider))
	return image.Registry{Server: token.ProxyEndpoint(), Username: token.UserName(), Password: token.Password()}
}
