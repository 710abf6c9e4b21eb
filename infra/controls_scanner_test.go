package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// `make scan` holds what Prowler finds against the column of docs/controls.md that is written from here. It fails where a
// finding has no row, and where a row has no finding any more.

// scanned maps the number of a control that is open to the checks of Prowler's that fail for it. Behind a check may stand
// which ARNs it is about, * being anything; or "one-passes": any, as long as another resource passes the same check.
var scanned = map[int][]string{
	43: {"rds_instance_non_default_port"},
	45: {"rds_instance_protected_by_backup_plan"},
	59: {"s3_bucket_server_access_logging_enabled arn:aws:s3:::flowcomply-logs-*"},
	63: {"s3_bucket_kms_encryption arn:aws:s3:::flowcomply-logs-*"},
	65: {
		"s3_bucket_event_notifications_enabled arn:aws:s3:::flowcomply-documents-*",
		"s3_bucket_event_notifications_enabled arn:aws:s3:::flowcomply-logs-*",
	},
	66: {"secretsmanager_automatic_rotation_enabled", "secretsmanager_secret_rotated_periodically"},
	76: {"cloudwatch_log_group_retention_policy_specific_days_enabled arn:aws:logs:*:log-group:/aws/ecs/containerinsights/*"},
	85: {"vpc_endpoint_for_ec2_enabled"},
	93: {"route53_public_hosted_zones_cloudwatch_logging_enabled"},
	96: {
		"cloudtrail_multi_region_enabled", "cloudtrail_multi_region_enabled_logging_management_events",
		"cloudtrail_s3_dataevents_read_enabled", "cloudtrail_s3_dataevents_write_enabled",
	},
	97: {
		"backup_vaults_exist", "config_delegated_admin_and_org_aggregator_all_regions", "config_recorder_all_regions_enabled",
		"ecr_registry_enhanced_scanning_enabled", "ecr_registry_scan_images_on_push_enabled",
		"guardduty_delegated_admin_enabled_all_regions", "guardduty_is_enabled", "macie_is_enabled", "resourceexplorer2_indexes_found",
		"securityhub_delegated_admin_enabled_all_regions", "securityhub_enabled",
	},
	98: {
		"account_maintain_different_contact_details_to_security_billing_and_operations", "iam_check_saml_providers_sts",
		"iam_password_policy_expires_passwords_within_90_days_or_less", "iam_password_policy_lowercase",
		"iam_password_policy_minimum_length_14", "iam_password_policy_number", "iam_password_policy_reuse_24",
		"iam_password_policy_symbol", "iam_password_policy_uppercase", "iam_securityaudit_role_created", "iam_support_role_created",
		"trustedadvisor_premium_support_plan_subscribed",
	},
	99: {
		"cloudwatch_changes_to_network_acls_alarm_configured", "cloudwatch_changes_to_network_gateways_alarm_configured",
		"cloudwatch_changes_to_network_route_tables_alarm_configured", "cloudwatch_changes_to_vpcs_alarm_configured",
		"cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled",
		"cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled",
		"cloudwatch_log_metric_filter_authentication_failures", "cloudwatch_log_metric_filter_aws_organizations_changes",
		"cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
		"cloudwatch_log_metric_filter_for_s3_bucket_policy_changes", "cloudwatch_log_metric_filter_policy_changes",
		"cloudwatch_log_metric_filter_root_usage", "cloudwatch_log_metric_filter_security_group_changes",
		"cloudwatch_log_metric_filter_sign_in_without_mfa", "cloudwatch_log_metric_filter_unauthorized_api_calls",
	},
	100: {
		"fms_policy_compliant", "organizations_account_part_of_organizations", "organizations_opt_out_ai_services_policy",
		"organizations_scp_check_deny_regions", "organizations_tags_policies_enabled_and_attached",
	},
	101: {
		"bedrock_model_invocation_logging_enabled", "cloudtrail_bedrock_logging_enabled", "sagemaker_clarify_exists",
		"sagemaker_models_monitor_enabled", "sagemaker_models_registry_in_use", "ssmincidents_enabled_with_plans",
	},
	102: {
		"ec2_networkacl_allow_ingress_any_port one-passes", "ec2_networkacl_allow_ingress_tcp_port_22 one-passes",
		"ec2_networkacl_allow_ingress_tcp_port_3389 one-passes",
	},
	103: {"networkfirewall_in_all_vpc"},
	104: {"vpc_different_regions"},
	105: {"elbv2_listener_fips_tls_enabled"},
	106: {
		"rds_instance_critical_event_subscription one-passes", "rds_instance_event_subscription_parameter_groups one-passes",
		"rds_instance_event_subscription_security_groups",
	},
	107: {"s3_bucket_cross_region_replication"},
	108: {"s3_bucket_object_lock"},
	109: {"s3_bucket_no_mfa_delete"},
	110: {
		"s3_bucket_event_notifications_enabled arn:aws:s3:::flowcomply-pulumi-*",
		"s3_bucket_kms_encryption arn:aws:s3:::flowcomply-pulumi-*",
		"s3_bucket_server_access_logging_enabled arn:aws:s3:::flowcomply-pulumi-*",
	},
	111: {"secretsmanager_has_restrictive_resource_policy"},
}

// scannerControls are what Prowler asks for beyond the controls above.
var scannerControls = []control{
	{
		number: 99, id: "CloudWatch.1 to CloudWatch.14", demand: "alarms on what a trail records: logins, policies, keys, networks", where: "account",
		open: "they read the log of the account's trail (CloudTrail.1)", owner: "account",
	},
	{
		number: 100, demand: "the account is in an organization, with its policies", where: "account",
		open: "an organization is above the account, and the emulated AWS has none", owner: "account",
	},
	{
		number: 101, demand: "Bedrock, SageMaker and Incident Manager are recorded and prepared", where: "account",
		open: "the stack uses none of them: the application calls Anthropic's own API, and incidents go to PagerDuty", owner: "account",
	},
	{
		number: 102, demand: "the account's default VPC is closed or gone", where: "account",
		open: "the stack uses nothing of it, and another may; the network ACLs of the stack's own VPC pass (EC2.21)", owner: "account",
	},
	{
		number: 103, demand: "a network firewall reads what leaves the VPC", where: "network",
		open: "security groups limit it by port and AWS is reached by private endpoints; a firewall endpoint in each zone, and whom the application may call, is not decided", owner: "platform",
	},
	{
		number: 104, demand: "networks in two regions", where: "account",
		open: "the runbook has one region; what outlives it are copies, which are the account's to make (RDS.26)", owner: "account",
	},
	{
		number: 105, demand: "TLS by modules validated for FIPS 140", where: "loadbalancer",
		open: "asked for US federal data, of which there is none; the policy is chosen for its protocols and key exchange (ELB.17)", owner: "platform",
	},
	{
		number: 106, demand: "each subscription of RDS's events is to every kind of event", where: "database",
		open: "a subscription has one kind of source, so each is to its own (RDS.20, RDS.21); Prowler asks every one of them for all, and of security groups of RDS, which only networks before VPC had", owner: "platform",
	},
	{
		number: 107, id: "S3.7", demand: "buckets are copied to another region", where: "bucket",
		open: "earlier versions undo a deletion, and the documents stay in the region; copies elsewhere are the account's plan to make (RDS.26)", owner: "account",
	},
	{
		number: 108, id: "S3.15", demand: "objects are locked", where: "bucket",
		open: "a customer's documents have to be deletable; an earlier version is kept for as long as the lifecycle says", owner: "platform",
	},
	{
		number: 109, id: "S3.20", demand: "a version is deleted with a second factor only", where: "bucket",
		open: "only the account's root user can ask for it, with a device at hand", owner: "account",
	},
	{
		number: 110, demand: "the bucket of Pulumi's state is logged and has our key", where: "release/bootstrap",
		open: "it is there before anything that could take its logs; secrets in a state are encrypted with our key before S3 sees them. Who reads it is for the account's trail (CloudTrail.1) to record", owner: "account",
	},
	{
		number: 111, demand: "a secret's own policy names who may read it", where: "secret",
		open: "it denies other accounts; within the account the roles' policies decide, as tested (KMS.1). A denial of all but named roles locks out who has to mend it", owner: "platform",
	},
}

var scannerEntry = regexp.MustCompile(`^[a-z0-9_]+( (one-passes|arn:[^ ` + "`" + `|,]+))?$`)

// accepted is the cell of the control's checks.
func (c control) accepted() string {
	checks := scanned[c.number]
	if len(checks) == 0 {
		return dash("")
	}
	return "`" + strings.Join(checks, "`, `") + "`"
}

func TestScanned_IsOfControlsThatAreOpen(t *testing.T) {
	all := controls()
	for number, checks := range scanned {
		require.LessOrEqual(t, number, len(all))
		assert.NotEmpty(t, all[number-1].open, "%s: what Prowler finds is accepted, and no reason given", all[number-1].name())
		assert.NotEmpty(t, checks, all[number-1].name())
		for _, check := range checks {
			assert.Regexp(t, scannerEntry, check, all[number-1].name())
		}
	}
	for _, one := range scannerControls {
		assert.NotEmpty(t, scanned[one.number], "%s: is there for Prowler's sake, which finds nothing", one.name())
	}
}
