package sampleapp

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/preflight"
)

// These tests hold that the stand-in application's checkout is one that preflight lets pass: all that is in its build
// contexts, the binaries too, is the tagged commit's. That an update asks preflight so is the program's to prove.

// stackFile is what the checkout has to do with in the stack file.
type stackFile struct {
	Config struct {
		Services map[string]struct {
			Image struct{ Context, Dockerfile string }
		} `yaml:"flowcomply:services"`
		Migration struct{ Folder string } `yaml:"flowcomply:migration"`
	}
}

// checked is the result of preflight's check of a checkout.
func checked(t *testing.T, folder, version string) check.Result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.local.yaml"))
	require.NoError(t, err)
	var file stackFile
	require.NoError(t, yaml.Unmarshal(text, &file))
	question := inputs.Preflight{
		Stack: "local", Version: version, Region: "ap-southeast-2", AccountID: "000000000000", Source: folder, Migrations: file.Config.Migration.Folder,
	}
	for _, service := range file.Config.Services {
		question.Contexts = append(question.Contexts, inputs.BuildContext{Folder: service.Image.Context, Dockerfile: service.Image.Dockerfile})
	}
	require.Len(t, question.Contexts, 2)
	require.NotEmpty(t, question.Migrations)
	require.NoError(t, question.Validate())
	for _, one := range preflight.Checks(question, preflight.Clients{}, 0) {
		if one.Group == "checkout" {
			return check.Run(t.Context(), []check.Check{one}, check.Options{}).Results[0]
		}
	}
	t.Fatal("preflight checks no checkout")
	return check.Result{}
}

func TestRelease_IsACheckoutThatPreflightLetsPass(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	folder := filepath.Join(t.TempDir(), "app")
	require.NoError(t, os.Mkdir(folder, 0o755))
	passes := func(version string) {
		t.Helper()
		got := checked(t, folder, version)
		assert.Equal(t, check.OK, got.Outcome, "%s %v", got.Cause, got.Details)
		assert.Contains(t, got.Seen, " that images are built from or migrations are as committed")
	}
	require.NoError(t, Release(context.Background(), root, folder, "v1.0.0"))
	passes("v1.0.0")
	require.NoError(t, Release(context.Background(), root, folder, "v1.1.0", Migration("20251007090000_add_status", "SELECT 1;")))
	passes("v1.1.0")
	require.NoError(t, Change(folder, "backend", "changed"))
	assert.Equal(t, check.FailedNow, checked(t, folder, "v1.1.0").Outcome, "it is committed only then")
	require.NoError(t, Tag(context.Background(), folder, "v1.1.1"))
	passes("v1.1.1")

	require.NoError(t, os.WriteFile(filepath.Join(folder, ".git", "info", "exclude"), []byte("*.env\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "frontend", "local.env"), []byte("A=1"), 0o600))
	assert.Contains(t, checked(t, folder, "v1.1.1").Cause, "frontend/local.env")
}
