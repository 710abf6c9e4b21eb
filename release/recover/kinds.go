package recovery

// in one security group, a rule is what it lets through.
var ruleParts = []string{
	"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "description",
}

// kinds are the types of this program; a test holds that none is missing. What reading does not give back was measured by
// adopting every resource of a stack at once (docs/decisions/0023).
var kinds = map[string]kind{
	"aws:acm/certificate:Certificate":                     {tagged: "acm:certificate/", idOfARN: "$ARN", same: []string{"domainName"}},
	"aws:acm/certificateValidation:CertificateValidation": {again: waits},

	"aws:appautoscaling/policy:Policy": {id: "$serviceNamespace/$resourceId/$scalableDimension/$name"},
	"aws:appautoscaling/target:Target": {id: "$serviceNamespace/$resourceId/$scalableDimension"},
	"aws:budgets/budget:Budget":        {id: "$account:$name"},

	"aws:cloudwatch/dashboard:Dashboard":             {id: "$dashboardName"},
	"aws:cloudwatch/eventRule:EventRule":             {id: "$name"},
	"aws:cloudwatch/eventTarget:EventTarget":         {id: "$rule/$targetId"},
	"aws:cloudwatch/logGroup:LogGroup":               {id: "$name"},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter": {id: "$logGroupName:$name"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":         {id: "$name"},

	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":       {again: takesOver},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {again: takesOver},
	"aws:ec2/eip:Eip":                         {tagged: "ec2:elastic-ip/"},
	"aws:ec2/flowLog:FlowLog":                 {tagged: "ec2:vpc-flow-log/"},
	"aws:ec2/internetGateway:InternetGateway": {tagged: "ec2:internet-gateway/"},
	"aws:ec2/natGateway:NatGateway":           {tagged: "ec2:natgateway/", same: []string{"subnetId"}},
	"aws:ec2/route:Route": {
		id: "${routeTableId}_${destinationCidrBlock} | ${routeTableId}_${destinationIpv6CidrBlock} | ${routeTableId}_${destinationPrefixListId}",
	},
	"aws:ec2/routeTable:RouteTable":                             {tagged: "ec2:route-table/", same: []string{"vpcId"}},
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       {id: "$subnetId/$routeTableId"},
	"aws:ec2/securityGroup:SecurityGroup":                       {tagged: "ec2:security-group/", same: []string{"name", "vpcId"}},
	"aws:ec2/subnet:Subnet":                                     {tagged: "ec2:subnet/", same: []string{"vpcId", "cidrBlock"}},
	"aws:ec2/vpc:Vpc":                                           {tagged: "ec2:vpc/", same: []string{"cidrBlock"}},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           {tagged: "ec2:vpc-endpoint/", same: []string{"vpcId", "serviceName"}},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {tagged: "ec2:security-group-rule/", same: ruleParts},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {tagged: "ec2:security-group-rule/", same: ruleParts},

	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   {id: "$repository"},
	"aws:ecr/repository:Repository":                             {id: "$name", writeOnly: []string{"forceDelete"}},
	"aws:ecs/cluster:Cluster":                                   {id: "$name"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {id: "$clusterName"},
	"aws:ecs/service:Service": {
		id: "${last:cluster}/$name", writeOnly: []string{"forceDelete", "waitForSteadyState", "taskDefinition"},
	},
	"aws:ecs/taskDefinition:TaskDefinition": {again: versions},

	"aws:elasticache/parameterGroup:ParameterGroup": {id: "$name"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		id: "$replicationGroupId", writeOnly: []string{"applyImmediately", "authToken", "authTokenUpdateStrategy"},
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {id: "$name"},

	"aws:iam/role:Role":                                 {id: "$name"},
	"aws:iam/rolePolicy:RolePolicy":                     {id: "$role:$name"},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {id: "$role/$policyArn"},
	"aws:kms/alias:Alias":                               {id: "$name"},
	"aws:kms/key:Key":                                   {tagged: "kms:key/", same: []string{"description"}, writeOnly: []string{"deletionWindowInDays"}},

	"aws:lb/listener:Listener":         {tagged: "elasticloadbalancing:listener/", idOfARN: "$ARN", same: []string{"loadBalancerArn", "port"}},
	"aws:lb/listenerRule:ListenerRule": {tagged: "elasticloadbalancing:listener-rule/", idOfARN: "$ARN", same: []string{"listenerArn", "priority"}},
	"aws:lb/loadBalancer:LoadBalancer": {tagged: "elasticloadbalancing:loadbalancer/", idOfARN: "$ARN", same: []string{"name"}},
	"aws:lb/targetGroup:TargetGroup":   {tagged: "elasticloadbalancing:targetgroup/", idOfARN: "$ARN", same: []string{"name"}},

	"aws:rds/eventSubscription:EventSubscription": {id: "$name"},
	"aws:rds/instance:Instance": {
		id: "$identifier", writeOnly: []string{
			"allowMajorVersionUpgrade", "applyImmediately", "finalSnapshotIdentifier", "password", "restoreToPointInTime", "skipFinalSnapshot", "snapshotIdentifier",
		},
	},
	"aws:rds/parameterGroup:ParameterGroup": {id: "$name"},
	"aws:rds/subnetGroup:SubnetGroup":       {id: "$name"},

	"aws:route53/record:Record": {id: "${zoneId}_${name}_${type}_${setIdentifier} | ${zoneId}_${name}_${type}", writeOnly: []string{"allowOverwrite"}},
	"aws:route53/zone:Zone":     {tagged: "route53:hostedzone/", same: []string{"name"}, writeOnly: []string{"forceDestroy"}},

	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       {id: "$bucket"},
	"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     {id: "$bucket"},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     {id: "$bucket"},
	"aws:s3/bucketPolicy:BucketPolicy":                                                           {id: "$bucket"},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     {id: "$bucket"},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {id: "$bucket"},
	"aws:s3/bucketV2:BucketV2":                                                                   {id: "$bucket", writeOnly: []string{"forceDestroy"}},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               {id: "$bucket"},

	"aws:secretsmanager/secret:Secret": {
		tagged: "secretsmanager:secret:", idOfARN: "$ARN", same: []string{"name"}, writeOnly: []string{"recoveryWindowInDays", "forceOverwriteReplicaSecret"},
	},
	"aws:secretsmanager/secretVersion:SecretVersion": {again: versions},

	"aws:ses/configurationSet:ConfigurationSet":                     {id: "$name"},
	"aws:ses/domainDkim:DomainDkim":                                 {again: "a domain's keys are the same each time they are asked for"},
	"aws:ses/domainIdentity:DomainIdentity":                         {id: "$domain"},
	"aws:ses/domainIdentityVerification:DomainIdentityVerification": {again: waits},
	"aws:ses/mailFrom:MailFrom":                                     {id: "$domain"},
	"aws:sns/topic:Topic":                                           {id: "arn:aws:sns:$region:$account:$name"},
	"aws:sns/topicPolicy:TopicPolicy":                               {id: "$arn"},
	"aws:sns/topicSubscription:TopicSubscription":                   {again: "subscribing again gives the same subscription"},

	"aws:wafv2/webAcl:WebAcl": {
		tagged: "wafv2:regional/webacl/", idOfARN: "${last:ARN}/$name/$scope", same: []string{"name"},
	},
	"aws:wafv2/webAclAssociation:WebAclAssociation":                   {id: "$webAclArn,$resourceArn"},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {id: "$resourceArn"},
}
