package toolchain

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
)

// databases makes sure that there are a real PostgreSQL and a real Redis, which the stand-in application is tested with.
func (t Tools) databases(ctx context.Context) (string, error) {
	if found, err := DatabaseProgram("initdb"); err == nil {
		if _, err := DatabaseProgram("redis-server"); err == nil {
			return found, nil
		}
	}
	if !canInstall() {
		return "", errors.New("initdb or redis-server is not installed; install PostgreSQL 15 or newer and Redis 7 or newer " +
			"(on Debian, as root: apt-get install postgresql redis-server)")
	}
	if err := install(ctx, "postgresql", "redis-server"); err != nil {
		return "", err
	}
	if _, err := DatabaseProgram("redis-server"); err != nil {
		return "", err
	}
	return DatabaseProgram("initdb")
}

// DatabaseProgram finds a program of PostgreSQL or Redis: on PATH, or where Debian keeps PostgreSQL's, the newest first.
func DatabaseProgram(name string) (string, error) {
	found, err := exec.LookPath(name)
	if err == nil {
		return found, nil
	}
	debian, globErr := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if globErr != nil || len(debian) == 0 {
		return "", err
	}
	return debian[len(debian)-1], nil
}

// tcpProxy is the program of the Docker network's TCP proxies (cmd/tcpproxy). Its image has nothing else in it, so it is static.
func (t Tools) tcpProxy(ctx context.Context) (string, error) {
	return t.build(ctx, ".", "./cmd/tcpproxy", t.TCPProxy(), "CGO_ENABLED=0")
}

// TCPProxy is where Prepare leaves that program.
func (t Tools) TCPProxy() string { return t.built("tcpproxy") }
