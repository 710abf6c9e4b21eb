package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/verify/check"
)

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
func SecurityHeaders(name, url string, client *http.Client, interval time.Duration) check.Check {
	return check.Check{Group: "health", Name: "headers " + name, Run: func(ctx context.Context) (string, error) {
		a := httpClient{client: client}
		return check.Poll(ctx, interval, func(ctx context.Context) (string, error) {
			p, err := a.ask(ctx, request{url: url})
			switch {
			case err != nil:
				return "", err
			case p.status >= 500:
				return "", a.unexpected(p) // the load balancer's own answer, which has none
			}
			return "all security headers", evaluateHeaders(p)
		})
	}}
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
	return &check.Failure{
		Cause:   fmt.Sprintf("%s: %s", p.what, strings.Join(wrong, "; ")),
		Details: wrong,
		Next:    "set the headers in the application (helmet in the backend, headers() in next.config.js) and release again",
	}
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
