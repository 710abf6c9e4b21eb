package service

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests show exactly what each role may do. They do not show that the application needs no more, nor how IAM
// decides in an account with permission boundaries or organisation policies.

const (
	roleType   = "aws:iam/role:Role"
	policyType = "aws:iam/rolePolicy:RolePolicy"
)

type statement struct {
	Sid, Effect      string
	Action, Resource any
	Condition        map[string]map[string]any
}

type statements map[string]statement

// policy is the statements of one role's only policy, by Sid.
func policy(t *testing.T, graph *record.Graph, name string) statements {
	t.Helper()
	var document struct{ Statement []statement }
	decoder := json.NewDecoder(strings.NewReader(graph.One(t, policyType, name).Get("policy").(string)))
	require.NoError(t, decoder.Decode(&document))
	out := statements{}
	for _, s := range document.Statement {
		require.NotContains(t, out, s.Sid)
		out[s.Sid] = s
	}
	return out
}

// short writes a statement in one line: actions on resources if conditions.
func (s statements) short(sid string) string {
	one := s[sid]
	line := fmt.Sprintf("%s %v on %v", one.Effect, one.Action, one.Resource)
	if one.Condition != nil {
		line += fmt.Sprintf(" if %v", one.Condition)
	}
	return line
}

func (s statements) all() map[string]string {
	out := map[string]string{}
	for sid := range s {
		out[sid] = s.short(sid)
	}
	return out
}

const secretsOf = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:flowcomply-production/"

func TestExecutionRole_StartsThisServiceOnly(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	log := "arn:aws:mock:ap-southeast-2:123456789012:LogGroup/%s-logs:*"
	assert.Equal(t, map[string]string{
		"RegistryToken": "Allow ecr:GetAuthorizationToken on *",
		"PullImage":     "Allow [ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer] on arn:repository/flowcomply-backend",
		"WriteLog":      "Allow [logs:CreateLogStream logs:PutLogEvents] on " + fmt.Sprintf(log, "backend"),
		"ReadSecrets": fmt.Sprintf("Allow secretsmanager:GetSecretValue on [%[1]sANTHROPIC_API_KEY %[1]sDATABASE_URL %[1]sJWT_SECRET %[1]sREDIS_URL]",
			secretsOf),
		"DecryptSecrets": "Allow kms:Decrypt on arn:key/data if map[StringEquals:map[kms:ViaService:secretsmanager.ap-southeast-2.amazonaws.com]]",
	}, policy(t, graph, "backend-execution-policy").all())
	assert.Equal(t, map[string]string{
		"RegistryToken": "Allow ecr:GetAuthorizationToken on *",
		"PullImage":     "Allow [ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer] on arn:repository/flowcomply-frontend",
		"WriteLog":      "Allow [logs:CreateLogStream logs:PutLogEvents] on " + fmt.Sprintf(log, "frontend"),
	}, policy(t, graph, "frontend-execution-policy").all(), "a service without secrets can read and decrypt none")
	assert.Equal(t, "Allow secretsmanager:GetSecretValue on "+secretsOf+"REDIS_URL", policy(t, graph, "worker-execution-policy").short("ReadSecrets"))
}

func TestTaskRole_MayDoWhatTheSpecNamesAndNothingElse(t *testing.T) {
	graph, _ := declare(t, parse(t, two, third))
	exec := map[string]string{
		"ExecChannel":  "Allow [ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel] on *",
		"FindExecLog":  "Allow logs:DescribeLogGroups on *",
		"WriteExecLog": "Allow [logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents] on arn:exec-log:*",
		"DecryptExec":  "Allow kms:Decrypt on arn:key/operations",
	}
	for _, name := range []string{"frontend", "worker"} {
		assert.Equal(t, exec, policy(t, graph, name+"-task-policy").all(), name)
	}
	want := map[string]string{
		"ListDocuments":    "Allow s3:ListBucket on arn:aws:s3:::documents",
		"UseDocuments":     "Allow [s3:AbortMultipartUpload s3:DeleteObject s3:GetObject s3:PutObject] on arn:aws:s3:::documents/*",
		"EncryptDocuments": "Allow [kms:Decrypt kms:GenerateDataKey] on arn:key/data if map[StringEquals:map[kms:ViaService:s3.ap-southeast-2.amazonaws.com]]",
		"SendMail":         "Allow [ses:SendEmail ses:SendRawEmail] on [arn:configuration-set arn:identity] if map[StringEquals:map[ses:FromAddress:noreply@flowcomply.com]]",
	}
	for sid, line := range exec {
		want[sid] = line
	}
	assert.Equal(t, want, policy(t, graph, "backend-task-policy").all())
}

func TestRoles_NoWildcardsWithoutAReason(t *testing.T) {
	// These actions have no resource level, or are asked for on * by the agent.
	everywhere := map[string]bool{"RegistryToken": true, "ExecChannel": true, "FindExecLog": true}
	graph, _ := declare(t, parse(t, two, third))
	for _, r := range graph.Of(policyType) {
		for sid, s := range policy(t, graph, r.Name) {
			for _, action := range list(s.Action) {
				assert.NotContains(t, action, "*", "%s %s", r.Name, sid)
			}
			for _, resource := range list(s.Resource) {
				assert.Equal(t, everywhere[sid], resource == "*", "%s %s", r.Name, sid)
			}
		}
	}
}

func TestRoles_AreTwoAndTrustedForThisAccountOnly(t *testing.T) {
	graph, _ := declare(t, parse(t, two))
	for _, r := range graph.Of(roleType) {
		assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
			"Condition": {
				"StringEquals": {"aws:SourceAccount": "123456789012"},
				"ArnLike": {"aws:SourceArn": "arn:aws:ecs:ap-southeast-2:123456789012:*"}
			}}]}`, r.Get("assumeRolePolicy").(string), r.Name)
		assert.Nil(t, r.Get("managedPolicyArns"), r.Name)
		assert.Nil(t, r.Get("inlinePolicies"), r.Name)
	}
	assert.Empty(t, graph.Of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
	task := graph.One(t, taskType, "backend-task")
	assert.NotEqual(t, task.Get("executionRoleArn"), task.Get("taskRoleArn"))
	assert.True(t, strings.HasSuffix(task.Get("taskRoleArn").(string), "backend-task-role"))
	assert.True(t, strings.HasSuffix(task.Get("executionRoleArn").(string), "backend-execution-role"))
}

// list is what a policy has as one value or several.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, one.(string))
		}
		return out
	default:
		return nil
	}
}
