//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
	"github.com/flowcomply/infrastructure/local/toolchain"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// TestStandInSpeaksTheSDKsNames holds every AWS resource type that the program registers against both sides: the
// property names in the official SDK's own source, and those in the bridge's schema after the stand-in's renaming.
// A type missing from the stand-in's table, or a property that only one side knows, fails by name. That a value
// means the same on both sides, this does not prove.
func TestStandInSpeaksTheSDKsNames(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	bridge, err := aws.Start(context.Background(), filepath.Join(toolchain.Open(root).Dir, "built"), "127.0.0.1:1")
	require.NoError(t, err)
	defer bridge.Close()
	answer, err := bridge.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
	require.NoError(t, err)
	var schema struct{ Resources, Types map[string]definition }
	require.NoError(t, json.Unmarshal([]byte(answer.GetSchema()), &schema))
	sdk := openSDK(t, root)

	for _, typ := range registered(t, root) {
		t.Run(typ, func(t *testing.T) {
			theirs, known := aws.Token(typ)
			require.True(t, known, "%s is not in local/plugins/aws/tokens.go", typ)
			ours := sdk.args(t, typ)
			for name, nested := range ours.fields {
				property, found := schema.Resources[theirs].InputProperties[aws.PropertyName(typ, name)]
				if !assert.True(t, found || legacy[typ+"."+name], "the bridge has no %s.%s", theirs, name) || nested == "" || !found {
					continue
				}
				sdk.compareNested(t, typ+"."+name, ours.pkg, nested, property, schema.Types)
			}
		})
	}
}

// legacy are properties of the official SDK that the program never sets and the bridge leaves out.
var legacy = map[string]bool{
	"aws:route53/record:Record.geoproximityRoutingPolicy": true,
	"aws:s3/bucketV2:BucketV2.loggings":                   true,
}

type definition struct {
	InputProperties map[string]property
	Properties      map[string]property
}

type property struct {
	Ref   string `json:"$ref"`
	Items *property
}

func (p property) typeName() string {
	if p.Items != nil {
		return p.Items.typeName()
	}
	return strings.TrimPrefix(p.Ref, "#/types/")
}

// registered lists the AWS types in the golden graphs of the real stack files.
func registered(t *testing.T, root string) []string {
	t.Helper()
	seen := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, "infra", "testdata", "*.graph"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var types []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, typ := range regexp.MustCompile(`(?m)^aws:\S+`).FindAllString(string(text), -1) {
			if !seen[typ] {
				seen[typ] = true
				types = append(types, typ)
			}
		}
	}
	require.Greater(t, len(types), 40)
	return types
}

type sdk struct {
	dir      string
	packages map[string]map[string]*ast.StructType
}

type arguments struct {
	pkg    string
	fields map[string]string // property → the nested struct's name, or nothing for a plain value
}

func openSDK(t *testing.T, root string) *sdk {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	return &sdk{dir: strings.TrimSpace(string(out)), packages: map[string]map[string]*ast.StructType{}}
}

// args reads the fields of a resource's Args from the SDK's source.
func (s *sdk) args(t *testing.T, typ string) arguments {
	t.Helper()
	pkg, rest, _ := strings.Cut(strings.TrimPrefix(typ, "aws:"), "/")
	_, name, _ := strings.Cut(rest, ":")
	return s.fields(t, pkg, name+"Args")
}

func (s *sdk) fields(t *testing.T, pkg, name string) arguments {
	t.Helper()
	if s.packages[pkg] == nil {
		s.packages[pkg] = structs(t, filepath.Join(s.dir, "go", "aws", pkg))
	}
	found := s.packages[pkg][name]
	require.NotNil(t, found, "%s.%s", pkg, name)
	out := arguments{pkg: pkg, fields: map[string]string{}}
	for _, field := range found.Fields.List {
		if field.Tag == nil {
			continue
		}
		key := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi")
		nested := ""
		if plain, ok := field.Type.(*ast.Ident); ok { // a type of the same package, not pulumi.StringInput
			base := regexp.MustCompile(`(Ptr|Array|Map)?Input$`).ReplaceAllString(plain.Name, "")
			if s.packages[pkg][base+"Args"] != nil {
				nested = base + "Args"
			}
		}
		out.fields[key] = nested
	}
	return out
}

// compareNested goes down both sides at once.
func (s *sdk) compareNested(t *testing.T, path, pkg, name string, theirs property, types map[string]definition) {
	t.Helper()
	other := types[theirs.typeName()].Properties
	if !assert.NotEmpty(t, other, "%s is an object in the SDK and none in the bridge", path) {
		return
	}
	for key, nested := range s.fields(t, pkg, name).fields {
		property, found := other[key]
		if assert.True(t, found, "the bridge has no %s.%s", path, key) && nested != "" && strings.Count(path, ".") < 4 {
			s.compareNested(t, path+"."+key, pkg, nested, property, types)
		}
	}
}

func structs(t *testing.T, dir string) map[string]*ast.StructType {
	t.Helper()
	found := map[string]*ast.StructType{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(tree, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if body, ok := spec.Type.(*ast.StructType); ok {
					found[spec.Name.Name] = body
				}
			}
			return true
		})
	}
	return found
}
