package web

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// CertificateDays is how many days a certificate must still be valid. ACM renews weeks before that, so less means that
// its renewal fails: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
const CertificateDays = 14

// Certificate checks that the address's TLS certificate is for its host name, is signed by an authority this machine
// trusts, and stays valid for the days given. Every certificate of the chain counts; the status of the answer does not.
// Name tells the check of the site from the API's.
//
//runbook:pre.3#3 wants it valid for the host, and for two more weeks.
func Certificate(name, address string, days int, client *http.Client, interval time.Duration) check.Check {
	return check.Check{Group: "health", Name: "certificate " + name, Run: func(ctx context.Context) (string, error) {
		a := httpClient{client: client}
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			p, err := a.ask(ctx, request{method: http.MethodHead, url: address})
			if err != nil {
				return "", err
			}
			return evaluateCertificate(p, hostOf(address), days, time.Now())
		})
	}}
}

func evaluateCertificate(p page, host string, days int, now time.Time) (string, error) {
	if p.tls == nil || len(p.tls.VerifiedChains) == 0 { // a client that does not verify proves nothing
		return "", poll.Permanent(&check.Failure{Cause: p.what + ": TLS: the certificate's chain was not verified", Next: nextTrust})
	}
	leaf := p.tls.VerifiedChains[0][0]
	if err := leaf.VerifyHostname(host); err != nil {
		return "", poll.Permanent(&check.Failure{Cause: fmt.Sprintf("%s: TLS: the certificate is for %s, not for %s", p.what, names(leaf), host), Next: nextTrust})
	}
	until := latestEnd(p.tls.VerifiedChains)
	left := until.Sub(now)
	whole := int(left / (24 * time.Hour))
	if left < time.Duration(days)*24*time.Hour {
		return "", poll.Permanent(&check.Failure{
			Cause: fmt.Sprintf("%s: TLS: the certificate expires on %s, in %s; %d days are required",
				p.what, until.UTC().Format(time.RFC3339), text.Count(whole, "day"), days),
			Next: "ACM renews by itself while the validation record is in the zone and the certificate is in use: check both, and the certificate's renewal status",
		})
	}
	return fmt.Sprintf("%s until %s (%s), issued by %s", names(leaf), until.UTC().Format(time.DateOnly), text.Count(whole, "day"), leaf.Issuer.CommonName), nil
}

// latestEnd is when the last of the chains becomes invalid. A chain does with the first of its certificates.
func latestEnd(chains [][]*x509.Certificate) time.Time {
	var latest time.Time
	for _, chain := range chains {
		end := chain[0].NotAfter
		for _, cert := range chain {
			if cert.NotAfter.Before(end) {
				end = cert.NotAfter
			}
		}
		if end.After(latest) {
			latest = end
		}
	}
	return latest
}
