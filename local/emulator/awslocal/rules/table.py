"""The table of what AWS refuses by meaning."""

from awslocal.rules import Rule, containers, data, databases, network, others

_AWS = "https://docs.aws.amazon.com/"
_ACM, _BUCKETS = _AWS + "acm/latest/APIReference/", _AWS + "AmazonS3/latest/userguide/"
_CACHE = _AWS + "AmazonElastiCache/latest/APIReference/"
_EC2, _ELB = _AWS + "AWSEC2/latest/APIReference/", _AWS + "elasticloadbalancing/latest/APIReference/"
_ECS, _ECS_GUIDE = _AWS + "AmazonECS/latest/APIReference/", _AWS + "AmazonECS/latest/developerguide/"
_KMS, _SECRETS = _AWS + "kms/latest/APIReference/", _AWS + "secretsmanager/latest/apireference/"
_RDS, _RDS_GUIDE = _AWS + "AmazonRDS/latest/APIReference/", _AWS + "AmazonRDS/latest/UserGuide/"
_DNS = _AWS + "Route53/latest/DeveloperGuide/ResourceRecordTypes.html"

CREATE, MODIFY = "rds:CreateDBInstance", "rds:ModifyDBInstance"
RESTORE, TO_MOMENT = "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"
BALANCER, RECORDS = "elbv2:CreateLoadBalancer", "route53:ChangeResourceRecordSets"
DEFINITION, SERVICE = "ecs:RegisterTaskDefinition", "ecs:CreateService"
COMBINATION, VALUE, IN_USE = "InvalidParameterCombination", "InvalidParameterValue", "DependencyViolation"

# fmt: off
TABLE: tuple[Rule, ...] = (
    # The network.
    Rule((BALANCER,), "InvalidSubnet", "https://github.com/openshift/installer/issues/1110", network.no_internet_gateway),
    Rule((BALANCER,), "ValidationError", _ELB + "API_CreateLoadBalancer.html", network.one_zone),
    Rule((BALANCER,), "InvalidConfigurationRequest", "https://github.com/dstackai/dstack/issues/3697", network.two_subnets_of_a_zone),
    Rule(("elbv2:CreateListener",), "DuplicateListener", _ELB + "API_CreateListener.html", network.port_is_taken),
    Rule(("elbv2:CreateListener",), "ValidationError", _ELB + "API_CreateListener.html", network.no_certificate),
    Rule(("ec2:DeleteSecurityGroup",), IN_USE, _EC2 + "API_DeleteSecurityGroup.html", network.group_in_use),
    Rule(("ec2:DeleteSubnet",), IN_USE, _EC2 + "errors-overview.html", network.subnet_in_use),
    Rule(("ec2:DetachInternetGateway",), IN_USE, _EC2 + "API_DetachInternetGateway.html", network.addresses_are_mapped),
    Rule(("ec2:ReleaseAddress",), "InvalidIPAddress.InUse", _EC2 + "errors-overview.html", network.address_in_use),
    Rule(("ec2:DeleteVpc",), IN_USE, _EC2 + "API_DeleteVpc.html", network.vpc_in_use),
    # Containers.
    Rule((DEFINITION,), "ClientException", _ECS_GUIDE + "task-cpu-memory-error.html", containers.no_such_size),
    Rule((DEFINITION,), "ClientException", _ECS_GUIDE + "fargate-tasks-services.html", containers.other_network),
    Rule((DEFINITION,), "ClientException", _ECS_GUIDE + "task_execution_IAM_role.html", containers.no_execution_role),
    Rule((SERVICE,), "InvalidParameterException", "https://github.com/hashicorp/terraform/issues/12634", containers.group_without_balancer),
    Rule((SERVICE,), "InvalidParameterException", _ECS + "API_LoadBalancer.html", containers.no_such_container),
    Rule(("ecs:DeleteCluster",), "ClusterContainsServicesException", _ECS + "API_DeleteCluster.html", containers.cluster_has_services),
    # Databases and caches.
    Rule(("rds:RebootDBInstance",), "InvalidDBInstanceState", _RDS + "API_RebootDBInstance.html", databases.busy),
    Rule(("rds:DeleteDBInstance",), "InvalidDBInstanceState", _RDS_GUIDE + "USER_DeleteInstance.html", databases.no_final_snapshot),
    Rule((TO_MOMENT,), "PointInTimeRestoreNotEnabled", _RDS + "API_RestoreDBInstanceToPointInTime.html", databases.no_backups),
    Rule((TO_MOMENT,), COMBINATION, _RDS + "API_RestoreDBInstanceToPointInTime.html", databases.both_moments),
    Rule((CREATE,), VALUE, _RDS + "API_CreateDBInstance.html", databases.size),
    Rule((CREATE, MODIFY, RESTORE, TO_MOMENT), COMBINATION, _RDS_GUIDE + "CHAP_Storage.html#gp3-storage", databases.speed),
    Rule((MODIFY,), COMBINATION, _RDS_GUIDE + "USER_PIOPS.Autoscaling.html", databases.shrinks),
    Rule((MODIFY,), COMBINATION, _RDS_GUIDE + "USER_PIOPS.ModifyingExisting.html", databases.still_optimizing),
    Rule((CREATE, MODIFY, TO_MOMENT), VALUE, _RDS + "API_CreateDBInstance.html", databases.retention),
    Rule((CREATE, MODIFY), VALUE, _RDS + "API_CreateDBInstance.html", databases.password),
    Rule(("rds:CreateDBSubnetGroup", "rds:ModifyDBSubnetGroup"), "DBSubnetGroupDoesNotCoverEnoughAZs",
         _RDS + "API_CreateDBSubnetGroup.html", databases.subnets_of_one_zone),
    Rule(("rds:CreateDBSnapshot", "rds:CopyDBSnapshot"), "SnapshotQuotaExceeded", _RDS_GUIDE + "CHAP_Limits.html", databases.too_many_snapshots),
    Rule(("elasticache:CreateReplicationGroup",), COMBINATION, _CACHE + "API_CreateReplicationGroup.html", databases.nothing_to_fail_over_to),
    # Keys, secrets, buckets, logs.
    Rule(data.OF_A_LIVING_KEY, "KMSInvalidStateException", _AWS + "kms/latest/developerguide/key-state.html", data.key_is_to_be_deleted),
    Rule(data.OF_AN_ENABLED_KEY, "DisabledException", _AWS + "kms/latest/developerguide/key-state.html", data.key_is_disabled),
    Rule(("kms:CreateKey", "kms:PutKeyPolicy"), "MalformedPolicyDocumentException", _KMS + "API_PutKeyPolicy.html", data.locked_out),
    Rule(("secretsmanager:CreateSecret",), "InvalidRequestException", _SECRETS + "API_CreateSecret.html", data.name_is_to_be_deleted),
    Rule(("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"), "InvalidRequestException",
         _SECRETS + "API_PutSecretValue.html", data.secret_is_to_be_deleted),
    Rule(("s3:CreateBucket",), "InvalidBucketName", _BUCKETS + "bucketnamingrules.html", data.no_bucket_name),
    Rule(("s3:PutBucketPolicy",), "AccessDenied", _BUCKETS + "access-control-block-public-access.html", data.public_policy, 403),
    Rule(("logs:PutRetentionPolicy",), "InvalidParameterException",
         _AWS + "AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html", data.no_such_retention),
    # Names, certificates, firewalls, mail, roles.
    Rule((RECORDS,), "InvalidChangeBatch", _DNS + "#CNAMEFormat", others.alias_at_the_apex),
    Rule((RECORDS,), "InvalidChangeBatch", _DNS + "#CNAMEFormat", others.alias_beside_others),
    Rule((RECORDS,), "InvalidChangeBatch", _DNS + "#TXTFormat", others.text_without_quotes),
    Rule(("acm:DeleteCertificate",), "ResourceInUseException", _ACM + "API_DeleteCertificate.html", others.certificate_in_use),
    Rule(("wafv2:DeleteWebACL",), "WAFAssociatedItemException", _AWS + "waf/latest/APIReference/API_DeleteWebACL.html", others.firewall_in_use),
    Rule(("ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail", "sesv2:SendEmail"), "MessageRejected",
         _AWS + "ses/latest/dg/request-production-access.html", others.recipient_not_verified),
    Rule(("iam:PutRolePolicy",), "LimitExceeded", _AWS + "IAM/latest/UserGuide/reference_iam-quotas.html", others.role_is_full),
)
# fmt: on
