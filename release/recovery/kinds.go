package recovery

// in one security group, a rule is what it lets through.
var ruleParts = []string{
	"securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "description",
}

// kinds are the types of this program; a test holds that none is missing. What reading does not give back was measured by
// adopting every resource of a stack at once (docs/decisions/0023).
var kinds = map[string]kind{
	"aws:acm/certificate:Certificate":                     {tagged: "acm:certificate/", idOfARN: whole, same: []string{"domainName"}},
	"aws:acm/certificateValidation:CertificateValidation": {again: waits},

	"aws:appautoscaling/policy:Policy": {id: joined("/", "serviceNamespace", "resourceId", "scalableDimension", "name")},
	"aws:appautoscaling/target:Target": {id: joined("/", "serviceNamespace", "resourceId", "scalableDimension")},
	"aws:budgets/budget:Budget":        {id: budgetOf},

	"aws:cloudwatch/dashboard:Dashboard":             {id: input("dashboardName")},
	"aws:cloudwatch/eventRule:EventRule":             {id: input("name")},
	"aws:cloudwatch/eventTarget:EventTarget":         {id: joined("/", "rule", "targetId")},
	"aws:cloudwatch/logGroup:LogGroup":               {id: input("name")},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter": {id: joined(":", "logGroupName", "name")},
	"aws:cloudwatch/metricAlarm:MetricAlarm":         {id: input("name")},

	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl":       {again: takesOver},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {again: takesOver},
	"aws:ec2/eip:Eip":                                     {tagged: "ec2:elastic-ip/"},
	"aws:ec2/flowLog:FlowLog":                             {tagged: "ec2:vpc-flow-log/"},
	"aws:ec2/internetGateway:InternetGateway":             {tagged: "ec2:internet-gateway/"},
	"aws:ec2/natGateway:NatGateway":                       {tagged: "ec2:natgateway/", same: []string{"subnetId"}},
	"aws:ec2/route:Route":                                 {id: routeOf},
	"aws:ec2/routeTable:RouteTable":                       {tagged: "ec2:route-table/", same: []string{"vpcId"}},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {id: joined("/", "subnetId", "routeTableId")},
	"aws:ec2/securityGroup:SecurityGroup":                 {tagged: "ec2:security-group/", same: []string{"name", "vpcId"}},
	"aws:ec2/subnet:Subnet":                               {tagged: "ec2:subnet/", same: []string{"vpcId", "cidrBlock"}},
	"aws:ec2/vpc:Vpc":                                     {tagged: "ec2:vpc/", same: []string{"cidrBlock"}},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                     {tagged: "ec2:vpc-endpoint/", same: []string{"vpcId", "serviceName"}},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
		tagged: "ec2:security-group-rule/", same: ruleParts,
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
		tagged: "ec2:security-group-rule/", same: ruleParts,
	},

	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   {id: input("repository")},
	"aws:ecr/repository:Repository":                             {id: input("name"), writeOnly: []string{"forceDelete"}},
	"aws:ecs/cluster:Cluster":                                   {id: input("name")},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {id: input("clusterName")},
	"aws:ecs/service:Service":                                   {id: serviceOf, writeOnly: []string{"forceDelete", "waitForSteadyState", "taskDefinition"}},
	"aws:ecs/taskDefinition:TaskDefinition":                     {again: versions},

	"aws:elasticache/parameterGroup:ParameterGroup": {id: input("name")},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		id: input("replicationGroupId"), writeOnly: []string{"applyImmediately", "authToken", "authTokenUpdateStrategy"},
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {id: input("name")},

	"aws:iam/role:Role":                                 {id: input("name")},
	"aws:iam/rolePolicy:RolePolicy":                     {id: joined(":", "role", "name")},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {id: joined("/", "role", "policyArn")},
	"aws:kms/alias:Alias":                               {id: input("name")},
	"aws:kms/key:Key":                                   {tagged: "kms:key/", same: []string{"description"}, writeOnly: []string{"deletionWindowInDays"}},

	"aws:lb/listener:Listener":         {tagged: "elasticloadbalancing:listener/", idOfARN: whole, same: []string{"loadBalancerArn", "port"}},
	"aws:lb/listenerRule:ListenerRule": {tagged: "elasticloadbalancing:listener-rule/", idOfARN: whole, same: []string{"listenerArn", "priority"}},
	"aws:lb/loadBalancer:LoadBalancer": {tagged: "elasticloadbalancing:loadbalancer/", idOfARN: whole, same: []string{"name"}},
	"aws:lb/targetGroup:TargetGroup":   {tagged: "elasticloadbalancing:targetgroup/", idOfARN: whole, same: []string{"name"}},

	"aws:rds/eventSubscription:EventSubscription": {id: input("name")},
	"aws:rds/instance:Instance": {
		id: input("identifier"), writeOnly: []string{
			"allowMajorVersionUpgrade", "applyImmediately", "finalSnapshotIdentifier", "password", "restoreToPointInTime", "skipFinalSnapshot", "snapshotIdentifier",
		},
	},
	"aws:rds/parameterGroup:ParameterGroup": {id: input("name")},
	"aws:rds/subnetGroup:SubnetGroup":       {id: input("name")},

	"aws:route53/record:Record": {id: recordOf, writeOnly: []string{"allowOverwrite"}},
	"aws:route53/zone:Zone":     {tagged: "route53:hostedzone/", same: []string{"name"}, writeOnly: []string{"forceDestroy"}},

	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       {id: input("bucket")},
	"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     {id: input("bucket")},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     {id: input("bucket")},
	"aws:s3/bucketPolicy:BucketPolicy":                                                           {id: input("bucket")},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     {id: input("bucket")},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {id: input("bucket")},
	"aws:s3/bucketV2:BucketV2":                                                                   {id: input("bucket"), writeOnly: []string{"forceDestroy"}},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               {id: input("bucket")},

	"aws:secretsmanager/secret:Secret": {
		tagged: "secretsmanager:secret:", idOfARN: whole, same: []string{"name"}, writeOnly: []string{"recoveryWindowInDays", "forceOverwriteReplicaSecret"},
	},
	"aws:secretsmanager/secretVersion:SecretVersion": {again: versions},

	"aws:ses/configurationSet:ConfigurationSet":                     {id: input("name")},
	"aws:ses/domainDkim:DomainDkim":                                 {again: "a domain's keys are the same each time they are asked for"},
	"aws:ses/domainIdentity:DomainIdentity":                         {id: input("domain")},
	"aws:ses/domainIdentityVerification:DomainIdentityVerification": {again: waits},
	"aws:ses/mailFrom:MailFrom":                                     {id: input("domain")},
	"aws:sns/topic:Topic":                                           {id: topicOf},
	"aws:sns/topicPolicy:TopicPolicy":                               {id: input("arn")},
	"aws:sns/topicSubscription:TopicSubscription":                   {again: "subscribing again gives the same subscription"},

	"aws:wafv2/webAcl:WebAcl":                                         {tagged: "wafv2:regional/webacl/", idOfARN: webACLOf, same: []string{"name"}},
	"aws:wafv2/webAclAssociation:WebAclAssociation":                   {id: joined(",", "webAclArn", "resourceArn")},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {id: input("resourceArn")},
}
