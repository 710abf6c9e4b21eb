package web

import (
	"fmt"
	"html"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/verify/check"
)

// addressPattern finds absolute addresses, up to host and port.
var addressPattern = regexp.MustCompile(`(?i)\bhttps?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?`)

// origins are scheme, host and port, in lower case.
type origins []string

func (o origins) holds(address string) bool { return slices.Contains(o, origin(address)) }

func origin(address string) string {
	parsed, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return ""
	}
	port := parsed.Port()
	if parsed.Scheme == "https" && port == "443" || parsed.Scheme == "http" && port == "80" {
		port = ""
	}
	if port != "" {
		return parsed.Scheme + "://" + net.JoinHostPort(parsed.Hostname(), port)
	}
	return parsed.Scheme + "://" + parsed.Hostname()
}

// namedIn lists the origins in a page and its scripts, each once.
func namedIn(body string, scripts []string) origins {
	var found origins
	for _, text := range append([]string{html.UnescapeString(body)}, scripts...) {
		for _, address := range addressPattern.FindAllString(unescape(text), -1) {
			if o := origin(address); o != "" && !slices.Contains(found, o) {
				found = append(found, o)
			}
		}
	}
	return found
}

// evaluateAPI checks that the API address that is built in is this stack's. With it, no other API of the same domain
// may be named. Without it, the failure names what is there instead: what looks like an API, else any other origin.
func evaluateAPI(what, siteURL, apiURL string, named origins) error {
	want := origin(apiURL)
	var rivals, strangers []string
	for _, o := range named {
		switch {
		case o == want || o == origin(siteURL):
		case sameFamily(o, want) && looksLikeAPI(o):
			rivals = append(rivals, o)
		case looksLikeAPI(o):
			strangers = append([]string{o}, strangers...)
		default:
			strangers = append(strangers, o)
		}
	}
	next := "build the image for this stack (NEXT_PUBLIC_API_URL is written in at build time) and release that"
	switch {
	case !named.holds(apiURL):
		others := slices.Concat(rivals, strangers)
		if len(others) == 0 {
			return &check.Failure{Cause: fmt.Sprintf("%s: neither the page nor its scripts name this stack's API %s, nor any other", what, want), Next: next}
		}
		return &check.Failure{
			Cause: fmt.Sprintf("%s: built for %s, not for this stack's API %s", what, strings.Join(others[:min(3, len(others))], ", "), want), Next: next,
		}
	case len(rivals) > 0:
		return &check.Failure{Cause: fmt.Sprintf("%s: names %s beside this stack's API %s", what, strings.Join(rivals, ", "), want), Next: next}
	}
	return nil
}

// looksLikeAPI goes by the first label of the host, such as staging-api, or by a development server's port.
func looksLikeAPI(origin string) bool {
	parsed, err := url.Parse(origin)
	if err != nil {
		return false
	}
	host := parsed.Hostname()
	if host == "localhost" || net.ParseIP(host) != nil {
		return parsed.Port() != "" // libraries name http://localhost alone
	}
	label, _, _ := strings.Cut(host, ".")
	return slices.Contains(strings.Split(label, "-"), "api")
}

// sameFamily says whether two origins share a domain. Of the hosts of one company only one is this stack's API; other
// APIs belong to others. The same host without TLS counts too.
func sameFamily(a, b string) bool { return domain(a) != "" && domain(a) == domain(b) }

func domain(origin string) string {
	parsed, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	_, parent, _ := strings.Cut(parsed.Hostname(), ".")
	if !strings.Contains(parent, ".") || net.ParseIP(parsed.Hostname()) != nil {
		return ""
	}
	return parent
}
