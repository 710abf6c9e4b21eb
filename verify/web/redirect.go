package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

// redirectPath is requested without TLS; the redirect must keep path and query.
const redirectPath = "/verify/redirect?from=http"

// Redirect checks that plain HTTP on the address's host is answered with a
// permanent redirect (301 or 308) to the same host, path and query over HTTPS.
// Name tells the check of the site from the API's.
func Redirect(name, address string, client *http.Client, interval time.Duration) check.Check {
	return check.Check{Group: "health", Name: "redirect " + name, Run: func(ctx context.Context) (string, error) {
		a := httpClient{client: client}
		host := hostOf(address)
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			p, err := a.ask(ctx, request{url: "http://" + host + redirectPath})
			if err != nil {
				return "", err
			}
			return "http://" + host + ": " + statusText(p.status) + " to HTTPS", a.evaluateRedirect(p, host)
		})
	}}
}

func (a httpClient) evaluateRedirect(p page, host string) error {
	next := "check the listener on port 80: its default action must redirect to HTTPS with host, path and query kept, status HTTP_301"
	location := p.header.Get("Location")
	switch p.status {
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		return &check.Failure{Cause: fmt.Sprintf("%s: %s is not permanent (301 or 308)", p.what, statusText(p.status)), Next: next}
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return &check.Failure{
			Cause:   fmt.Sprintf("%s: %s instead of a redirect to HTTPS, from the load balancer or from a proxy before it", p.what, statusText(p.status)),
			Details: []string{"body: " + a.excerpt(p)}, Next: nextProxy + "; " + next,
		}
	default:
		return &check.Failure{Cause: fmt.Sprintf("%s: %s instead of a redirect to HTTPS", p.what, statusText(p.status)), Next: next}
	}
	to, err := url.Parse(location)
	if err != nil || to.Scheme != "https" || to.Hostname() != host || to.Port() != "" && to.Port() != "443" || to.RequestURI() != redirectPath {
		return &check.Failure{
			Cause: fmt.Sprintf("%s: redirects to %q, not to https://%s%s", p.what, location, host, redirectPath), Next: next,
		}
	}
	return nil
}
