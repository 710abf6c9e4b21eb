// Package machinetest gives tests what they need of the machine. Without it a test is skipped on a machine that lacks
// something, and fails where CI is set: there, what is skipped would pass for proof.
package machinetest

import (
	"os"
	"testing"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

// Lacks ends a test because of what the machine lacks. Nothing else of this repository skips a test.
func Lacks(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s; where CI is set no test is skipped", what)
	}
	t.Skip(what)
}

// Docker wants a daemon that answers at DOCKER_HOST, or at Docker's default place; `local with-docker` brings one.
func Docker(t testing.TB) {
	t.Helper()
	_ = os.Getenv("DOCKER_HOST") // asked here too, so that `go test` takes no earlier result without it for this one's
	if err := toolchain.DockerAnswers(t.Context()); err != nil {
		Lacks(t, "no Docker answers: "+err.Error())
	}
}

// Program is where one of PostgreSQL's or Redis' programs is.
func Program(t testing.TB, name string) string {
	t.Helper()
	found, err := toolchain.DatabaseProgram(name)
	if err != nil {
		Lacks(t, err.Error()+"; `make toolchain` finds or installs it")
	}
	return found
}
