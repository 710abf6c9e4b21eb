package iampolicy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// These tests prove the text that is written. Whether AWS grants what was meant, they do not.

func TestDocument_IsCanonical(t *testing.T) {
	got := Document(Statement{
		Sid: "Read", Actions: []string{"s3:PutObject", "s3:GetObject"}, Resources: []string{"arn:aws:s3:::b/*"},
		Conditions: Conditions{"Bool": {"aws:SecureTransport": {"true"}}},
	})
	assert.Equal(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],`+
		`"Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`, got)
}

func TestDocument_OrderOfActionsDoesNotMatter(t *testing.T) {
	one := Document(Statement{Actions: []string{"a:X", "a:Y"}, Resources: []string{"r1", "r2"}})
	two := Document(Statement{Actions: []string{"a:Y", "a:X"}, Resources: []string{"r2", "r1"}})
	assert.Equal(t, one, two)
}

func TestDocument_RefusesAStatementWithoutAction(t *testing.T) {
	assert.PanicsWithValue(t, `iampolicy: statement "empty" has no action`, func() { Document(Statement{Sid: "empty"}) })
}

func TestAssume_IsNarrowedToTheAccountAndSource(t *testing.T) {
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},
		"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},
		"ArnLike":{"aws:SourceArn":"arn:aws:ecs:ap-southeast-2:123456789012:*"}}}]}`,
		Assume("ecs-tasks.amazonaws.com", "123456789012", "arn:aws:ecs:ap-southeast-2:123456789012:*"))
}

func TestPrincipals_AnyoneAndDeny(t *testing.T) {
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["a","b"]}]}`,
		Document(Statement{Effect: Deny, Principals: Principals{Anyone: true}, Actions: []string{"s3:*"}, Resources: []string{"b", "a"}}))
}
