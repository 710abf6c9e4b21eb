package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what becomes of each pending operation, with AWS's answers given. They do not prove that the provider
// answers so.

// cloud is an AWS that has what the map says, by type and id; an error stands for one that cannot be asked.
type cloud map[string]any

func (c cloud) lookup(_ context.Context, _ State, candidates []Candidate) ([]Reading, error) {
	answers := make([]Reading, len(candidates))
	for i, candidate := range candidates {
		switch there := c[candidate.Type+" "+candidate.ID].(type) {
		case map[string]any:
			answers[i].Outputs = there
		case error:
			answers[i].Err = there
		}
	}
	return answers, nil
}

// pendingState is a state with these operations: type, resource's type, name and inputs each.
func pendingState(t *testing.T, ops ...[4]string) State {
	t.Helper()
	list := []any{}
	for _, op := range ops {
		var inputs map[string]any
		require.NoError(t, json.Unmarshal([]byte(op[3]), &inputs))
		list = append(list, map[string]any{"type": op[0], "resource": map[string]any{
			"urn": "urn:pulumi:production::flowcomply::" + op[1] + "::" + op[2], "type": op[1], "inputs": inputs, "provider": providerURN + "::p-1",
		}})
	}
	state := parsed(t, exported)
	state.deployment["pending_operations"] = list
	return state
}

var here = Account{ID: "123456789012", Region: "ap-southeast-2", Tag: "flowcomply-production"}

func decided(t *testing.T, state State, aws cloud, choices Choices, tagged ...Tagged) []Decision {
	t.Helper()
	decisions, err := search{state, here, aws.lookup}.decide(context.Background(), choices, tagged)
	require.NoError(t, err)
	return decisions
}

var arbitrary = map[string]any{"arn": "x"}

func TestDecide_ByName(t *testing.T) {
	database := [4]string{"creating", "aws:rds/instance:Instance", "database", `{"identifier":"flowcomply-production"}`}
	key := "aws:rds/instance:Instance flowcomply-production"
	thing := func(kind string) [4]string { return [4]string{"creating", kind, "x", `{}`} }
	for name, row := range map[string]struct {
		op   [4]string
		aws  cloud
		want Doing
		id   string
		why  string
	}{
		"it is there":                  {database, cloud{key: arbitrary}, Importing, "flowcomply-production", "AWS has it"},
		"it is not":                    {database, cloud{}, Clearing, "", "AWS has none"},
		"the provider says so":         {database, cloud{key: errors.New("couldn't find resource")}, Clearing, "", "AWS has none"},
		"AWS says so":                  {database, cloud{key: errors.New("api error X.NotFound: no")}, Clearing, "", "AWS has none"},
		"AWS says so, otherwise":       {database, cloud{key: errors.New("api error NoSuchEntity: no")}, Clearing, "", "AWS has none"},
		"AWS cannot be asked":          {database, cloud{key: errors.New("api error Throttling: later")}, Undecided, "", "could not be asked for: api error"},
		"its name is not known":        {thing(database[1]), cloud{}, Undecided, "", "its inputs do not say what it is called"},
		"nothing is known of it":       {thing("aws:new/thing:Thing"), cloud{}, Undecided, "", "--import 'urn:pulumi:production::flowcomply::aws:new/thing:Thing::x=<"},
		"another provider's":           {thing("gcp:x/y:Y"), cloud{}, Undecided, "", "nothing is known here about gcp:x/y:Y"},
		"a step":                       {thing("command:local:Command"), cloud{}, Clearing, "", "is made to run again"},
		"a component":                  {thing("flowcomply:key:Key"), cloud{}, Clearing, "", "a component is in the state alone"},
		"a revision":                   {thing("aws:ecs/taskDefinition:TaskDefinition"), cloud{}, Clearing, "", "another one beside it costs nothing"},
		"a deletion that went through": {[4]string{"deleting", "aws:sns/topic:Topic", "other", `{}`}, cloud{}, Clearing, "", "the next update does it again"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, pendingState(t, row.op), row.aws, Choices{})[0]
			assert.Equal(t, row.want, d.Do)
			assert.Equal(t, row.id, d.ID)
			assert.Contains(t, d.Why, row.why)
		})
	}
}

func TestDecide_ReadsAnewWhatTheStateHas(t *testing.T) {
	state := parsed(t, exported)
	for _, kind := range []string{"updating", "deleting", "reading"} {
		d := choose(state, Operation{Type: kind, Resource: Resource{"urn": topicURN, "type": "aws:sns/topic:Topic"}}, Choices{})
		assert.Equal(t, Rereading, d.Do, kind)
	}
	d := choose(state, Operation{Type: "importing", Resource: Resource{"urn": keyURN, "type": "aws:kms/key:Key", "id": "k-1"}}, Choices{})
	assert.Equal(t, Importing, d.Do)
	assert.Equal(t, "k-1", d.ID)
}

func TestDecide_TakesAPersonsWord(t *testing.T) {
	state := pendingState(t, [4]string{"creating", "aws:new/thing:Thing", "a", `{}`}, [4]string{"creating", "aws:new/thing:Thing", "b", `{}`})
	urn := func(i int) string { return state.Pending()[i].Resource.URN() }
	decisions := decided(t, state, cloud{}, Choices{Import: map[string]string{urn(0): "t-1"}, Clear: map[string]bool{urn(1): true}})
	assert.Equal(t, []Doing{Importing, Clearing}, []Doing{decisions[0].Do, decisions[1].Do})
	assert.Equal(t, "t-1", decisions[0].ID)
}

// arn is a tagged resource of ours.
func arn(rest, name string) Tagged {
	tags := map[string]string{StackTag: here.Tag}
	if name != "" {
		tags["Name"] = name
	}
	return Tagged{ARN: "arn:aws:" + rest, Tags: tags}
}

func TestDecide_ByTags(t *testing.T) {
	nat := func(name string) [4]string {
		return [4]string{"creating", "aws:ec2/natGateway:NatGateway", name, `{"subnetId":"subnet-` + name + `","tags":{"Name":"nat-` + name + `"}}`}
	}
	tagged := []Tagged{
		arn("ec2:r:1:natgateway/nat-b", "nat-b"), arn("ec2:r:1:natgateway/nat-a", "nat-a"), arn("ec2:r:1:natgateway/nat-0", "nat-a"),
		arn("ec2:r:1:elastic-ip/eipalloc-1", "nat-a"), arn("sns:ap-southeast-2:123456789012:alerts-page-1", ""),
	}
	aws := cloud{
		"aws:ec2/natGateway:NatGateway nat-a": map[string]any{"subnetId": "subnet-a"},
		"aws:ec2/natGateway:NatGateway nat-0": map[string]any{"subnetId": "subnet-elsewhere"},
	}
	decisions := decided(t, pendingState(t, nat("a"), nat("b"), nat("c")), aws, Choices{}, tagged...)
	assert.Equal(t, "nat-a", decisions[0].ID, "the one with its name, in its subnet")
	assert.Equal(t, Clearing, decisions[1].Do, "its tags are still there, and it is not")
	assert.Equal(t, Clearing, decisions[2].Do)
}

// Two keys differ in nothing that tags say; one that the state has is nobody's to take.
func TestDecide_TellsApartByWhatIsRead(t *testing.T) {
	key := func(name string) [4]string {
		return [4]string{"creating", "aws:kms/key:Key", name, `{"description":"` + name + `"}`}
	}
	state := pendingState(t, key("data"), key("operations"), key("data"))
	state.Resources()[2]["id"] = "k-0"
	aws := cloud{}
	var tagged []Tagged
	for id, description := range map[string]string{"k-0": "data", "k-1": "operations", "k-2": "data"} {
		aws["aws:kms/key:Key "+id] = map[string]any{"description": description}
		tagged = append(tagged, arn("kms:r:1:key/"+id, ""))
	}
	decisions := decided(t, state, aws, Choices{}, tagged...)
	assert.Equal(t, []string{"k-2", "k-1", ""}, []string{decisions[0].ID, decisions[1].ID, decisions[2].ID}, "each once")
	assert.Equal(t, Clearing, decisions[2].Do)
}

func TestDecide_AsksOnceAndPassesOnWhatWentWrong(t *testing.T) {
	calls := 0
	_, err := search{pendingState(t, [4]string{"creating", "aws:s3/bucketV2:BucketV2", "a", `{"bucket":"a"}`}), here,
		func(context.Context, State, []Candidate) ([]Reading, error) {
			calls++
			return nil, errors.New("no credentials")
		}}.
		decide(context.Background(), Choices{}, nil)
	require.ErrorContains(t, err, "no credentials")
	assert.Equal(t, 1, calls)
}

func TestUntracked_AreWhatNobodyRemembers(t *testing.T) {
	tagged := []Tagged{
		arn("kms:r:1:key/k-1", ""), arn("kms:r:1:key/k-2", ""), arn("ecs:r:1:task/main/t", ""), arn("sns:ap-southeast-2:123456789012:alerts-page-1", ""),
		arn("ec2:r:1:security-group-rule/sgr-1", ""),
	}
	found := untrackedCandidates(parsed(t, exported), []Decision{{Do: Importing, ID: "k-1"}}, tagged)
	provider := providerURN + "::p-1"
	assert.Equal(t, []Candidate{
		{"aws:kms/key:Key", "k-2", provider}, {"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "sgr-1", provider},
		{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "sgr-1", provider},
	}, found)
}
