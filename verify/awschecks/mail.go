package awschecks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// healthyAccount is the enforcement status of an account to which AWS has no objection.
const healthyAccount = "HEALTHY"

// Mail checks that SES lets the application send: the domain is verified for sending, its mail is signed (DKIM), it uses the
// configuration set, and the account may send in this region. An empty set, of an older version of the program, is not
// asked for.
//
// An account in the sandbox of SES passes, as its mail goes out to verified addresses, and the report says so.
//
//runbook:pre.3#5 wants the sender verified and sending enabled.
func Mail(domain, set string, api MailReader, interval time.Duration) check.Check {
	return polled("mail", domain, interval, func(ctx context.Context) (string, error) {
		identity, err := api.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
		var missing *types.NotFoundException
		switch {
		case errors.As(err, &missing):
			return "", permanent("SES does not know "+domain, "run `pulumi refresh` and `pulumi up`: somebody has deleted the identity")
		case err != nil:
			return "", Explain(err)
		}
		account, err := api.GetAccount(ctx, &sesv2.GetAccountInput{})
		if err != nil {
			return "", Explain(err)
		}
		return evaluateMail(domain, set, identity, account)
	})
}

// evaluateMail evaluates domain and account. A record that DNS has yet to spread is waited for; a switch that is off is
// a permanent failure.
func evaluateMail(domain, set string, identity *sesv2.GetEmailIdentityOutput, account *sesv2.GetAccountOutput) (string, error) {
	var f check.Verdict
	if !account.SendingEnabled {
		f.Fail("find out why first: if AWS paused it for bounces or complaints (SES console, reputation), cure that; "+
			"then `aws sesv2 put-account-sending-attributes --sending-enabled`", "sending is paused for the account")
	}
	if aws.ToString(account.EnforcementStatus) == "SHUTDOWN" {
		f.Fail("answer AWS in the Support Center, and cure the bounces or complaints", "AWS has shut sending down for the account")
	}
	if !identity.VerifiedForSendingStatus {
		f.Pending("%s is not verified for sending: %s", domain, text.OrUnknown(string(identity.VerificationStatus)))
		f.Next = text.First(f.Next, "check the TXT record _amazonses."+domain+" in the zone; SES looks for it for 72 hours")
	}
	if is := aws.ToString(identity.ConfigurationSetName); set != "" && is != set {
		f.Pending("mail of %s uses the configuration set %s by default, not %s: it may leave without TLS, and its bounces are not counted",
			domain, cmp.Or(is, "none"), set)
		f.Next = text.First(f.Next, "`aws sesv2 put-email-identity-configuration-set-attributes --email-identity "+domain+
			" --configuration-set-name "+set+"`")
	}
	dkim := cmp.Or(identity.DkimAttributes, &types.DkimAttributes{})
	switch {
	case dkim.Status != types.DkimStatusSuccess:
		f.Pending("DKIM of %s is %s", domain, text.OrUnknown(string(dkim.Status)))
		f.Next = text.First(f.Next, "check the three CNAME records <token>._domainkey."+domain+" in the zone")
	case !dkim.SigningEnabled:
		f.Fail("enable it: `aws sesv2 put-email-identity-dkim-attributes --email-identity "+domain+" --signing-enabled`",
			"mail of %s is not signed: DKIM is off", domain)
	}
	if !f.OK() {
		return "", f.Err(nil)
	}
	seen := []string{"verified, signed, sending enabled"}
	if !account.ProductionAccessEnabled {
		seen = append(seen, "in the sandbox: to verified addresses only")
	}
	if status := aws.ToString(account.EnforcementStatus); status != "" && status != healthyAccount {
		seen = append(seen, fmt.Sprintf("but AWS says %s of the account", status))
	}
	return strings.Join(seen, "; "), nil
}
