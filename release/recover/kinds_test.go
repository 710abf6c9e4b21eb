package recovery

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold that the table knows every type of the program, and the ids that it makes. They do not prove that the
// provider imports by such an id: docs/decisions/0023 has the measurement, made with every resource of a stack.

// The program's own record of its resources says which types there are.
func TestKinds_KnowEveryTypeOfTheProgram(t *testing.T) {
	graphs, err := filepath.Glob("../../infra/testdata/*.graph")
	require.NoError(t, err)
	require.NotEmpty(t, graphs)
	declared := map[string]bool{}
	for _, name := range graphs {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			kind, _, _ := strings.Cut(line, " ")
			if strings.HasPrefix(kind, prefix) {
				declared[kind] = true
				assert.Contains(t, kinds, kind)
				continue
			}
			d := choose(State{}, Operation{Type: "creating", Resource: Resource{"urn": "urn:x", "type": kind}}, Choices{})
			assert.Equal(t, Clearing, d.Do, kind)
		}
	}
	for name := range kinds {
		assert.True(t, declared[name], "%s: the table has what the program never declares", name)
	}
}

func TestKinds_SayOneThingEach(t *testing.T) {
	for name, known := range kinds {
		ways := 0
		for _, has := range []bool{known.id != "", known.tagged != "", known.again != ""} {
			if has {
				ways++
			}
		}
		assert.Equal(t, 1, ways, "%s: one of id, tagged and again", name)
		assert.True(t, known.tagged != "" || known.idOfARN == "" && len(known.same) == 0, "%s: only what is found by tags is told apart", name)
	}
}

func inputsOf(t *testing.T, text string) request {
	t.Helper()
	in := request{account: Account{ID: "123456789012", Region: "ap-southeast-2"}}
	require.NoError(t, json.Unmarshal([]byte(text), &in.inputs))
	return in
}

func TestKinds_MakeTheIdsThatTerraformImportsBy(t *testing.T) {
	for name, row := range map[string][2]string{
		"aws:appautoscaling/policy:Policy": {
			`{"serviceNamespace":"ecs","resourceId":"service/c/s","scalableDimension":"ecs:service:DesiredCount","name":"p"}`,
			"ecs/service/c/s/ecs:service:DesiredCount/p",
		},
		"aws:budgets/budget:Budget":                           {`{"name":"b"}`, "123456789012:b"},
		"aws:cloudwatch/logMetricFilter:LogMetricFilter":      {`{"logGroupName":"/ecs/b","name":"f"}`, "/ecs/b:f"},
		"aws:ec2/route:Route":                                 {`{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0"}`, "rtb-1_0.0.0.0/0"},
		"aws:ec2/routeTableAssociation:RouteTableAssociation": {`{"subnetId":"subnet-1","routeTableId":"rtb-1"}`, "subnet-1/rtb-1"},
		"aws:ecs/service:Service":                             {`{"cluster":"arn:aws:ecs:r:a:cluster/main","name":"backend"}`, "main/backend"},
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment":   {`{"role":"r","policyArn":"arn:aws:iam::aws:policy/P"}`, "r/arn:aws:iam::aws:policy/P"},
		"aws:rds/instance:Instance":                           {`{"identifier":"flowcomply-production"}`, "flowcomply-production"},
		"aws:route53/record:Record":                           {`{"zoneId":"Z","name":"a.test","type":"A"}`, "Z_a.test_A"},
		"aws:sns/topic:Topic":                                 {`{"name":"alerts-1"}`, "arn:aws:sns:ap-southeast-2:123456789012:alerts-1"},
		"aws:wafv2/webAclAssociation:WebAclAssociation":       {`{"webAclArn":"w","resourceArn":"l"}`, "w,l"},
	} {
		assert.Equal(t, row[1], kinds[name].idOf(inputsOf(t, row[0])), name)
		assert.Empty(t, kinds[name].idOf(inputsOf(t, `{}`)), "%s: without a name there is no id", name)
	}
	record := inputsOf(t, `{"zoneId":"Z","name":"a.test","type":"A","setIdentifier":"s"}`)
	assert.Equal(t, "Z_a.test_A_s", kinds["aws:route53/record:Record"].idOf(record))
	unknown := inputsOf(t, `{"name":"n"}`)
	unknown.account = Account{}
	assert.Empty(t, kinds["aws:sns/topic:Topic"].idOf(unknown))
	assert.Empty(t, kinds["aws:budgets/budget:Budget"].idOf(unknown))
}

func TestKinds_MakeIdsOfARNs(t *testing.T) {
	for name, row := range map[string][2]string{
		"aws:ec2/eip:Eip":                {"arn:aws:ec2:r:1:elastic-ip/eipalloc-1", "eipalloc-1"},
		"aws:kms/key:Key":                {"arn:aws:kms:r:1:key/k-1", "k-1"},
		"aws:lb/targetGroup:TargetGroup": {"arn:aws:elasticloadbalancing:r:1:targetgroup/back/1", "arn:aws:elasticloadbalancing:r:1:targetgroup/back/1"},
		"aws:route53/zone:Zone":          {"arn:aws:route53:::hostedzone/Z", "Z"},
		"aws:wafv2/webAcl:WebAcl":        {"arn:aws:wafv2:r:1:regional/webacl/firewall-1/w-1", "w-1/firewall-1/REGIONAL"},
	} {
		known := kinds[name]
		assert.True(t, Tagged{ARN: row[0]}.is(known.tagged), name)
		assert.Equal(t, row[1], known.importID(row[0], named(row[0])), name)
	}
}

// The one name that is spelt in two places, as no other package knows it.
func TestMigrations_AreMarkedAsTheyAreLookedFor(t *testing.T) {
	text := func(name string) string {
		read, err := os.ReadFile(name)
		require.NoError(t, err)
		return string(read)
	}
	const mark = `startedBy = "flowcomply-migration"`
	assert.Contains(t, text("../../components/migration/prisma/update.go"), mark)
	assert.Contains(t, text("aws.go"), mark)
}
