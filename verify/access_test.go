package verify

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
)

// These tests prove which words an error of the SDK is turned into; the errors
// themselves are made here, so not that the SDK makes such ones. The command's
// tests see the real SDK make some of them.

type fakeSTS struct {
	account string
	err     error
}

func (f fakeSTS) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	return &sts.GetCallerIdentityOutput{Account: aws.String(f.account)}, nil
}

func TestAccount(t *testing.T) {
	for name, tc := range map[string]struct {
		api   fakeSTS
		cause string // empty: passes
	}{
		"the stack's":   {fakeSTS{account: "123456789012"}, ""},
		"another":       {fakeSTS{account: "210987654321"}, "the credentials are for account 210987654321, the stack is in account 123456789012"},
		"expired":       {fakeSTS{err: sdkError(&smithy.GenericAPIError{Code: "ExpiredToken", Message: "expired"})}, "STS GetCallerIdentity: ExpiredToken: expired"},
		"no permission": {fakeSTS{err: sdkError(&smithy.GenericAPIError{Code: "AccessDenied", Message: "no"})}, "STS GetCallerIdentity: AccessDenied: no"},
		"unreachable":   {fakeSTS{err: sdkError(&smithyhttp.RequestSendError{Err: errors.New("connection refused")})}, "AWS cannot be reached: connection refused"},
		"hangs":         {fakeSTS{err: sdkError(context.DeadlineExceeded)}, "no answer in time"},
		"broken":        {fakeSTS{err: sdkError(&smithy.GenericAPIError{Code: "InternalFailure", Message: "oops"})}, "InternalFailure: oops"},
		"nonsense":      {fakeSTS{err: errors.New("unexpected end of document")}, "unexpected end of document"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Account(t.Context(), tc.api, "123456789012")
			if tc.cause == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tc.cause)
			assert.ErrorIs(t, err, ErrAccess)
			var failure *Failure
			if assert.ErrorAs(t, err, &failure) {
				assert.NotEmpty(t, failure.Next)
			}
		})
	}
}

func TestExplain_OnlyWhatWaitingCannotCureIsPermanent(t *testing.T) {
	for code, want := range map[string]struct{ permanent, access bool }{
		"ExpiredTokenException": {true, true},
		"AccessDeniedException": {true, true},
		"UnauthorizedOperation": {true, true},
		"ThrottlingException":   {false, false},
		"ServerException":       {false, false},
	} {
		err := explain(sdkError(&smithy.GenericAPIError{Code: code, Message: "m"}))
		assert.Equal(t, want.permanent, isPermanent(err), code)
		assert.Equal(t, want.access, errors.Is(err, ErrAccess), code)
		assert.NotContains(t, err.Error(), "operation error", "one line, without the SDK's wrapping")
	}
	send := explain(sdkError(&smithyhttp.RequestSendError{Err: errors.New("reset")}))
	assert.False(t, isPermanent(send), "a network comes back")
	assert.ErrorIs(t, send, ErrAccess)
}

func sdkError(err error) error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "GetCallerIdentity", Err: err}
}
