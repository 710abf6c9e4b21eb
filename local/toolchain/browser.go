package toolchain

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// Browser finds a Chromium, in which tests open the pages that this repository writes. As root on Debian it is installed
// where there is none. Nothing but those tests needs one, so it is no step of Prepare: `make up` works without.
func (t Tools) Browser(ctx context.Context) (string, error) {
	if found, err := FindBrowser(); err == nil {
		return found, nil
	}
	if !canInstall() {
		return "", errors.New("no Chromium is installed; install it (on Debian, as root: apt-get install chromium)")
	}
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return "", err
	}
	held, err := t.lock(ctx, os.Stderr)
	if err != nil {
		return "", err
	}
	defer held.Close()
	if err := install(ctx, "chromium"); err != nil {
		return "", err
	}
	return FindBrowser()
}

// FindBrowser finds a Chromium on PATH, by the names that distributions and Google give it.
func FindBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", errors.New("no Chromium is installed; `make browser` installs it where it can")
}
