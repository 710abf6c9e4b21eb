package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests hold who may reach and do what: security group rules and policy documents. They do not prove that a
// policy is enough for its purpose, nor that AWS evaluates it as meant. Network ACLs are the network component's to test.

// anywhere is everybody, in both families of addresses.
var anywhere = []any{"0.0.0.0/0", "::/0"}

func TestIngress_FromAnywhereIsForTheWebOnly(t *testing.T) {
	for _, stack := range files {
		var open []string
		for _, r := range graphOf(t, stack).Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			if !slices.Contains(anywhere, r.Get("cidrIpv4")) && !slices.Contains(anywhere, r.Get("cidrIpv6")) {
				continue
			}
			assert.Equal(t, "front-id", r.Get("securityGroupId"), "%s: %s opens another group than the load balancer's", stack, r)
			assert.Equal(t, r.Get("fromPort"), r.Get("toPort"), r.String())
			open = append(open, strings.TrimSuffix(r.Name, "-from-anywhere"))
			assert.Contains(t, []any{80.0, 443.0}, r.Get("fromPort"), r.String())
		}
		assert.Equal(t, []string{"front-http", "front-https"}, open, stack)
	}
}

// Rules are resources of their own: a rule inside a group would silently take out those beside it.
func TestSecurityGroups_HaveNoRulesInside(t *testing.T) {
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		assert.NotEqual(t, "aws:ec2/securityGroupRule:SecurityGroupRule", r.Type, r.String())
		if r.Type == "aws:ec2/securityGroup:SecurityGroup" || r.Type == "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup" {
			assert.Nil(t, r.Get("ingress"), r.String())
			assert.Nil(t, r.Get("egress"), r.String())
		}
	})
}

// A service reaches what its configuration says, and the frontend neither database nor cache.
func TestStores_LetInOnlyServicesWithAccess(t *testing.T) {
	for _, stack := range files {
		callers := map[any][]any{}
		for _, r := range graphOf(t, stack).Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			callers[r.Get("securityGroupId")] = append(callers[r.Get("securityGroupId")], r.Get("referencedSecurityGroupId"))
		}
		spec, err := stacks.Load(sourceOf(t, stack))
		require.NoError(t, err)
		var database, cache []any
		for _, name := range spec.Images() {
			if slices.Contains(spec.Services[name].Access, service.AccessDatabase) {
				database = append(database, name+"-tasks-id")
			}
			if slices.Contains(spec.Services[name].Access, service.AccessCache) {
				cache = append(cache, name+"-tasks-id")
			}
			var balancer []any
			if spec.Services[name].Routed() {
				balancer = []any{"front-id"}
			}
			assert.Equal(t, balancer, callers[name+"-tasks-id"], "%s: %s", stack, name)
		}
		assert.Equal(t, database, callers["database-id"], stack)
		assert.Equal(t, cache, callers["cache-id"], stack)
		assert.NotContains(t, append(database, cache...), "frontend-tasks-id", stack)
	}
}

// statement is one of a policy document, lists in it always lists.
type statement struct {
	sid, effect        string
	actions, resources []string
	principal          any
	condition          map[string]any
}

// statements are those of the policy document in one input; an input that is none has none.
func statements(t testing.TB, r record.Resource, input string) []statement {
	t.Helper()
	text, _ := r.Get(input).(string)
	if !strings.Contains(text, `"Statement"`) {
		return nil
	}
	var document struct {
		Statement []struct {
			Sid, Effect      string
			Action, Resource any
			Principal        any
			Condition        map[string]any
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document), r.String())
	var out []statement
	for _, s := range document.Statement {
		out = append(out, statement{s.Sid, s.Effect, list(s.Action), list(s.Resource), s.Principal, s.Condition})
	}
	return out
}

func list(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, one.(string))
		}
		return out
	}
	return nil
}

// policies are the inputs that hold policy documents.
var policies = []string{"policy", "assumeRolePolicy", "inlinePolicy", "policyDocument"}

// everyStatement runs a check on each statement of each policy of each stack.
func everyStatement(t *testing.T, check func(t *testing.T, r record.Resource, s statement)) {
	t.Helper()
	found := 0
	everyResource(t, func(t *testing.T, _ string, r record.Resource) {
		for _, input := range policies {
			for _, s := range statements(t, r, input) {
				found++
				check(t, r, s)
			}
		}
	})
	assert.Greater(t, found, 100)
}

// onEverything are the statements that allow something on *, with the reason.
var onEverything = map[string]string{
	"aws:kms/key:Key AccountAdministration":       "in a key's policy * is that key; without it nobody can change the policy",
	"aws:kms/key:Key Use":                         "in a key's policy * is that key; the services are narrowed by account or by what is encrypted",
	endpointType + " OwnAccount":                  "an endpoint's policy grants nothing; what passes is narrowed by account (control EC2.10)",
	"aws:iam/rolePolicy:RolePolicy RegistryToken": "ecr:GetAuthorizationToken has no resource level",
	"aws:iam/rolePolicy:RolePolicy ExecChannel":   "ssmmessages has no resource level",
	"aws:iam/rolePolicy:RolePolicy FindExecLog":   "the agent of ECS Exec asks for logs:DescribeLogGroups on *",
}

func TestPolicies_AllowOnEverythingOnlyWithAReason(t *testing.T) {
	used := map[string]bool{}
	everyStatement(t, func(t *testing.T, r record.Resource, s statement) {
		if s.effect != "Allow" || !slices.Contains(s.resources, "*") {
			return
		}
		sid := s.sid
		if r.Type == "aws:kms/key:Key" && strings.HasPrefix(sid, "Use") && len(s.condition) > 0 {
			sid = "Use"
		}
		used[r.Type+" "+sid] = true
		assert.Contains(t, onEverything, r.Type+" "+sid, "%s", r)
	})
	assert.Len(t, used, len(onEverything), "the table has what no policy says")
}

func TestPolicies_AllowNobodyEverything(t *testing.T) {
	everyStatement(t, func(t *testing.T, r record.Resource, s statement) {
		if s.effect != "Allow" || r.Type == endpointType { // an endpoint's is a limit, and not a grant
			return
		}
		assert.NotEqual(t, "*", s.principal, "%s: %s is for everybody", r, s.sid)
		assert.NotEqual(t, map[string]any{"AWS": "*"}, s.principal, "%s: %s is for everybody", r, s.sid)
		for _, action := range s.actions {
			ownKey := r.Type == "aws:kms/key:Key" && s.sid == "AccountAdministration"
			assert.True(t, ownKey || !strings.HasSuffix(action, ":*") && action != "*", "%s: %s allows %s", r, s.sid, action)
		}
	})
}

// The runbook's documents and mail belong to the backend alone.
func TestTaskRoles_GiveWhatConfigurationSays(t *testing.T) {
	graph := graphOf(t, "production")
	sids := func(policy string) (out []string) {
		for _, s := range statements(t, graph.One(t, "aws:iam/rolePolicy:RolePolicy", policy), "policy") {
			out = append(out, s.sid)
		}
		return out
	}
	exec := []string{"ExecChannel", "FindExecLog", "WriteExecLog", "DecryptExec"}
	assert.Equal(t, append(exec, "ListDocuments", "UseDocuments", "EncryptDocuments", "SendMail"), sids("backend-task-policy"))
	assert.Equal(t, exec, sids("frontend-task-policy"))
	assert.NotContains(t, sids("frontend-execution-policy"), "ReadSecrets")
}

// In the sandbox SES asks for permission for the recipient's identity too, whichever of the account that is.
func TestPermissions_MailReachesTheRecipientsIdentityToo(t *testing.T) {
	for _, stack := range files {
		policy, _ := graphOf(t, stack).One(t, "aws:iam/rolePolicy:RolePolicy", "backend-task-policy").Get("policy").(string)
		assert.Contains(t, policy, ":ses:ap-southeast-2:"+accountOf(t, stack)+":identity/*", stack)
		assert.Contains(t, policy, "ses:FromAddress", "%s: whoever it goes to, it is sent as one address", stack)
	}
}
