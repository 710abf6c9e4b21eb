package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/emulator"
)

// The CLI is a script here too: that the salt it writes is a salt, these tests do not prove.

const (
	salt      = "encryptionsalt: v1:abc=:v1:def\n"
	decisions = "# Why.\nconfig:\n  flowcomply:naming: { stack: \"x\" }   # odd spacing\n\n\n"
	// initScript adds the salt as `pulumi stack init` does, and refuses a stack that exists.
	initScript = `echo "$@" >>calls
case "$*" in
"stack init local --secrets-provider passphrase --color never --non-interactive")
	state=${PULUMI_BACKEND_URL#file://}
	[ -d "$state/stack" ] && { echo "stack 'local' already exists" >&2; exit 1; }
	mkdir "$state/stack" && printf '` + `encryptionsalt: v1:abc=:v1:def\n` + `' >>Pulumi.local.yaml ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`
)

func initialized(t *testing.T) Stack {
	t.Helper()
	stack, _ := cli(t, initScript)
	require.NoError(t, os.WriteFile(filepath.Join(stack.Tools.Root, "Pulumi.local.yaml"), []byte(decisions), 0o644))
	return stack
}

func text(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

func TestInit_CopiesTheStackFile(t *testing.T) {
	stack := initialized(t)
	require.NoError(t, stack.Init(context.Background()))
	assert.Equal(t, decisions+salt, text(t, stack.ConfigFile()))
	assert.Equal(t, decisions, text(t, filepath.Join(stack.Tools.Root, "Pulumi.local.yaml")), "the checkout is left as it is")
	assert.Equal(t, []string{"--config-file", stack.ConfigFile()}, stack.ConfigArgs())
}

// As a person has it who works in the checkout.
func TestInit_InPlace(t *testing.T) {
	for name, place := range map[string]func(*Stack){
		"the toolchain's checkout": func(s *Stack) { s.InPlace = true },
		"another checkout":         func(s *Stack) { s.Project = s.Tools.Root },
	} {
		t.Run(name, func(t *testing.T) {
			stack := initialized(t)
			place(&stack)
			require.NoError(t, stack.Init(context.Background()))
			assert.Equal(t, filepath.Join(stack.Tools.Root, "Pulumi.local.yaml"), stack.ConfigFile())
			assert.Equal(t, decisions+salt, text(t, stack.ConfigFile()))
			assert.Empty(t, stack.ConfigArgs())
		})
	}
}

func TestInit_UsesTheKeyThatTheStackFileNames(t *testing.T) {
	stack := initialized(t)
	require.NoError(t, os.WriteFile(filepath.Join(stack.Tools.Root, "Pulumi.local.yaml"), []byte("secretsprovider: awskms://alias/x?region=r # why\n"+decisions), 0o644))
	require.ErrorContains(t, stack.Init(context.Background()), "unexpected: stack init local --secrets-provider awskms://alias/x?region=r --color never --non-interactive")
	assert.False(t, stack.Initialized())
}

func TestInit_AgainKeepsWhatWasSet(t *testing.T) {
	stack := initialized(t)
	require.NoError(t, stack.Init(context.Background()))
	require.NoError(t, os.WriteFile(stack.ConfigFile(), []byte("set since"), 0o600))
	require.NoError(t, stack.Init(context.Background()))
	assert.Equal(t, "set since", text(t, stack.ConfigFile()))
}

// A command that is killed between the stack and its file would otherwise leave a stack that exists and cannot be used.
func TestInit_PastAnInterruptedOne(t *testing.T) {
	stack := initialized(t)
	require.NoError(t, stack.Init(context.Background()))
	require.NoError(t, os.Remove(stack.initialized()))
	require.False(t, stack.Initialized())
	require.NoError(t, stack.Init(context.Background()))
	assert.Equal(t, decisions+salt, text(t, stack.ConfigFile()))
}

func TestInit_FailsWithoutAStackFileAndLeavesNoHalf(t *testing.T) {
	stack := initialized(t)
	require.NoError(t, os.Remove(filepath.Join(stack.Tools.Root, "Pulumi.local.yaml")))
	require.ErrorContains(t, stack.Init(context.Background()), "stack file: open ")
	assert.NoFileExists(t, stack.ConfigFile())
}

func TestSet_NeverPutsAValueAmongTheArguments(t *testing.T) {
	stack, _ := cli(t, `echo "$@" >"$0.args"; cat >"$0.value"`)
	for _, secret := range []bool{true, false} {
		require.NoError(t, stack.Set(context.Background(), "flowcomply:KEY", "the value", secret))
		args := text(t, stack.Tools.Pulumi+".args")
		assert.NotContains(t, args, "the value")
		assert.Contains(t, args, "config set flowcomply:KEY "+map[bool]string{true: "--secret", false: "--plaintext"}[secret]+" ")
		assert.Contains(t, args, "--config-file "+stack.ConfigFile())
		assert.Equal(t, "the value", text(t, stack.Tools.Pulumi+".value"))
	}
	failing, _ := cli(t, "echo 'error: no salt' >&2; exit 1")
	err := failing.Set(context.Background(), "flowcomply:KEY", "the value", true)
	require.EqualError(t, err, "pulumi config set flowcomply:KEY: exit status 1\nerror: no salt\n")
}

func TestState_IsCounted(t *testing.T) {
	stack, _ := cli(t, `echo '{"deployment":{"resources":[{},{},{}],"pending_operations":[{}]}}'`)
	resources, err := stack.Resources(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 3, resources)
	pending, err := stack.Pending(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 1, pending)

	broken, _ := cli(t, "echo '{'")
	_, err = broken.Resources(context.Background())
	require.ErrorContains(t, err, "state of stack local: ")
}

func TestUnlock_OnlyWhereThereIsALock(t *testing.T) {
	stack, _ := cli(t, `echo "$@" >"$0.args"`)
	require.NoError(t, stack.Unlock(context.Background()))
	assert.NoFileExists(t, stack.Tools.Pulumi+".args")
	locks := filepath.Join(stack.state(), ".pulumi", "locks", "organization", "flowcomply", "local")
	require.NoError(t, os.MkdirAll(locks, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(locks, "a.json"), []byte("{}"), 0o644))
	require.NoError(t, stack.Unlock(context.Background()))
	assert.Contains(t, text(t, stack.Tools.Pulumi+".args"), "cancel --yes --stack local")
}

// What is started from a shell that took the environment is not ended with the run; what we start is.
func TestEnvironment_LeavesTheMarkToOurOwn(t *testing.T) {
	stack := Stack{Run: t.TempDir()}
	assert.NotContains(t, strings.Join(stack.Environment(), " "), emulator.Mark)
	assert.Contains(t, stack.cli(stack.Run).Env, emulator.Mark+"="+stack.Run)
}
