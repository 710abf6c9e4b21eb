package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Device is what a page is looked at with.
type Device struct {
	Width, Height int    // in CSS pixels
	Dark          bool   // the user prefers a dark page
	Media         string // screen, or print for paper; empty is screen
}

// Visit is one page that was opened.
type Visit struct {
	browser *Browser
	session string
	loaded  chan struct{}

	mu       sync.Mutex
	finished bool
	console  []string
	requests []string
}

// Open opens a page in a tab of its own and waits until everything it asked for has loaded, and it is laid out.
func (b *Browser) Open(ctx context.Context, url string, device Device) (*Visit, error) {
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := b.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	if err := b.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	v := &Visit{browser: b, session: attached.SessionID, loaded: make(chan struct{})}
	b.mu.Lock()
	b.visits[v.session] = v
	b.mu.Unlock()
	scheme := map[bool]string{false: "light", true: "dark"}[device.Dark]
	for _, command := range []struct {
		method string
		params map[string]any
	}{
		{"Page.enable", nil}, {"Runtime.enable", nil}, {"Log.enable", nil}, {"Network.enable", nil}, {"Audits.enable", nil},
		{"Emulation.setDeviceMetricsOverride", map[string]any{
			"width": device.Width, "height": device.Height, "deviceScaleFactor": 1, "mobile": false,
		}},
		{"Emulation.setEmulatedMedia", map[string]any{
			"media": device.Media, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
		}},
		{"Page.navigate", map[string]any{"url": url}},
	} {
		if err := v.call(ctx, command.method, command.params, nil); err != nil {
			return nil, err
		}
	}
	select {
	case <-v.loaded:
	case <-b.ended:
		return nil, fmt.Errorf("%s: chromium ended while it loaded", url)
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: loading: %w", url, ctx.Err())
	}
	// Two frames: the first has laid the page out, and what the second one began with has been reported.
	return v, v.Evaluate(ctx, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`, new(bool))
}

func (v *Visit) call(ctx context.Context, method string, params, result any) error {
	return v.browser.call(ctx, v.session, method, params, result)
}

// Console is all that the console got, a line each beginning with its level. What the browser has against the page is
// there too.
func (v *Visit) Console() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.console...)
}

// Requests are the addresses that were asked for, the page's own first.
func (v *Visit) Requests() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.requests...)
}

// Evaluate runs a script in the page, waits for what it promises, and reads its value into out.
func (v *Visit) Evaluate(ctx context.Context, script string, out any) error {
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	params := map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true}
	if err := v.call(ctx, "Runtime.evaluate", params, &answer); err != nil {
		return err
	}
	if answer.Exception != nil {
		return fmt.Errorf("script: %s", answer.Exception.Exception.Description)
	}
	return json.Unmarshal(answer.Result.Value, out)
}

// Screenshot is the whole page as a PNG.
func (v *Visit) Screenshot(ctx context.Context) ([]byte, error) {
	var shot struct {
		Data string `json:"data"`
	}
	if err := v.call(ctx, "Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(shot.Data)
}

// note keeps what an event says. An event that cannot be read is an entry of the console: a test then fails, and shows it.
func (v *Visit) note(event message) {
	var is struct {
		Type    string // of a console call
		Args    []struct{ Value, Description any }
		Entry   struct{ Level, Text, URL string } // of the log
		Request struct{ URL string }
		Issue   struct{ Code string } // of an audit
		Details struct {              // of an exception
			Text      string
			Exception struct{ Description string }
		} `json:"exceptionDetails"`
	}
	err := json.Unmarshal(event.Params, &is)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case err != nil:
		v.console = append(v.console, "error: "+event.Method+": "+err.Error())
	case event.Method == "Page.loadEventFired" && !v.finished:
		v.finished = true
		close(v.loaded)
	case event.Method == "Network.requestWillBeSent":
		v.requests = append(v.requests, is.Request.URL)
	case event.Method == "Log.entryAdded":
		v.console = append(v.console, strings.TrimSpace(is.Entry.Level+": "+is.Entry.Text+" "+is.Entry.URL))
	case event.Method == "Runtime.exceptionThrown":
		v.console = append(v.console, "error: "+is.Details.Text+" "+is.Details.Exception.Description)
	case event.Method == "Runtime.consoleAPICalled":
		line := is.Type + ":"
		for _, arg := range is.Args {
			line += fmt.Sprint(" ", arg.Value)
		}
		v.console = append(v.console, line)
	case event.Method == "Audits.issueAdded":
		v.console = append(v.console, "issue: "+is.Issue.Code)
	}
}
