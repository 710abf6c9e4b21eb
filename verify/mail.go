package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// MailReader reads what SES says of the account and of a sender; *sesv2.Client is one.
type MailReader interface {
	GetEmailIdentity(context.Context, *sesv2.GetEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error)
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
}

// healthyAccount is the enforcement status of an account that AWS has nothing against.
const healthyAccount = "HEALTHY"

// Mail checks that SES lets the application send: the domain is verified for
// sending, its mail is signed (DKIM), and sending is enabled for the account in
// this region. An account in SES' sandbox passes, for its mail goes out to
// verified addresses, and the report says so.
//
//runbook:pre.3#5 wants the sender verified and sending enabled.
func Mail(domain string, api MailReader, interval time.Duration) Check {
	return Check{Group: "mail", Name: domain, Run: func(ctx context.Context) (string, error) {
		return look(ctx, interval, func(ctx context.Context) (string, error) {
			identity, err := api.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
			var missing *types.NotFoundException
			switch {
			case errors.As(err, &missing):
				return "", Permanent(&Failure{
					Cause: "SES does not know " + domain, Next: "run `pulumi refresh` and `pulumi up`: somebody has deleted the identity",
				})
			case err != nil:
				return "", explain(err)
			}
			account, err := api.GetAccount(ctx, &sesv2.GetAccountInput{})
			if err != nil {
				return "", explain(err)
			}
			return judgeMail(domain, identity, account)
		})
	}}
}

// judgeMail leaves time for what DNS has to spread; a switch that is off stays off.
func judgeMail(domain string, identity *sesv2.GetEmailIdentityOutput, account *sesv2.GetAccountOutput) (string, error) {
	var f findings
	if !account.SendingEnabled {
		f.fail("find out why first: if AWS paused it for bounces or complaints (SES console, reputation), cure that; then `aws sesv2 put-account-sending-attributes --sending-enabled`",
			"sending is paused for the account")
	}
	if status := text(account.EnforcementStatus); status != "" && status != healthyAccount {
		next := "answer AWS in the Support Center, and cure the bounces or complaints"
		if status == "SHUTDOWN" {
			f.fail(next, "AWS has shut sending down for the account")
		}
	}
	if !identity.VerifiedForSendingStatus {
		f.wait("%s is not verified for sending: %s", domain, orUnknown(string(identity.VerificationStatus)))
		f.next = firstText(f.next, "check the TXT record _amazonses."+domain+" in the zone; SES looks for it for 72 hours")
	}
	switch dkim := identity.DkimAttributes; {
	case dkim == nil || dkim.Status != types.DkimStatusSuccess:
		status := ""
		if dkim != nil {
			status = string(dkim.Status)
		}
		f.wait("DKIM of %s is %s", domain, orUnknown(status))
		f.next = firstText(f.next, "check the three CNAME records <token>._domainkey."+domain+" in the zone")
	case !dkim.SigningEnabled:
		f.fail("enable it: `aws sesv2 put-email-identity-dkim-attributes --email-identity "+domain+" --signing-enabled`",
			"mail of %s is not signed: DKIM is off", domain)
	}
	if !f.none() {
		return "", f.failure(nil)
	}
	seen := []string{"verified, signed, sending enabled"}
	if !account.ProductionAccessEnabled {
		seen = append(seen, "in the sandbox: to verified addresses only")
	}
	if status := text(account.EnforcementStatus); status != "" && status != healthyAccount {
		seen = append(seen, fmt.Sprintf("but AWS says %s of the account", status))
	}
	return strings.Join(seen, "; "), nil
}
