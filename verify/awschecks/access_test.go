package awschecks

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/internal/fakeaws"
)

// These tests prove which words an error of the SDK is turned into; the errors
// themselves are made here, so not that the SDK makes such ones. The command's
// tests see the real SDK make some of them.

func TestAccount(t *testing.T) {
	for name, tc := range map[string]struct {
		api   fakeaws.STS
		cause string // empty: passes
	}{
		"the stack's":   {fakeaws.STS{Account: "123456789012"}, ""},
		"another":       {fakeaws.STS{Account: "210987654321"}, "the credentials are for account 210987654321, the stack is in account 123456789012"},
		"expired":       {fakeaws.STS{Err: sdkError(&smithy.GenericAPIError{Code: "ExpiredToken", Message: "expired"})}, "STS GetCallerIdentity: ExpiredToken: expired"},
		"no permission": {fakeaws.STS{Err: sdkError(&smithy.GenericAPIError{Code: "AccessDenied", Message: "no"})}, "STS GetCallerIdentity: AccessDenied: no"},
		"unreachable":   {fakeaws.STS{Err: sdkError(&smithyhttp.RequestSendError{Err: errors.New("connection refused")})}, "AWS cannot be reached: connection refused"},
		"hangs":         {fakeaws.STS{Err: sdkError(context.DeadlineExceeded)}, "no answer in time"},
		"broken":        {fakeaws.STS{Err: sdkError(&smithy.GenericAPIError{Code: "InternalFailure", Message: "oops"})}, "InternalFailure: oops"},
		"nonsense":      {fakeaws.STS{Err: errors.New("unexpected end of document")}, "unexpected end of document"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Account(t.Context(), tc.api, "123456789012")
			if tc.cause == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.cause)
			require.ErrorIs(t, err, check.ErrAccess)
			var failure *check.Failure
			require.ErrorAs(t, err, &failure)
			assert.NotEmpty(t, failure.Next)
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
		err := Explain(sdkError(&smithy.GenericAPIError{Code: code, Message: "m"}))
		assert.Equal(t, want.permanent, poll.IsPermanent(err), code)
		assert.Equal(t, want.access, errors.Is(err, check.ErrAccess), code)
		assert.NotContains(t, err.Error(), "operation error", "one line, without the SDK's wrapping")
	}
	send := Explain(sdkError(&smithyhttp.RequestSendError{Err: errors.New("reset")}))
	assert.False(t, poll.IsPermanent(send), "a network comes back")
	assert.ErrorIs(t, send, check.ErrAccess)
}

func sdkError(err error) error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "GetCallerIdentity", Err: err}
}
