package fakeaws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// STS says whose the credentials are.
type STS struct {
	Account string
	Err     error
}

// GetCallerIdentity answers with the account, or the error.
func (f STS) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	return &sts.GetCallerIdentityOutput{Account: aws.String(f.Account)}, nil
}
