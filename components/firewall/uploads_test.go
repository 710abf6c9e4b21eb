package firewall_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/record"
)

// These tests prove which rules count and what the rule of ours asks for. They do not prove that WAF's labels are spelt so: AWS
// documents them, and the emulator inspects nothing.

func counted(names ...string) []any {
	var out []any
	for _, name := range names {
		out = append(out, map[string]any{"name": name, "actionToUse": map[string]any{"count": map[string]any{}}})
	}
	return out
}

func labelled(rule string) map[string]any {
	return map[string]any{"labelMatchStatement": map[string]any{"scope": "LABEL", "key": "awswaf:managed:aws:core-rule-set:" + rule}}
}

func below(path string) map[string]any {
	return map[string]any{"byteMatchStatement": map[string]any{
		"fieldToMatch": map[string]any{"uriPath": map[string]any{}}, "positionalConstraint": "STARTS_WITH", "searchString": path,
		"textTransformations": []any{map[string]any{"priority": 0.0, "type": "URL_DECODE"}, map[string]any{"priority": 1.0, "type": "NORMALIZE_PATH"}},
	}}
}

func or(statements ...any) map[string]any {
	return map[string]any{"orStatement": map[string]any{"statements": statements}}
}

func not(statement any) map[string]any {
	return map[string]any{"notStatement": map[string]any{"statements": []any{statement}}}
}

func rulesWith(t *testing.T, change func(*firewall.Spec)) []any {
	t.Helper()
	uploading := firewall.Spec{LogDays: 365}
	change(&uploading)
	require.NoError(t, uploading.Validate())
	rules, ok := record.Run(t, program(uploading, validArgs())).One(t, aclType, "firewall").Get("rules").([]any)
	require.True(t, ok)
	return rules
}

// blocks is the rule that stops attacks in bodies, with what it asks.
func blocks(statements ...any) map[string]any {
	return map[string]any{
		"name": "body-attacks", "priority": 50.0, "action": map[string]any{"block": map[string]any{}},
		"statement": map[string]any{"andStatement": map[string]any{"statements": statements}}, "visibilityConfig": visible("flowcomply-production-body-attacks"),
	}
}

func TestUploads_AttacksInBodiesAreBlockedElsewhere(t *testing.T) {
	rules := rulesWith(t, func(s *firewall.Spec) {
		s.CountOnly, s.UploadPaths = []string{"SizeRestrictions_BODY"}, []string{"/api/documents", "/api/evidence"}
	})
	require.Len(t, rules, 5)
	assert.Equal(t, managed("common-attacks", 40, "AWSManagedRulesCommonRuleSet", counted(
		"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY")), rules[3])
	assert.Equal(t, blocks(
		or(labelled("CrossSiteScripting_Body"), labelled("EC2MetaDataSSRF_Body"), labelled("GenericLFI_Body"), labelled("GenericRFI_Body")),
		not(or(below("/api/documents"), below("/api/evidence"))),
	), rules[4])
}

// What the operator has told to count only is not blocked by its label, and WAF takes no "or" of one.
func TestUploads_LeaveAloneWhatCountsAnyway(t *testing.T) {
	rules := rulesWith(t, func(s *firewall.Spec) {
		s.CountOnly, s.UploadPaths = []string{"GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY"}, []string{"/api/documents"}
	})
	require.Len(t, rules, 5)
	assert.Equal(t, blocks(labelled("CrossSiteScripting_Body"), not(below("/api/documents"))), rules[4])

	rules = rulesWith(t, func(s *firewall.Spec) {
		s.CountOnly = []string{"GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY", "CrossSiteScripting_BODY"}
		s.UploadPaths = []string{"/api/documents"}
	})
	assert.Len(t, rules, 4, "nothing is left to block")
}
