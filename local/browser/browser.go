// Package browser opens pages in a headless Chromium and tells what they did: what the console got, what was asked for,
// and what a script makes of the page once it is laid out. Tests use it.
//
// It speaks the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) over two pipes that Chromium
// inherits, so that there is no port, no web socket and no library: of the protocol a dozen commands are needed.
package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Browser is one running Chromium.
type Browser struct {
	cmd *exec.Cmd
	in  *os.File // commands to it
	log *os.File // what it says on its own, in the profile

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	visits  map[string]*Visit // by session
	ended   chan struct{}     // closed when it says nothing more
}

// message is a command, an answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts a Chromium whose profile is an empty folder that nobody else uses. It ends with Close, or with the context.
func Start(ctx context.Context, program, profile string) (*Browser, error) {
	args := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + profile, "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage",                                                                       // containers have little of it
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pings", // what it asks for, the page asked for
		"--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none", "about:blank",
	}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // Chromium's own sandbox does not work as root; the pages are ours
	}
	log, err := os.Create(filepath.Join(profile, "chromium.log"))
	if err != nil {
		return nil, err
	}
	commands, in, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, log.Close(), commands.Close(), in.Close())
	}
	b := &Browser{in: in, log: log, waiting: map[int]chan message{}, visits: map[string]*Visit{}, ended: make(chan struct{})}
	b.cmd = exec.CommandContext(ctx, program, args...)
	b.cmd.ExtraFiles = []*os.File{commands, answers} // 3 and 4, where --remote-debugging-pipe looks
	b.cmd.Stdout, b.cmd.Stderr = log, log
	b.cmd.WaitDelay = 5 * time.Second
	err = b.cmd.Start()
	if err := errors.Join(err, commands.Close(), answers.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("chromium: %w", err), in.Close(), out.Close(), log.Close())
	}
	go b.listen(out)
	return b, nil
}

// Close ends the browser and waits until it is gone.
func (b *Browser) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// Its answer may get lost as it ends, which is what is waited for.
	asked := b.call(ctx, "", "Browser.close", nil, nil)
	select {
	case <-b.ended:
	case <-ctx.Done():
		asked = errors.Join(asked, b.cmd.Process.Kill())
	}
	err := b.cmd.Wait()
	if err != nil {
		err = errors.Join(fmt.Errorf("chromium: %w\n%s", err, b.said()), asked)
	}
	return errors.Join(err, b.in.Close(), b.log.Close())
}

// said is what Chromium wrote to its log, for whoever has to find out why it does not work. That a server has no desktop
// bus it says dozens of times.
func (b *Browser) said() string {
	text, err := os.ReadFile(b.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return strings.Contains(line, ":dbus/") })
	return strings.Join(lines, "\n")
}

// listen hands answers to who waits for them and events to their page, until the pipe ends.
func (b *Browser) listen(out *os.File) {
	defer close(b.ended)
	defer out.Close()
	reader := bufio.NewReader(out)
	for {
		text, err := reader.ReadBytes(0) // a message ends in a zero byte
		if err != nil {
			return
		}
		var got message
		if json.Unmarshal(text[:len(text)-1], &got) != nil {
			return
		}
		b.mu.Lock()
		waiting, visit := b.waiting[got.ID], b.visits[got.Session]
		delete(b.waiting, got.ID)
		b.mu.Unlock()
		switch {
		case got.Method != "" && visit != nil:
			visit.note(got)
		case waiting != nil:
			waiting <- got
		}
	}
}

// call sends a command, to a page's session or to the browser, and reads its answer into result, which may be nil.
func (b *Browser) call(ctx context.Context, session, method string, params, result any) error {
	encoded, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	b.last++
	text, err := json.Marshal(message{ID: b.last, Method: method, Params: encoded, Session: session})
	if err == nil {
		b.waiting[b.last] = answer
		_, err = b.in.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("chromium: %s: %w", method, err)
	}
	select {
	case got := <-answer:
		if got.Error != nil {
			return fmt.Errorf("chromium: %s: %s", method, got.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(got.Result, result)
	case <-b.ended:
		return fmt.Errorf("chromium: %s: it ended; look at what it said:\n%s", method, b.said())
	case <-ctx.Done():
		return fmt.Errorf("chromium: %s: %w", method, ctx.Err())
	}
}
