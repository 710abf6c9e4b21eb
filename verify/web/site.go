package web

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowcomply/infrastructure/internal/text"
	"github.com/flowcomply/infrastructure/verify/check"
)

const (
	maxAssets  = 100 // of one page, and of the chunks its scripts name; more are not looked at
	assetsOnce = 8   // loaded side by side, as browsers do
)

// Site checks three things:
//
//   - The site answers 200 with HTML (runbook 5.1).
//   - The scripts and stylesheets of its own host load, and have the right type.
//   - The API address built into them is this stack's.
//
// Next.js writes that address into the scripts when the image is built. So an image of another stack talks to that
// stack's API, whatever its environment says.
//
// Tasks of an older version may still answer, so a fault is looked at again until the deadline.
//
//runbook:5.1#3-4 wants 200 with the application's page, whose scripts load and know this stack's API.
//runbook:2.2#4 finds what a build left out, in what users get.
func Site(siteURL, apiURL string, client *http.Client, interval time.Duration) check.Check {
	s := &site{httpClient: httpClient{client: client}, url: siteURL, api: apiURL}
	return check.BackedOff("health", "site", interval, s.probe)
}

type site struct {
	httpClient
	url, api string
}

func (s *site) probe(ctx context.Context) (string, error) {
	p, err := s.ask(ctx, request{url: s.url})
	switch {
	case err != nil:
		return "", err
	case p.status != http.StatusOK:
		return "", s.unexpected(p)
	case mediaType(p) != "text/html" || len(p.body) == 0:
		return "", s.showing(p, p.failure(nextRoute, "200 with %s, not an HTML page", text.OrUnknown(mediaType(p))))
	}
	sameHost, others := assetsOf(p)
	if len(sameHost) == 0 {
		return "", s.showing(p, p.failure(nextRoute, "the page loads no script and no stylesheet of its own: not the application's page"))
	}
	loaded, wrong := s.load(ctx, sameHost)
	if len(wrong) > 0 {
		return "", &check.Failure{
			Cause:   fmt.Sprintf("%s: %d of the page's %d scripts and stylesheets do not load: %s", s.url, len(wrong), len(sameHost), wrong[0]),
			Details: wrong,
			Next:    "page and assets come from different builds, or the build is incomplete: wait for the deployment to end, else build and release again",
		}
	}
	named := namedIn(string(p.body), loaded)
	if !slices.Contains(named, originOf(s.api)) { // it may be in a chunk that is only loaded on demand
		later, _ := s.load(ctx, chunks(p, loaded, sameHost))
		named = append(named, namedIn("", later)...)
	}
	if err := evaluateAPI(p, s.url, s.api, named); err != nil {
		return "", err
	}
	seen := fmt.Sprintf("%s load, built for %s", text.Count(len(sameHost), "asset"), s.api)
	if others > 0 {
		seen += fmt.Sprintf("; %d of other hosts not looked at", others)
	}
	return seen, nil
}

// assetsOf are the addresses of the page's scripts and stylesheets on its own host or below it, and how many are on
// others. Another party's outage is not this stack's.
func assetsOf(p page) (sameHost []asset, others int) {
	for _, a := range linked(string(p.body)) {
		at, err := p.url.Parse(a.url)
		switch {
		case err != nil || at.Scheme != "https" && at.Scheme != "http":
			continue // data: and the like need no loading
		case at.Hostname() != p.url.Hostname() && !strings.HasSuffix(at.Hostname(), "."+p.url.Hostname()):
			others++
			continue
		}
		a.url = at.String()
		if !slices.Contains(sameHost, a) && len(sameHost) < maxAssets {
			sameHost = append(sameHost, a)
		}
	}
	return sameHost, others
}

// load reads the assets side by side. It returns the bodies of good ones, and what is wrong with the others, both in
// order.
func (s *site) load(ctx context.Context, assets []asset) (bodies, wrong []string) {
	pages, errs := make([]page, len(assets)), make([]error, len(assets))
	var group sync.WaitGroup
	slots := make(chan struct{}, assetsOnce)
	for i, a := range assets {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if pages[i], errs[i] = s.ask(ctx, request{url: a.url}); errs[i] == nil {
				errs[i] = evaluateAsset(a, pages[i])
			}
		})
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			wrong = append(wrong, err.Error())
		} else {
			bodies = append(bodies, string(pages[i].body))
		}
	}
	return bodies, wrong
}

// evaluateAsset also fails for a page in place of a script, which a browser refuses. Frameworks and proxies answer what
// they do not have with 200 and their start page.
func evaluateAsset(a asset, p page) error {
	kind := mediaType(p)
	switch {
	case p.status != http.StatusOK:
		return fmt.Errorf("%s: %s", p.what, p.statusText())
	case len(p.body) == 0:
		return fmt.Errorf("%s: 200, but empty", p.what)
	case a.style && kind != "text/css", !a.style && !strings.Contains(kind, "javascript"):
		return fmt.Errorf("%s: 200, but its type is %s, which browsers refuse", p.what, text.OrUnknown(kind))
	}
	return nil
}

func mediaType(p page) string {
	kind, _, err := mime.ParseMediaType(p.header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}
