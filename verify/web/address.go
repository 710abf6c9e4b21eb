package web

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

// redirectPath is requested without TLS; the redirect must keep path and query.
const redirectPath = "/verify/redirect?from=http"

// Redirect checks that plain HTTP on the address's host is answered with a
// permanent redirect (301 or 308) to the same host, path and query over HTTPS.
// Name tells the check of the site from the API's.
func Redirect(name, address string, client *http.Client, interval time.Duration) check.Check {
	a, host := httpClient{client: client}, hostOf(address)
	return check.BackedOff("health", "redirect "+name, interval, func(ctx context.Context) (string, error) {
		p, err := a.ask(ctx, request{url: "http://" + host + redirectPath})
		if err != nil {
			return "", err
		}
		return "http://" + host + ": " + p.statusText() + " to HTTPS", a.evaluateRedirect(p, host)
	})
}

func (a httpClient) evaluateRedirect(p page, host string) error {
	next := "check the listener on port 80: its default action must redirect to HTTPS with host, path and query kept, status HTTP_301"
	switch p.status {
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		return p.failure(next, "%s is not permanent (301 or 308)", p.statusText())
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return a.showing(p, p.failure(nextProxy+"; "+next,
			"%s instead of a redirect to HTTPS, from the load balancer or from a proxy before it", p.statusText()))
	default:
		return p.failure(next, "%s instead of a redirect to HTTPS", p.statusText())
	}
	location := p.header.Get("Location")
	to, err := url.Parse(location)
	if err != nil || to.Scheme != "https" || to.Hostname() != host || to.Port() != "" && to.Port() != "443" || to.RequestURI() != redirectPath {
		return p.failure(next, "redirects to %q, not to https://%s%s", location, host, redirectPath)
	}
	return nil
}

// CertificateDays is how many days a certificate must still be valid. ACM renews weeks before that, so less means that
// its renewal fails: https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
const CertificateDays = 14

// Certificate checks that the address's TLS certificate is for its host name, is signed by an authority this machine
// trusts, and stays valid for the days given. Every certificate of the chain counts; the status of the answer does not.
// Name tells the check of the site from the API's.
//
//runbook:pre.3#3 wants it valid for the host, and for two more weeks.
func Certificate(name, address string, days int, client *http.Client, interval time.Duration) check.Check {
	return check.BackedOff("health", "certificate "+name, interval, func(ctx context.Context) (string, error) {
		p, err := httpClient{client: client}.ask(ctx, request{method: http.MethodHead, url: address})
		if err != nil {
			return "", err
		}
		return evaluateCertificate(p, days)
	})
}

func evaluateCertificate(p page, days int) (string, error) {
	if p.tls == nil || len(p.tls.VerifiedChains) == 0 { // a client that does not verify proves nothing
		return "", poll.Permanent(p.failure(nextTrust, "TLS: the certificate's chain was not verified"))
	}
	leaf, host := p.tls.VerifiedChains[0][0], p.url.Hostname()
	if err := leaf.VerifyHostname(host); err != nil {
		return "", poll.Permanent(p.failure(nextTrust, "TLS: the certificate is for %s, not for %s", names(leaf), host))
	}
	until := latestEnd(p.tls.VerifiedChains)
	left := time.Until(until)
	whole := text.Count(int(left/(24*time.Hour)), "day")
	if left < time.Duration(days)*24*time.Hour {
		return "", poll.Permanent(p.failure(
			"ACM renews by itself while the validation record is in the zone and the certificate is in use: "+
				"check both, and the certificate's renewal status",
			"TLS: the certificate expires on %s, in %s; %d days are required", until.UTC().Format(time.RFC3339), whole, days))
	}
	return fmt.Sprintf("%s until %s (%s), issued by %s", names(leaf), until.UTC().Format(time.DateOnly), whole, leaf.Issuer.CommonName), nil
}

// latestEnd is when the last of the chains becomes invalid. A chain does with the first of its certificates.
func latestEnd(chains [][]*x509.Certificate) time.Time {
	end := func(chain []*x509.Certificate) time.Time {
		return slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) }).NotAfter
	}
	return end(slices.MaxFunc(chains, func(a, b []*x509.Certificate) int { return end(a).Compare(end(b)) }))
}

// shortestHSTS in seconds is half a year, below which scanners call it weak:
// https://https.cio.gov/hsts/
const shortestHSTS = 15_552_000

var maxAgePattern = regexp.MustCompile(`(?i)(?:^|;)\s*max-age\s*=\s*"?([0-9]+)`)

// SecurityHeaders checks that an answer has the headers that keep browsers safe:
//
//   - Strict-Transport-Security for half a year or more
//   - X-Content-Type-Options: nosniff
//   - a Content-Security-Policy
//   - no foreign frames, by X-Frame-Options or the policy's frame-ancestors
//   - a Referrer-Policy
//
// Name tells the check of the site from the API's. Other checks look at the answer's status.
func SecurityHeaders(name, address string, client *http.Client, interval time.Duration) check.Check {
	a := httpClient{client: client}
	return check.BackedOff("health", "headers "+name, interval, func(ctx context.Context) (string, error) {
		p, err := a.ask(ctx, request{url: address})
		switch {
		case err != nil:
			return "", err
		case p.status >= 500:
			return "", a.unexpected(p) // the load balancer's own answer, which has none
		}
		return "all security headers", evaluateHeaders(p)
	})
}

func evaluateHeaders(p page) error {
	get := func(name string) string { return strings.TrimSpace(p.header.Get(name)) }
	var wrong []string
	need := func(name string, ok bool) {
		switch value := get(name); {
		case ok:
		case value == "":
			wrong = append(wrong, name+" is missing")
		default:
			wrong = append(wrong, fmt.Sprintf("%s is too weak: %q", name, value))
		}
	}
	policy := strings.ToLower(get("Content-Security-Policy"))
	frames := strings.ToUpper(get("X-Frame-Options"))
	need("Strict-Transport-Security", maxAge(get("Strict-Transport-Security")) >= shortestHSTS)
	need("X-Content-Type-Options", strings.EqualFold(get("X-Content-Type-Options"), "nosniff"))
	need("Content-Security-Policy", policy != "")
	need("X-Frame-Options", frames == "DENY" || frames == "SAMEORIGIN" || strings.Contains(policy, "frame-ancestors"))
	need("Referrer-Policy", get("Referrer-Policy") != "" && !strings.EqualFold(get("Referrer-Policy"), "unsafe-url"))
	if len(wrong) == 0 {
		return nil
	}
	failure := p.failure("set the headers in the application (helmet in the backend, headers() in next.config.js) and release again",
		"%s", strings.Join(wrong, "; "))
	failure.Details = wrong
	return failure
}

func maxAge(header string) int {
	found := maxAgePattern.FindStringSubmatch(header)
	if found == nil {
		return 0
	}
	age, err := strconv.Atoi(found[1])
	if err != nil {
		return shortestHSTS // too long for a number is long enough
	}
	return age
}
