package awschecks

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
)

// A hand-written SES answers here. That mail arrives is not proved.

type fakeSES struct {
	identity sesv2.GetEmailIdentityOutput
	account  sesv2.GetAccountOutput
	err      error
}

func (f *fakeSES) GetEmailIdentity(_ context.Context, in *sesv2.GetEmailIdentityInput, _ ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error) {
	if *in.EmailIdentity != "flowcomply.com" {
		panic("asked for another sender: " + *in.EmailIdentity)
	}
	return &f.identity, f.err
}

func (f *fakeSES) GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error) {
	return &f.account, nil
}

func sendingSES() *fakeSES {
	return &fakeSES{
		identity: sesv2.GetEmailIdentityOutput{
			ConfigurationSetName: aws.String("mail-1a2b3c4"), VerifiedForSendingStatus: true, VerificationStatus: types.VerificationStatusSuccess,
			DkimAttributes: &types.DkimAttributes{Status: types.DkimStatusSuccess, SigningEnabled: true},
		},
		account: sesv2.GetAccountOutput{SendingEnabled: true, ProductionAccessEnabled: true, EnforcementStatus: aws.String("HEALTHY")},
	}
}

func TestMail(t *testing.T) {
	for name, tc := range map[string]struct {
		edit    func(*fakeSES)
		outcome check.Outcome
		says    string
	}{
		"all well":        {func(*fakeSES) {}, check.OK, "verified, signed, sending enabled"},
		"no status given": {func(f *fakeSES) { f.account.EnforcementStatus = nil }, check.OK, "sending enabled"},
		"sandbox":         {func(f *fakeSES) { f.account.ProductionAccessEnabled = false }, check.OK, "in the sandbox"},
		"on probation":    {func(f *fakeSES) { f.account.EnforcementStatus = aws.String("PROBATION") }, check.OK, "but AWS says PROBATION"},
		"shut down":       {func(f *fakeSES) { f.account.EnforcementStatus = aws.String("SHUTDOWN") }, check.FailedNow, "AWS has shut sending down"},
		"paused":          {func(f *fakeSES) { f.account.SendingEnabled = false }, check.FailedNow, "sending is paused for the account"},
		"unverified": {func(f *fakeSES) {
			f.identity.VerifiedForSendingStatus, f.identity.VerificationStatus = false, types.VerificationStatusPending
		}, check.TimedOut, "flowcomply.com is not verified for sending: PENDING"},
		"no configuration set": {func(f *fakeSES) { f.identity.ConfigurationSetName = nil }, check.TimedOut,
			"uses the configuration set none by default, not mail-1a2b3c4"},
		"another configuration set": {func(f *fakeSES) { f.identity.ConfigurationSetName = aws.String("other") }, check.TimedOut,
			"uses the configuration set other by default"},
		"DKIM pending":  {func(f *fakeSES) { f.identity.DkimAttributes.Status = types.DkimStatusPending }, check.TimedOut, "DKIM of flowcomply.com is PENDING"},
		"no DKIM":       {func(f *fakeSES) { f.identity.DkimAttributes = nil }, check.TimedOut, "DKIM of flowcomply.com is unknown"},
		"DKIM off":      {func(f *fakeSES) { f.identity.DkimAttributes.SigningEnabled = false }, check.FailedNow, "DKIM is off"},
		"identity gone": {func(f *fakeSES) { f.err = &types.NotFoundException{} }, check.FailedNow, "SES does not know flowcomply.com"},
	} {
		t.Run(name, func(t *testing.T) {
			f := sendingSES()
			tc.edit(f)
			checktest.Expect(t, checktest.One(t, Mail("flowcomply.com", "mail-1a2b3c4", f, 4*time.Second)), tc.outcome, tc.says)
		})
	}
}

// An older version of the program told no configuration set, and none is asked for.
func TestMail_OfAnOlderVersion(t *testing.T) {
	f := sendingSES()
	f.identity.ConfigurationSetName = nil
	checktest.Expect(t, checktest.One(t, Mail("flowcomply.com", "", f, 4*time.Second)), check.OK, "verified")
}
