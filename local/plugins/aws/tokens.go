package aws

// resources maps the official plugin's resource types to the Terraform provider's. A test holds it against the
// official SDK: a type that the program uses and this table lacks fails there by name.
var resources = map[string]string{
	"aws:acm/certificate:Certificate":                     "aws_acm_certificate",
	"aws:acm/certificateValidation:CertificateValidation": "aws_acm_certificate_validation",

	"aws:appautoscaling/policy:Policy": "aws_appautoscaling_policy",
	"aws:appautoscaling/target:Target": "aws_appautoscaling_target",

	"aws:budgets/budget:Budget": "aws_budgets_budget",

	"aws:cloudwatch/compositeAlarm:CompositeAlarm":       "aws_cloudwatch_composite_alarm",
	"aws:cloudwatch/dashboard:Dashboard":                 "aws_cloudwatch_dashboard",
	"aws:cloudwatch/eventRule:EventRule":                 "aws_cloudwatch_event_rule",
	"aws:cloudwatch/eventTarget:EventTarget":             "aws_cloudwatch_event_target",
	"aws:cloudwatch/logGroup:LogGroup":                   "aws_cloudwatch_log_group",
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":     "aws_cloudwatch_log_metric_filter",
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "aws_cloudwatch_log_resource_policy",
	"aws:cloudwatch/metricAlarm:MetricAlarm":             "aws_cloudwatch_metric_alarm",

	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":       "aws_default_network_acl",
	"aws:ec2/defaultRouteTable:DefaultRouteTable":       "aws_default_route_table",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "aws_default_security_group",
	"aws:ec2/eip:Eip":                                           "aws_eip",
	"aws:ec2/flowLog:FlowLog":                                   "aws_flow_log",
	"aws:ec2/internetGateway:InternetGateway":                   "aws_internet_gateway",
	"aws:ec2/natGateway:NatGateway":                             "aws_nat_gateway",
	"aws:ec2/networkAcl:NetworkAcl":                             "aws_network_acl",
	"aws:ec2/route:Route":                                       "aws_route",
	"aws:ec2/routeTable:RouteTable":                             "aws_route_table",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       "aws_route_table_association",
	"aws:ec2/securityGroup:SecurityGroup":                       "aws_security_group",
	"aws:ec2/subnet:Subnet":                                     "aws_subnet",
	"aws:ec2/vpc:Vpc":                                           "aws_vpc",
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           "aws_vpc_endpoint",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   "aws_vpc_security_group_egress_rule",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",

	"aws:ecr/lifecyclePolicy:LifecyclePolicy":   "aws_ecr_lifecycle_policy",
	"aws:ecr/repository:Repository":             "aws_ecr_repository",
	"aws:ecr/repositoryPolicy:RepositoryPolicy": "aws_ecr_repository_policy",

	"aws:ecs/cluster:Cluster":                                   "aws_ecs_cluster",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "aws_ecs_cluster_capacity_providers",
	"aws:ecs/service:Service":                                   "aws_ecs_service",
	"aws:ecs/taskDefinition:TaskDefinition":                     "aws_ecs_task_definition",

	"aws:elasticache/parameterGroup:ParameterGroup":     "aws_elasticache_parameter_group",
	"aws:elasticache/replicationGroup:ReplicationGroup": "aws_elasticache_replication_group",
	"aws:elasticache/subnetGroup:SubnetGroup":           "aws_elasticache_subnet_group",

	"aws:iam/policy:Policy":                             "aws_iam_policy",
	"aws:iam/role:Role":                                 "aws_iam_role",
	"aws:iam/rolePolicy:RolePolicy":                     "aws_iam_role_policy",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",

	"aws:kms/alias:Alias":         "aws_kms_alias",
	"aws:kms/key:Key":             "aws_kms_key",
	"aws:kms/keyPolicy:KeyPolicy": "aws_kms_key_policy",

	"aws:lb/listener:Listener":         "aws_lb_listener",
	"aws:lb/listenerRule:ListenerRule": "aws_lb_listener_rule",
	"aws:lb/loadBalancer:LoadBalancer": "aws_lb",
	"aws:lb/targetGroup:TargetGroup":   "aws_lb_target_group",

	"aws:rds/eventSubscription:EventSubscription": "aws_db_event_subscription",
	"aws:rds/instance:Instance":                   "aws_db_instance",
	"aws:rds/parameterGroup:ParameterGroup":       "aws_db_parameter_group",
	"aws:rds/subnetGroup:SubnetGroup":             "aws_db_subnet_group",

	"aws:route53/record:Record": "aws_route53_record",
	"aws:route53/zone:Zone":     "aws_route53_zone",

	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       "aws_s3_bucket_lifecycle_configuration",
	"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     "aws_s3_bucket_logging",
	"aws:s3/bucketNotification:BucketNotification":                                               "aws_s3_bucket_notification",
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     "aws_s3_bucket_ownership_controls",
	"aws:s3/bucketPolicy:BucketPolicy":                                                           "aws_s3_bucket_policy",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     "aws_s3_bucket_public_access_block",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "aws_s3_bucket_server_side_encryption_configuration",
	"aws:s3/bucketV2:BucketV2":                                                                   "aws_s3_bucket",
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               "aws_s3_bucket_versioning",

	"aws:secretsmanager/secret:Secret":               "aws_secretsmanager_secret",
	"aws:secretsmanager/secretPolicy:SecretPolicy":   "aws_secretsmanager_secret_policy",
	"aws:secretsmanager/secretVersion:SecretVersion": "aws_secretsmanager_secret_version",

	"aws:ses/configurationSet:ConfigurationSet":                     "aws_ses_configuration_set",
	"aws:ses/domainDkim:DomainDkim":                                 "aws_ses_domain_dkim",
	"aws:ses/domainIdentity:DomainIdentity":                         "aws_ses_domain_identity",
	"aws:ses/domainIdentityVerification:DomainIdentityVerification": "aws_ses_domain_identity_verification",
	"aws:ses/eventDestination:EventDestination":                     "aws_ses_event_destination",
	"aws:ses/mailFrom:MailFrom":                                     "aws_ses_domain_mail_from",

	"aws:sns/topic:Topic":                         "aws_sns_topic",
	"aws:sns/topicPolicy:TopicPolicy":             "aws_sns_topic_policy",
	"aws:sns/topicSubscription:TopicSubscription": "aws_sns_topic_subscription",

	"aws:wafv2/webAcl:WebAcl":                                         "aws_wafv2_web_acl",
	"aws:wafv2/webAclAssociation:WebAclAssociation":                   "aws_wafv2_web_acl_association",
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "aws_wafv2_web_acl_logging_configuration",
}

// functions maps the official plugin's data sources to the bridge's tokens.
var functions = map[string]string{
	"aws:ecr/getAuthorizationToken:getAuthorizationToken": "aws:index/getEcrAuthorizationToken:getEcrAuthorizationToken",
	"aws:ecr/getImage:getImage":                           "aws:index/getEcrImage:getEcrImage",
	"aws:index/getCallerIdentity:getCallerIdentity":       "aws:index/getCallerIdentity:getCallerIdentity",
	"aws:route53/getZone:getZone":                         "aws:index/getRoute53Zone:getRoute53Zone",
}

// shapes holds the property differences. The end-to-end tests compare the official SDK and the bridge property by
// property, nested ones included; these are all there are among the types that the program uses.
var shapes = map[string]shape{
	"aws:cloudwatch/metricAlarm:MetricAlarm":            {rename: map[string]string{"name": "alarmName"}},
	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":       {rename: rules},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {rename: rules},
	"aws:ec2/securityGroup:SecurityGroup":               {rename: rules},
	"aws:sns/topicSubscription:TopicSubscription":       {rename: map[string]string{"topic": "topicArn"}},
	"aws:route53/record:Record": {
		rename: map[string]string{
			"aliases": "alias", "failoverRoutingPolicies": "failoverRoutingPolicy", "geolocationRoutingPolicies": "geolocationRoutingPolicy",
			"latencyRoutingPolicies": "latencyRoutingPolicy", "weightedRoutingPolicies": "weightedRoutingPolicy",
		},
		single: []string{"aliases", "failoverRoutingPolicies", "geolocationRoutingPolicies", "latencyRoutingPolicies", "weightedRoutingPolicies"},
	},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {
		rename: map[string]string{
			"rules.abortIncompleteMultipartUpload": "abortIncompleteMultipartUploads", "rules.expiration": "expirations",
			"rules.filter": "filters", "rules.filter.and": "ands", "rules.filter.tag": "tags",
			"rules.noncurrentVersionExpiration": "noncurrentVersionExpirations",
		},
		listed: []string{
			"rules.abortIncompleteMultipartUpload", "rules.expiration", "rules.filter", "rules.filter.and", "rules.filter.tag",
			"rules.noncurrentVersionExpiration",
		},
	},
}

var rules = map[string]string{"ingress": "ingresses", "egress": "egresses"}
