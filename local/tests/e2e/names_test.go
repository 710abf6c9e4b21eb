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
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
	"github.com/flowcomply/infrastructure/local/toolchain"
)

// TestStandInSpeaksTheSDKsNames holds every AWS resource type that the program registers against both sides: the
// property names in the official SDK's own source, and those in the bridge's schema after the stand-in's renaming.
// A type missing from the stand-in's table, or a property that only one side knows, fails by name. That a value
// means the same on both sides, this does not prove.
func TestStandInSpeaksTheSDKsNames(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
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
			sdk.compare(t, typ, nil, ours, schema.Resources[theirs].InputProperties, schema.Types)
		})
	}
}

// unset are properties of the official SDK that the bridge has otherwise or not at all, and that the program does
// not set: deprecated ones, and blocks for what it does not use. Each entry covers what is below it.
var unset = []string{
	"aws:ecs/service:Service.serviceConnectConfiguration",
	"aws:rds/instance:Instance.name", // deprecated for dbName
	"aws:route53/record:Record.cidrRoutingPolicy",
	"aws:s3/bucketV2:BucketV2.lifecycleRules", // the bucket's inline blocks: separate resources are used
	"aws:s3/bucketV2:BucketV2.loggings",
	"aws:s3/bucketV2:BucketV2.objectLockConfiguration",
	"aws:s3/bucketV2:BucketV2.replicationConfigurations",
	"aws:s3/bucketV2:BucketV2.serverSideEncryptionConfigurations",
	"aws:s3/bucketV2:BucketV2.versionings",
	"aws:s3/bucketV2:BucketV2.websites",
	"aws:wafv2/webAcl:WebAcl.associationConfig",
	"aws:wafv2/webAcl:WebAcl.rules.statement.andStatement", // the SDK's statements nest without end, the bridge's do not
	"aws:wafv2/webAcl:WebAcl.rules.statement.notStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.orStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.managedRuleGroupStatement.scopeDownStatement.andStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.managedRuleGroupStatement.scopeDownStatement.notStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.managedRuleGroupStatement.scopeDownStatement.orStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.rateBasedStatement.scopeDownStatement.andStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.rateBasedStatement.scopeDownStatement.notStatement",
	"aws:wafv2/webAcl:WebAcl.rules.statement.rateBasedStatement.scopeDownStatement.orStatement",
}

type definition struct {
	InputProperties map[string]property
	Properties      map[string]property
}

type property struct {
	Type  string
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
	fields map[string]field
}

type field struct {
	list   bool
	nested string // the nested struct's name, or nothing for a plain value
}

func openSDK(t *testing.T, root string) *sdk {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	return &sdk{dir: strings.TrimSpace(string(out)), packages: map[string]map[string]*ast.StructType{}}
}

// args reads the fields of a resource's inputs from the SDK's source: the plain struct behind its Args.
func (s *sdk) args(t *testing.T, typ string) arguments {
	t.Helper()
	pkg, rest, _ := strings.Cut(strings.TrimPrefix(typ, "aws:"), "/")
	_, name, _ := strings.Cut(rest, ":")
	return s.fields(t, pkg, strings.ToLower(name[:1])+name[1:]+"Args")
}

func (s *sdk) fields(t *testing.T, pkg, name string) arguments {
	t.Helper()
	if s.packages[pkg] == nil {
		s.packages[pkg] = structs(t, filepath.Join(s.dir, "go", "aws", pkg))
	}
	found := s.packages[pkg][name]
	require.NotNil(t, found, "%s.%s", pkg, name)
	out := arguments{pkg: pkg, fields: map[string]field{}}
	for _, one := range found.Fields.List {
		if one.Tag != nil {
			out.fields[reflect.StructTag(strings.Trim(one.Tag.Value, "`")).Get("pulumi")] = s.field(pkg, one.Type)
		}
	}
	return out
}

// field tells a list from a single value, and names the nested struct of the same package where there is one.
func (s *sdk) field(pkg string, typ ast.Expr) field {
	switch typ := typ.(type) {
	case *ast.StarExpr:
		return s.field(pkg, typ.X)
	case *ast.ArrayType:
		return field{list: true, nested: s.field(pkg, typ.Elt).nested}
	case *ast.Ident:
		if s.packages[pkg][typ.Name] != nil {
			return field{nested: typ.Name}
		}
	}
	return field{}
}

// compare goes down both sides at once. Only the renaming of the stand-in stands between the two.
func (s *sdk) compare(t *testing.T, typ string, path []string, ours arguments, theirs map[string]property, types map[string]definition) {
	t.Helper()
	for name, want := range ours.fields {
		at := strings.Join(append(slices.Clone(path), name), ".")
		if slices.Contains(unset, typ+"."+at) {
			continue
		}
		renamed, wrapped := aws.PropertyName(typ, at)
		got, found := theirs[renamed]
		if !assert.True(t, found, "the bridge has no %s.%s", typ, at) {
			continue
		}
		assert.Equal(t, want.list != wrapped, got.Type == "array", "%s.%s: a list on one side only", typ, at)
		if want.nested == "" || len(path) > 5 {
			continue
		}
		s.compare(t, typ, append(slices.Clone(path), name), s.fields(t, ours.pkg, want.nested), types[got.typeName()].Properties, types)
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
