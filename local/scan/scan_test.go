package scan

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests judge nine findings that Prowler wrote of production, with what nothing reads left out. That Prowler is
// installed, reaches the emulated AWS and finds what docs/controls.md has, `make scan` proves.

func recorded(t *testing.T) []Finding {
	t.Helper()
	file, err := os.Open("testdata/prowler-5.46.0.ocsf.json")
	require.NoError(t, err)
	defer file.Close()
	findings, err := Read(file)
	require.NoError(t, err)
	return findings
}

func TestRead_WhatProwlerWrote(t *testing.T) {
	findings := recorded(t)
	require.Len(t, findings, 9)
	assert.Equal(t, "rds_instance_non_default_port", findings[0].Check)
	assert.Equal(t, "FAIL", findings[0].Status)
	assert.Equal(t, "arn:aws:rds:ap-southeast-2:210987654321:db:flowcomply-production", findings[0].Resource)
	assert.Equal(t, "RDS Instance flowcomply-production is using the default port 5432 for postgres.", findings[0].Said)
	assert.NotEmpty(t, findings[0].Remedy)
}

func TestRead_RefusesWhatTellsNothing(t *testing.T) {
	for text, why := range map[string]string{
		``:   "want a JSON array of findings",
		`{}`: "want a JSON array of findings",
		`[]`: "it reached nothing",
		`[{"status_code": "MUTED", "metadata": {"event_code": "a"}, "resources": [{"uid": "r"}]}]`: `status "MUTED" is none of`,
		`[{"status_code": "PASS", "metadata": {}, "resources": [{"uid": "r"}]}]`:                   "want one check and one resource",
		`[{"status_code": "PASS", "metadata": {"event_code": "a"}, "resources": []}]`:              "want one check and one resource",
	} {
		_, err := Read(strings.NewReader(text))
		assert.ErrorContains(t, err, why, text)
	}
}

// decided are the exceptions under which every recorded failure is decided.
func decided() []Row {
	return []Row{
		{"RDS.23 port", "why", "platform", []Exception{{Check: "rds_instance_non_default_port"}}},
		{"S3.9 logs", "why", "platform", []Exception{
			{Check: "s3_bucket_server_access_logging_enabled", Resource: "arn:aws:s3:::flowcomply-logs-*"},
			{Check: "s3_bucket_server_access_logging_enabled", Resource: "arn:aws:s3:::flowcomply-pulumi-*"},
		}},
		{"106 events", "why", "platform", []Exception{
			{Check: "rds_instance_critical_event_subscription", OnePasses: true}, {Check: "rds_instance_event_subscription_security_groups"},
		}},
	}
}

func TestJudge_IsContentWhereTableAndFindingsAgree(t *testing.T) {
	verdict := Judge(recorded(t), decided())
	require.NoError(t, verdict.Err())
	assert.Equal(t, 3, verdict.Passed)
	assert.Equal(t, 5, verdict.Checks)
	assert.Equal(t, []string{"account_security_questions_are_registered_in_the_aws_account"}, verdict.Manual)
	var out bytes.Buffer
	require.NoError(t, verdict.Write(&out))
	assert.Equal(t, `5 checks. Resources that passed: 3; that failed and are decided: 5; that failed and are not: 0.

Decided, with the exception of docs/controls.md:
    1  rds_instance_non_default_port: RDS.23 port (platform)
    1  s3_bucket_server_access_logging_enabled arn:aws:s3:::flowcomply-logs-*: S3.9 logs (platform)
    1  s3_bucket_server_access_logging_enabled arn:aws:s3:::flowcomply-pulumi-*: S3.9 logs (platform)
    1  rds_instance_critical_event_subscription one-passes: 106 events (platform)
    1  rds_instance_event_subscription_security_groups: 106 events (platform)

Only a person can tell: account_security_questions_are_registered_in_the_aws_account
`, out.String())
}

func TestJudge_FailsWhereTheyDiffer(t *testing.T) {
	without := func(check string) (rows []Row) {
		for _, row := range decided() {
			var kept []Exception
			for _, one := range row.Accepts {
				if !strings.HasPrefix(one.String(), check) {
					kept = append(kept, one)
				}
			}
			row.Accepts = kept
			rows = append(rows, row)
		}
		return rows
	}
	for name, row := range map[string]struct {
		rows []Row
		said string
	}{
		"a check that no row has":        {without("rds_instance_non_default_port"), "is using the default port 5432"},
		"a resource that no row has":     {without("s3_bucket_server_access_logging_enabled arn:aws:s3:::flowcomply-pulumi"), "arn:aws:s3:::flowcomply-pulumi-210987654321"},
		"one has to pass, and none does": {append(without("rds_instance_event"), Row{"x", "y", "z", []Exception{{Check: "rds_instance_event_subscription_security_groups", OnePasses: true}}}), "security group event categories"},
		"a row of which nothing fails":   {append(decided(), Row{"EC2.7 volumes", "y", "z", []Exception{{Check: "ec2_ebs_default_encryption"}}}), `ec2_ebs_default_encryption, of "EC2.7 volumes"`},
		"a check that passes":            {append(decided(), Row{"RDS.5 standby", "y", "z", []Exception{{Check: "rds_instance_multi_az"}}}), `rds_instance_multi_az, of "RDS.5 standby"`},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := Judge(recorded(t), row.rows)
			require.ErrorContains(t, verdict.Err(), "the scanner's findings and docs/controls.md differ")
			var out bytes.Buffer
			require.NoError(t, verdict.Write(&out))
			assert.Contains(t, out.String(), row.said)
			assert.Contains(t, out.String(), "`make golden`")
		})
	}
}

func TestWrite_AdvisesOnceForACheck(t *testing.T) {
	verdict := Verdict{Undecided: []Finding{
		{Check: "a", Resource: "bucket-a", Said: "bucket-a is open", Remedy: "Close\n\nit."}, {Check: "a", Resource: "bucket-b", Said: "bucket-b is open", Remedy: "Close\n\nit."},
	}}
	var out bytes.Buffer
	require.NoError(t, verdict.Write(&out))
	lines := []string{"", "  a", "    Prowler advises: Close it.", "    bucket-a", "      bucket-a is open", "    bucket-b", "      bucket-b is open", ""}
	assert.Contains(t, out.String(), strings.Join(lines, "\n"))
}

func TestRows_ReadsTheRealPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/controls.md")
	require.NoError(t, err)
	rows, err := Rows(string(page))
	require.NoError(t, err)
	accepted := map[string]Row{}
	for _, row := range rows {
		for _, one := range row.Accepts {
			accepted[one.String()] = row
		}
	}
	assert.Equal(t, "RDS.23 another port than the default", accepted["rds_instance_non_default_port"].Control)
	assert.Equal(t, "account", accepted["guardduty_is_enabled"].Owner)
	assert.Contains(t, accepted, "s3_bucket_kms_encryption arn:aws:s3:::flowcomply-logs-*")
	assert.Contains(t, accepted, "rds_instance_critical_event_subscription one-passes")
}

func TestRows_TakesNothingElse(t *testing.T) {
	page := func(rows ...string) string {
		return "# Controls\n\n" + header + "\n| --- | --- | --- | --- |\n" + strings.Join(rows, "\n") + "\n"
	}
	for text, why := range map[string]string{
		"# Controls\n":                                                     "has no table that begins with",
		page("| a | b | c | – |"):                                          "no exception has a check",
		page("| a | b | `check_one` |"):                                    "want 4 cells, found 3",
		page("| a |  | c | `check_one` |"):                                 "has a control, a reason and an owner",
		page("| a | b | c | check_one |"):                                  "want `check` or `check resource`, found check_one",
		page("| a | b | c | `check_one` `check_two` |"):                    "want `check` or `check resource`",
		page("| a | b | c | `check_one` |", "| d | e | f | `check_one` |"): `check_one is accepted by "a" and by "d"`,
	} {
		_, err := Rows(text)
		assert.ErrorContains(t, err, why, text)
	}
}

func TestUnseen_NamesServicesOnce(t *testing.T) {
	const line = "2026-11-30 05:23:17,294 [File: x.py:62] 	[Module: x]	 ERROR: ap-southeast-2 -- ClientError[46]: An error occurred " +
		"(EmulatorNotImplemented) when calling the Get operation: "
	log := line + "waf:ListWebACLs is not emulated: no such path\n" + line + "access-analyzer:unknown is not emulated: no such service\n" +
		line + "waf:GetRule is not emulated\n" +
		"ERROR: An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist\n"
	assert.Equal(t, []string{"access-analyzer", "waf"}, Unseen(log))
	assert.Empty(t, Unseen(""))
}
