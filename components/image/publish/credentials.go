package publish

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
)

// tokens is what is asked of ECR.
type tokens interface {
	GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error)
}

// registryLogin is a login to one registry. It is offered to no other, whatever a flag names.
type registryLogin struct {
	host string
	auth authn.Authenticator
}

// Resolve is the login for a repository; nobody's for one of another registry.
func (l registryLogin) Resolve(resource authn.Resource) (authn.Authenticator, error) {
	if resource.RegistryStr() == l.host {
		return l.auth, nil
	}
	return authn.Anonymous, nil
}

// login asks ECR for the login to the account's registry; it holds for twelve hours
// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html). The login
// that a build pushes with is in infra/ecr_login.go.
//
//runbook:2.3#1 logs in to the account's own registry, and keeps the password to itself.
func login(ctx context.Context, api tokens) (registryLogin, error) {
	const cure = "next: look at the AWS credentials, which need ecr:GetAuthorizationToken, and at the way to AWS, and run it again"
	given, err := api.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return registryLogin{}, fmt.Errorf("login to ECR: %w\n%s", err, cure)
	}
	if len(given.AuthorizationData) == 0 {
		return registryLogin{}, errors.New("login to ECR: it gave no token\n" + cure)
	}
	data := given.AuthorizationData[0]
	text, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	user, password, found := strings.Cut(string(text), ":")
	if err != nil || !found {
		return registryLogin{}, errors.New("login to ECR: its token is not <user>:<password> in base64") // and is in no message
	}
	endpoint, err := url.Parse(aws.ToString(data.ProxyEndpoint))
	if err != nil || endpoint.Host == "" {
		return registryLogin{}, fmt.Errorf("login to ECR: its token is for %q, which is no address", aws.ToString(data.ProxyEndpoint))
	}
	return registryLogin{host: endpoint.Host, auth: &authn.Basic{Username: user, Password: password}}, nil
}
