// Package awschecks asks AWS whether a stack is what was asked for, with AWS's own clients behind small interfaces. It trusts
// no "steady" or "updated": a service that ECS rolled back is steady too.
//
// Diagnose is no check: once one has failed, it gathers what an engineer would look at next.
package awschecks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
)

// expired are the error codes of credentials that are not, or no longer, valid:
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and what single services call them.
var expired = []string{
	"AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
	"InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
	"MissingAuthenticationTokenException", "RequestExpired", "SignatureDoesNotMatch",
	"UnrecognizedClientException",
}

// Caller tells whose credentials are in use; *sts.Client is one.
type Caller interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Account checks that the credentials in use are for the account with the given
// 12 digits. Every error is an ErrAccess: AWS did not answer, took no
// credentials, or they are for another account.
func Account(ctx context.Context, api Caller, want string) error {
	got, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		if err = Explain(err); errors.Is(err, check.ErrAccess) {
			return err
		}
		return &check.Failure{Cause: "AWS does not say whose credentials these are: " + err.Error(), Next: reach, Err: check.ErrAccess}
	}
	if is := aws.ToString(got.Account); is != want {
		return &check.Failure{
			Cause: fmt.Sprintf("the credentials are for account %s, the stack is in account %s", is, want),
			Next:  "use credentials for the stack's account (AWS_PROFILE), or name the other stack",
			Err:   check.ErrAccess,
		}
	}
	return nil
}

const (
	renew = "renew the AWS credentials (with single sign-on: `aws sso login`) and run it again"
	reach = "check the network, the region and AWS_ENDPOINT_URL, then run it again"
)

// Explain turns an error of the SDK into one line without request ids, and says what to do where that is plain. It
// marks as permanent what retrying does not change. The SDK has made its own retries by then.
func Explain(err error) error {
	what, inner := "AWS", err
	var op *smithy.OperationError
	if errors.As(err, &op) {
		what, inner = op.ServiceID+" "+op.OperationName, op.Err
	}
	var api smithy.APIError
	var send *smithyhttp.RequestSendError
	switch {
	case errors.As(err, &api):
		return explainAnswer(what, api, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &check.Failure{Cause: what + ": no answer in time", Next: reach, Err: errors.Join(check.ErrAccess, err)}
	case errors.As(err, &send):
		return &check.Failure{Cause: fmt.Sprintf("%s: AWS cannot be reached: %v", what, send.Err), Next: reach, Err: check.ErrAccess}
	default:
		return fmt.Errorf("%s: %w", what, inner)
	}
}

func explainAnswer(what string, api smithy.APIError, err error) error {
	code := api.ErrorCode()
	cause := fmt.Sprintf("%s: %s: %s", what, code, api.ErrorMessage())
	switch {
	case slices.Contains(expired, code):
		return poll.Permanent(&check.Failure{Cause: cause, Next: renew, Err: check.ErrAccess})
	case strings.HasPrefix(code, "AccessDenied"), code == "UnauthorizedOperation":
		next := "allow the caller this action, which only reads, then run it again"
		return poll.Permanent(&check.Failure{Cause: cause, Next: next, Err: check.ErrAccess})
	default:
		return &check.Failure{Cause: cause, Err: err}
	}
}
