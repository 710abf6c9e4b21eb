//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// TestStandInAnswersInTheSDKsNames holds each data source of the stand-in's table against the official SDK's own source:
// what the SDK asks with, the bridge has to take, and what the SDK reads, the bridge has to answer. That the program asks
// for no other, the plugin itself sees to: it refuses what the table has not.
func TestStandInAnswersInTheSDKsNames(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	bridge, err := aws.Start(context.Background(), filepath.Join(toolchain.Open(root).Dir, "built"), "127.0.0.1:1")
	require.NoError(t, err)
	defer bridge.Close()
	answer, err := bridge.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	var schema struct {
		Functions map[string]struct{ Inputs, Outputs definition }
	}
	require.NoError(t, json.Unmarshal([]byte(answer.GetSchema()), &schema))
	sdk := openSDK(t, root)
	for official, theirs := range aws.Functions() {
		t.Run(official, func(t *testing.T) {
			function, known := schema.Functions[theirs]
			require.True(t, known, "the bridge has no %s", theirs)
			pkg, name := sdk.function(t, official)
			for field := range sdk.fields(t, pkg, name+"Args").fields {
				assert.Contains(t, function.Inputs.Properties, field, "arguments")
			}
			for field := range sdk.fields(t, pkg, name+"Result").fields {
				assert.Contains(t, function.Outputs.Properties, field, "answer")
			}
		})
	}
}

// function is the package of a data source, and what the names of its structs begin with: Get, or Lookup where there is a
// resource whose own Get would be the same.
func (s *sdk) function(t *testing.T, official string) (pkg, name string) {
	t.Helper()
	pkg, rest, _ := strings.Cut(strings.TrimPrefix(official, "aws:"), "/")
	_, name, _ = strings.Cut(rest, ":get")
	if pkg == "index" {
		pkg = "" // the root of the SDK
	}
	if s.packages[pkg] == nil {
		s.packages[pkg] = structs(t, filepath.Join(s.dir, "go", "aws", pkg))
	}
	if s.packages[pkg]["Lookup"+name+"Result"] != nil {
		return pkg, "Lookup" + name
	}
	return pkg, "Get" + name
}
