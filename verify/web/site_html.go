package web

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// asset is what a page loads: a stylesheet or, if not that, a script.
type asset struct {
	url   string
	style bool
}

// The little of HTML that is needed to find what a page loads:
// https://html.spec.whatwg.org/multipage/syntax.html
var (
	commentPattern   = regexp.MustCompile(`(?s)<!--.*?-->`)
	scriptPattern    = regexp.MustCompile(`(?is)(<script\b(?:[^>"']|"[^"]*"|'[^']*')*>).*?</script\s*>`)
	tagPattern       = regexp.MustCompile(`(?is)<(script|link)\b((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	attributePattern = regexp.MustCompile(`(?s)([a-zA-Z-]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?`)
	chunkPattern     = regexp.MustCompile(`static/chunks/[A-Za-z0-9_.~/()\[\]%@-]+\.js`)
)

// linked lists the scripts and stylesheets that the page names, as written there. It leaves out text inside of scripts.
func linked(body string) []asset {
	body = scriptPattern.ReplaceAllString(body, "$1")
	body = commentPattern.ReplaceAllString(body, "")
	var found []asset
	for _, tag := range tagPattern.FindAllStringSubmatch(body, -1) {
		attributes := attributesOf(tag[2])
		if strings.EqualFold(tag[1], "script") {
			if attributes["src"] != "" {
				found = append(found, asset{url: attributes["src"]})
			}
			continue
		}
		rel := strings.Fields(strings.ToLower(attributes["rel"]))
		if attributes["href"] != "" && slices.Contains(rel, "stylesheet") {
			found = append(found, asset{url: attributes["href"], style: true})
		}
	}
	return found
}

func attributesOf(text string) map[string]string {
	found := map[string]string{}
	for _, m := range attributePattern.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(m[1])
		if _, twice := found[name]; !twice { // the first counts
			found[name] = strings.TrimSpace(html.UnescapeString(m[2] + m[3] + m[4]))
		}
	}
	return found
}

// chunks lists what page and scripts load on demand, as Next.js writes it: paths below /_next/.
func (s *site) chunks(body string, loaded []string, known []asset) []asset {
	base, err := url.Parse(s.url)
	if err != nil {
		return nil
	}
	var found []asset
	for _, text := range append([]string{body}, loaded...) {
		for _, path := range chunkPattern.FindAllString(unescape(text), -1) {
			at, err := base.Parse("/_next/" + path)
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
