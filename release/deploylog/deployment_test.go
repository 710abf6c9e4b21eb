package deploylog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

func outputsOf(version, backend, frontend string, migrations ...string) outputs.Outputs {
	return outputs.Outputs{
		Version:  version,
		Services: map[string]outputs.Service{"backend": {ImageDigest: backend}, "frontend": {ImageDigest: frontend}},
		Release:  outputs.Release{Schema: outputs.Schema{Names: migrations}},
	}
}

// step is one that ended well, unless told otherwise.
func step(phase Phase, name string) Step { return Step{Phase: phase, Name: name, Op: "update"} }

func failed(s Step) Step {
	s.Failed = true
	return s
}

func TestComponents(t *testing.T) {
	before := outputsOf("v1.0.0", "sha256:b0", "sha256:f0")
	unproven := "not proven"
	for name, c := range map[string]struct {
		before, after outputs.Outputs
		steps         []Step
		want          []Component
	}{
		"first":     {outputs.Outputs{}, outputsOf("v1.0.0", "sha256:b0", "sha256:f0"), nil, []Component{{"backend", "v1.0.0", "sha256:b0", true, "", ""}, {"frontend", "v1.0.0", "sha256:f0", true, "", ""}}},
		"one image": {before, outputsOf("v1.1.0", "sha256:b1", "sha256:f0"), nil, []Component{{"backend", "v1.1.0", "sha256:b1", true, "", ""}, {"frontend", "v1.1.0", "sha256:f0", false, "", ""}}},
		"failed before the services": {before, outputs.Outputs{}, []Step{failed(step(Migration, "migration"))},
			[]Component{{"backend", "v1.0.0", "sha256:b0", false, "", ""}, {"frontend", "v1.0.0", "sha256:f0", false, "", ""}}},
		"failed among the services": {before, outputs.Outputs{}, []Step{failed(step(Services, "backend")), step(Services, "frontend")},
			[]Component{{"backend", "v1.0.0", "sha256:b0", false, "", "the deployment of v1.1.0 failed"}, {"frontend", "v1.1.0", "", true, "", unproven}}},
		"failed at verify": {before, outputs.Outputs{}, []Step{step(Services, "backend"), step(Services, "frontend"), failed(step(Verify, "verify"))},
			[]Component{{"backend", "v1.1.0", "", true, "", unproven}, {"frontend", "v1.1.0", "", true, "", unproven}}},
		"the very first failed": {outputs.Outputs{}, outputs.Outputs{}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, Components("v1.1.0", c.before, c.after, Timeline{Steps: c.steps}))
		})
	}
}

func TestMigrations(t *testing.T) {
	before, after := outputsOf("v1", "b", "f", "one"), outputsOf("v2", "b", "f", "one", "two", "three")
	migrates := step(Migration, "migration")
	migrates.Op = "replace"
	ran, noted := Timeline{Steps: []Step{migrates}}, Timeline{Steps: []Step{step(Migration, "migration")}}
	for name, c := range map[string]struct {
		got  Database
		want string
	}{
		"some":             {Migrations(before, after, ran), "2 migrations applied: two, three"},
		"none":             {Migrations(before, before, Timeline{}), "No migrations"},
		"not reached":      {Migrations(before, outputs.Outputs{}, Timeline{}), "No migrations"},
		"failed":           {Migrations(before, outputs.Outputs{}, Timeline{Steps: []Step{failed(migrates)}}), "Migration failed, see the issues"},
		"verify failed":    {Migrations(before, outputs.Outputs{}, ran), "Migrated"},
		"inputs only":      {Migrations(before, outputs.Outputs{}, noted), "No migrations"},
		"of the first one": {Migrations(outputs.Outputs{}, before, ran), "1 migration applied: one"},
	} {
		assert.Equal(t, c.want, c.got.String(), name)
	}
}

func TestStatus_Good(t *testing.T) {
	for status, want := range map[Status]bool{Succeeded: true, RolledBackManually: true, Failed: false, RolledBack: false} {
		assert.Equal(t, want, status.Good(), status)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		45 * time.Minute: "45 minutes", 65 * time.Minute: "1 hour 5 minutes", 3*time.Minute + 44*time.Second: "3 minutes 44 seconds",
		time.Minute + time.Second: "1 minute 1 second", 12 * time.Second: "12 seconds", 400 * time.Millisecond: "less than a second", 2 * time.Hour: "2 hours",
	} {
		assert.Equal(t, want, FormatDuration(d))
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Second: "0s", 400 * time.Millisecond: "0.4s", 41800 * time.Millisecond: "42s", 59900 * time.Millisecond: "1m", 2 * time.Minute: "2m",
		224 * time.Second: "3m44s", 65 * time.Minute: "1h05m", 3 * time.Hour: "3h", 3 * time.Second: "3s", 10100 * time.Millisecond: "10s",
	} {
		assert.Equal(t, want, short(d), d)
	}
}
