package recovery

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// These tests hold which processes are an update's that nobody waits for, by plain values. They do not prove that a plugin
// of another version keeps the form of its arguments: one that does not is left alone.

const (
	root   = "/srv/infrastructure"
	bucket = "s3://state"
	dead   = "127.0.0.1:1000"
	alive  = "127.0.0.1:2000"
)

var ours = Owner{Project: "flowcomply", Stack: "production", Backend: bucket, Root: root, Self: 900}

func (p Process) of(parent int, command ...string) Process {
	p.Parent, p.Command = parent, command
	if p.Directory == "" {
		p.Directory = root + "/infra"
	}
	return p
}

// others are always there: the first process, a shell, and recovery in it.
var others = []Process{
	Process{PID: 1, Directory: "/"}.of(0, "/sbin/init"), Process{PID: 800}.of(1, "bash"), Process{PID: 900, Project: "flowcomply"}.of(800, "recover"),
	Process{PID: 901, Project: "flowcomply"}.of(900, "pulumi-resource-aws", dead),
}

func find(processes ...Process) (orphans []int, skipped []int) {
	found, left := Orphans(append(slices.Clone(others), processes...), ours, func(address string) bool { return address == alive })
	for _, one := range found {
		orphans = append(orphans, one.PID)
	}
	for _, one := range left {
		skipped = append(skipped, one.PID)
	}
	return orphans, skipped
}

func TestOrphans_AreWhatAnEngineLeft(t *testing.T) {
	orphans, skipped := find(
		Process{PID: 10}.of(1, "/usr/bin/pulumi-language-go", "-root=/x", dead),
		Process{PID: 11, Project: "flowcomply", Stack: "production", Monitor: "127.0.0.1:1001"}.of(10, "/tmp/pulumi-go-1/program"),
		Process{PID: 20, Project: "flowcomply"}.of(1, "/home/operator/.pulumi/plugins/resource-command-v1.2.1/pulumi-resource-command", dead),
		Process{PID: 21, Project: "flowcomply", Directory: root}.of(20, "/bin/sh", "-c", "go run ./components/migration/cmd/migrate"),
		Process{PID: 22, Project: "flowcomply", Directory: root}.of(21, "/tmp/go-build1/b001/exe/migrate", "-region", "x"),
		Process{PID: 30, Project: "flowcomply", Plugged: true}.of(1, "/x/terraform-provider-aws"),
		Process{PID: 40, Project: "flowcomply", Directory: root}.of(1, "/tmp/go-build1/b001/exe/snapshot"),
	)
	assert.Equal(t, []int{22, 11, 21, 10, 20, 30, 40}, orphans, "children before parents")
	assert.Empty(t, skipped)
}

func TestOrphans_KnowAMigration(t *testing.T) {
	for _, row := range []struct {
		command  []string
		migrates bool
	}{
		{[]string{"/bin/sh", "-c", "go run ./cmd/step migrate --region x"}, true},
		{[]string{"go", "run", "./cmd/step", "migrate", "--region", "x"}, true},
		{[]string{"/home/me/.cache/go-build/ab/abcd-d/step", "migrate"}, true},
		{[]string{"/bin/sh", "-c", "go run ./components/migration/cmd/migrate -region x"}, true}, // up to decision 28
		{[]string{"/tmp/go-build1/b001/exe/migrate", "-region", "x"}, true},
		{[]string{"/bin/sh", "-c", "go run ./cmd/step snapshot --id migrate"}, false},
		{[]string{"/home/me/.cache/go-build/ab/abcd-d/step", "publish"}, false},
	} {
		assert.Equal(t, row.migrates, Orphan{Process: Process{Command: row.command}, Role: step}.migrates(), row.command)
		assert.False(t, Orphan{Process: Process{Command: row.command}, Role: plugin}.migrates(), row.command)
	}
}

// Each row is a process that has to be left alone, and the reason.
func TestOrphans_AreNothingElse(t *testing.T) {
	engine := Process{PID: 50}.of(800, "/usr/local/bin/pulumi", "up")
	for name, processes := range map[string][]Process{
		"a live engine's plugin":            {engine, Process{PID: 51}.of(50, "pulumi-resource-aws", dead)},
		"and what that started":             {engine, Process{PID: 51}.of(50, "pulumi-resource-command", dead), Process{PID: 52, Project: "flowcomply"}.of(51, "sh")},
		"an engine that is the first one":   {Process{PID: 1}.of(0, "pulumi", "up"), Process{PID: 51}.of(1, "pulumi-resource-aws", dead)},
		"another project's":                 {Process{PID: 51, Project: "billing"}.of(1, "pulumi-resource-aws", dead)},
		"another stack's":                   {Process{PID: 51, Project: "flowcomply", Stack: "staging", Monitor: dead}.of(1, "program")},
		"another backend's":                 {Process{PID: 51, Project: "flowcomply", Backend: "s3://other"}.of(1, "pulumi-resource-aws", dead)},
		"another checkout's":                {Process{PID: 51, Project: "flowcomply", Directory: "/srv/infrastructure2"}.of(1, "pulumi-resource-aws", dead)},
		"a Terraform of a person's":         {Process{PID: 51}.of(800, "terraform-provider-aws")},
		"a step that a person runs by hand": {Process{PID: 51, Directory: root}.of(1, "/tmp/go-build1/b001/exe/migrate")},
		"the shell that recovery runs in":   {Process{PID: 800, Project: "flowcomply"}.of(1, "bash")},
	} {
		t.Run(name, func(t *testing.T) {
			orphans, skipped := find(processes...)
			assert.Empty(t, orphans)
			assert.Empty(t, skipped)
		})
	}
}

// The same project on the same backend, from a checkout that was removed meanwhile.
func TestOrphans_MayBeOfAnotherCheckout(t *testing.T) {
	orphans, _ := find(Process{PID: 51, Project: "flowcomply", Backend: bucket, Directory: "/tmp/build-17/infra"}.of(1, "pulumi-resource-aws", dead))
	assert.Equal(t, []int{51}, orphans)
}

func TestOrphans_SpareOneWhoseEngineAnswers(t *testing.T) {
	orphans, skipped := find(
		Process{PID: 51, Project: "flowcomply"}.of(1, "pulumi-resource-command", alive), Process{PID: 52, Project: "flowcomply"}.of(51, "sh"),
	)
	assert.Empty(t, orphans)
	assert.Equal(t, []int{51, 52}, skipped)
}

// The stand-in for the AWS plugin starts another one, and is the engine to that.
func TestOrphans_MayServeOneAnother(t *testing.T) {
	orphans, skipped := find(
		Process{PID: 51, Project: "flowcomply"}.of(1, "pulumi-resource-aws", dead),
		Process{PID: 52, Project: "flowcomply"}.of(51, "pulumi-resource-terraform-provider", alive),
		Process{PID: 53, Project: "flowcomply", Plugged: true}.of(52, "terraform-provider-aws"),
	)
	assert.Equal(t, []int{53, 52, 51}, orphans)
	assert.Empty(t, skipped)
}

func TestOrphans_SayWhy(t *testing.T) {
	found, _ := Orphans(append([]Process{
		Process{PID: 20, Project: "flowcomply"}.of(1, "pulumi-resource-command", dead), Process{PID: 21, Project: "flowcomply"}.of(20, "sh"),
		Process{PID: 40, Project: "flowcomply"}.of(1, "snapshot"),
	}, others...), ours, func(string) bool { return false })
	why := map[int]string{}
	for _, orphan := range found {
		why[orphan.PID] = orphan.Role + ": " + orphan.Why
	}
	assert.Equal(t, map[int]string{
		20: "plugin: nothing answers at its engine's address, " + dead,
		21: "step: its parent, process 20, is one too",
		40: "step: its parent is gone",
	}, why)
}

func TestRunning_FindsALiveUpdateWithoutALock(t *testing.T) {
	engine := Process{PID: 50}.of(800, "pulumi", "up")
	host := Process{PID: 51}.of(50, "pulumi-language-go", alive)
	program := Process{PID: 52, Project: "flowcomply", Stack: "production", Monitor: alive}.of(51, "program")
	preview, staging, orphaned := program, program, program
	preview.DryRun, staging.Stack, orphaned.Parent = true, "staging", 1
	for name, row := range map[string]struct {
		program Process
		runs    bool
	}{
		"an update": {program, true}, "a preview": {preview, false}, "another stack's": {staging, false}, "one whose engine is gone": {orphaned, false},
	} {
		found, runs := Running(append([]Process{engine, host, row.program}, others...), ours)
		assert.Equal(t, row.runs, runs, name)
		if runs {
			assert.Equal(t, 52, found.PID)
		}
	}
}
