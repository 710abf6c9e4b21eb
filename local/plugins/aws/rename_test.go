package aws

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// These tests hold the tables against the components' golden graphs and against Pulumi's grammar. That the bridge has
// such a type, the end-to-end tests prove.

func TestToken_IsTheBridgesOfATerraformResource(t *testing.T) {
	for terraform, want := range map[string]string{
		"aws_db_instance":                    "aws:index/dbInstance:DbInstance",
		"aws_lb":                             "aws:index/lb:Lb",
		"aws_vpc_security_group_egress_rule": "aws:index/vpcSecurityGroupEgressRule:VpcSecurityGroupEgressRule",
		"aws_wafv2_web_acl":                  "aws:index/wafv2WebAcl:Wafv2WebAcl",
	} {
		assert.Equal(t, want, token(terraform))
	}
	found, known := Token("aws:rds/instance:Instance")
	assert.True(t, known)
	assert.Equal(t, "aws:index/dbInstance:DbInstance", found)
	_, known = Token("aws:rds/nothing:Nothing")
	assert.False(t, known)
}

func TestTokens_HaveEveryTypeThatAComponentDeclares(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "components", "*", "testdata", "*.graph"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	declared := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, typ := range regexp.MustCompile(`(?m)^aws:\S+`).FindAllString(string(text), -1) {
			declared[typ] = true
			_, known := Token(typ)
			assert.True(t, known, "%s, of %s, is not in tokens.go", typ, file)
		}
	}
	assert.Greater(t, len(declared), 40)
}

func TestTokens_AreOfOneResourceEach(t *testing.T) {
	official := map[string]string{}
	for typ, terraform := range resources {
		assert.Empty(t, official[terraform], "%s is both %s and %s", terraform, official[terraform], typ)
		official[terraform] = typ
		assert.Regexp(t, `^aws:[a-z0-9]+/[a-zA-Z0-9]+:[A-Z][a-zA-Z0-9]*$`, typ)
		assert.Regexp(t, `^aws_[a-z0-9_]+$`, terraform)
	}
}

func TestURN_HasTheBridgesTypeLastAndTheParentsAsTheyAre(t *testing.T) {
	const stack = "urn:pulumi:production::flowcomply::"
	for given, want := range map[string]string{
		stack + "aws:kms/key:Key::data": stack + "aws:index/kmsKey:KmsKey::data",
		stack + "flowcomply:network:Network$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet::main-public-a": stack +
			"flowcomply:network:Network$aws:ec2/vpc:Vpc$aws:index/subnet:Subnet::main-public-a",
		stack + "aws:kms/key:Key$aws:kms/key:Key::twice":                  stack + "aws:kms/key:Key$aws:index/kmsKey:KmsKey::twice",
		stack + "aws:kms/key:Key::a name with :: aws:kms/key:Key and $::": stack + "aws:index/kmsKey:KmsKey::a name with :: aws:kms/key:Key and $::",
	} {
		kind, err := find(given)
		require.NoError(t, err)
		assert.Equal(t, want, kind.urn(given))
	}
}

func TestFind_TellsWhereToAddAnUnknownType(t *testing.T) {
	_, err := find("urn:pulumi:production::flowcomply::flowcomply:x:X$aws:lambda/function:Function::x")
	assert.Equal(t, codes.InvalidArgument, status.Code(err))
	for _, part := range []string{"aws:lambda/function:Function is not", "local/plugins/aws/tokens.go", "official aws plugin " + Version} {
		require.ErrorContains(t, err, part)
	}
}

func TestFailure_KeepsTheHalfMadeResource(t *testing.T) {
	half := &pulumirpc.ErrorResourceInitFailed{
		Id: "half", Reasons: []string{"timeout"}, Properties: message(t, `{"alarmName":"x"}`), Inputs: message(t, `{"__defaults":["alarmName"]}`),
	}
	given, err := status.New(codes.Unknown, "it was created but not finished").WithDetails(half)
	require.NoError(t, err)
	st := status.Convert(of(alarm).failure(given.Err()))
	assert.Equal(t, codes.Unknown, st.Code())
	assert.Equal(t, "it was created but not finished", st.Message())
	require.Len(t, st.Details(), 1)
	kept, ok := st.Details()[0].(*pulumirpc.ErrorResourceInitFailed)
	require.True(t, ok)
	assert.Equal(t, "half", kept.GetId())
	assert.Equal(t, []string{"timeout"}, kept.GetReasons())
	same(t, message(t, `{"name":"x"}`), kept.GetProperties(), "properties")
	same(t, message(t, `{"__defaults":["name"]}`), kept.GetInputs(), "inputs")
}

func TestFailure_LeavesOtherErrorsAlone(t *testing.T) {
	plain, refused := errors.New("plain"), status.Error(codes.PermissionDenied, "no")
	require.NoError(t, of(alarm).failure(nil))
	assert.Equal(t, plain, of(alarm).failure(plain))
	assert.Equal(t, refused, of(alarm).failure(refused))
}

func TestUnknownText_IsTheEngines(t *testing.T) {
	assert.Equal(t, plugin.UnknownStringValue, unknownText)
}
