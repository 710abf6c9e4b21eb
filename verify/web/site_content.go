package web

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// asset is what a page loads: a stylesheet or, if not that, a script.
type asset struct {
	url   string
	style bool
}

// chunkPattern finds what Next.js loads on demand.
var chunkPattern = regexp.MustCompile(`static/chunks/[A-Za-z0-9_.~/()\[\]%@-]+\.js`)

// linked lists the scripts and stylesheets that the page names, as written there. It leaves out text inside of scripts.
func linked(body string) []asset {
	var found []asset
	for tokens := html.NewTokenizer(strings.NewReader(body)); tokens.Next() != html.ErrorToken; {
		tag := tokens.Token()
		if tag.Type != html.StartTagToken && tag.Type != html.SelfClosingTagToken {
			continue
		}
		attributes := map[string]string{}
		for _, one := range slices.Backward(tag.Attr) { // the first counts
			attributes[one.Key] = strings.TrimSpace(one.Val)
		}
		switch {
		case tag.DataAtom == atom.Script && attributes["src"] != "":
			found = append(found, asset{url: attributes["src"]})
		case tag.DataAtom == atom.Link && attributes["href"] != "" &&
			slices.Contains(strings.Fields(strings.ToLower(attributes["rel"])), "stylesheet"):
			found = append(found, asset{url: attributes["href"], style: true})
		}
	}
	return found
}

// chunks lists what page and scripts load on demand, as Next.js writes it: paths below /_next/.
func chunks(p page, loaded []string, known []asset) []asset {
	var found []asset
	for _, text := range append([]string{string(p.body)}, loaded...) {
		for _, path := range chunkPattern.FindAllString(unescape(text), -1) {
			at, err := p.url.Parse("/_next/" + path)
			if err != nil {
				continue
			}
			a := asset{url: at.String()}
			if len(found) < maxAssets && !slices.Contains(known, a) && !slices.Contains(found, a) {
				found = append(found, a)
			}
		}
	}
	return found
}

// unescape undoes the ways in which scripts write a slash.
func unescape(text string) string {
	return strings.NewReplacer(`\/`, "/", `\u002F`, "/", `\u002f`, "/", `\x2F`, "/", `\x2f`, "/").Replace(text)
}

// addressPattern finds absolute addresses, up to host and port.
var addressPattern = regexp.MustCompile(`(?i)\bhttps?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?`)

// origin is scheme, host and port, in lower case; the port is empty where it is the scheme's own.
type origin struct{ scheme, host, port string }

func originOf(address string) origin {
	parsed, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return origin{}
	}
	o := origin{parsed.Scheme, parsed.Hostname(), parsed.Port()}
	if o.port == map[string]string{"https": "443", "http": "80"}[o.scheme] {
		o.port = ""
	}
	return o
}

func (o origin) String() string {
	if o.port == "" {
		return o.scheme + "://" + o.host
	}
	return o.scheme + "://" + net.JoinHostPort(o.host, o.port)
}

// namedIn lists the origins in a page and its scripts, each once.
func namedIn(body string, scripts []string) []origin {
	var found []origin
	for _, text := range append([]string{html.UnescapeString(body)}, scripts...) {
		for _, address := range addressPattern.FindAllString(unescape(text), -1) {
			if o := originOf(address); o != (origin{}) && !slices.Contains(found, o) {
				found = append(found, o)
			}
		}
	}
	return found
}

// evaluateAPI checks that the API address that is built in is this stack's. With it, no other API of the same domain
// may be named. Without it, the failure names what is there instead: what looks like an API, else any other origin.
func evaluateAPI(p page, siteURL, apiURL string, named []origin) error {
	want := originOf(apiURL)
	var rivals, strangers []string
	for _, o := range named {
		switch {
		case o == want || o == originOf(siteURL):
		case o.domain() != "" && o.domain() == want.domain() && o.looksLikeAPI():
			rivals = append(rivals, o.String())
		case o.looksLikeAPI():
			strangers = append([]string{o.String()}, strangers...)
		default:
			strangers = append(strangers, o.String())
		}
	}
	next := "build the image for this stack (NEXT_PUBLIC_API_URL is written in at build time) and release that"
	switch {
	case !slices.Contains(named, want):
		others := slices.Concat(rivals, strangers)
		if len(others) == 0 {
			return p.failure(next, "neither the page nor its scripts name this stack's API %s, nor any other", want)
		}
		return p.failure(next, "built for %s, not for this stack's API %s", strings.Join(others[:min(3, len(others))], ", "), want)
	case len(rivals) > 0:
		return p.failure(next, "names %s beside this stack's API %s", strings.Join(rivals, ", "), want)
	}
	return nil
}

// looksLikeAPI goes by the first label of the host, such as staging-api, or by a development server's port.
func (o origin) looksLikeAPI() bool {
	if o.host == "localhost" || net.ParseIP(o.host) != nil {
		return o.port != "" // libraries name http://localhost alone
	}
	label, _, _ := strings.Cut(o.host, ".")
	return slices.Contains(strings.Split(label, "-"), "api")
}

// domain is what the hosts of one company share; empty where there is none. Of them only one is this stack's API; other
// APIs belong to others. The same host without TLS counts too.
func (o origin) domain() string {
	_, parent, _ := strings.Cut(o.host, ".")
	if !strings.Contains(parent, ".") || net.ParseIP(o.host) != nil {
		return ""
	}
	return parent
}
