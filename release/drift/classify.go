package drift

import (
	"regexp"
	"slices"
	"strings"
)

// holdsData are the types whose loss loses data, or what opens it.
var holdsData = []string{
	"aws:rds/instance:Instance", "aws:elasticache/replicationGroup:ReplicationGroup", "aws:s3/bucketV2:BucketV2", "aws:kms/key:Key",
	"aws:secretsmanager/secret:Secret", "aws:ecr/repository:Repository", "aws:cloudwatch/logGroup:LogGroup",
}

var (
	protection = regexp.MustCompile(`^(deletionProtection|enableDeletionProtection|multiAz|multiAzEnabled|automaticFailoverEnabled)\b`)
	keeping    = regexp.MustCompile(`(?i)(retention|backup|lifecycle|expiration|versioningConfiguration|skipFinalSnapshot)`)
	policy     = regexp.MustCompile(`^policy\b`)
	exposing   = regexp.MustCompile(`(?i)(publiclyAccessible|mapPublicIp|blockPublic|ignorePublic|restrictPublic|sslPolicy|cidrIpv[46]|internal$)`)
)

// classes are the risk classes of whole types.
var classes = map[string][]string{
	"R5": {
		"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	},
	"R6": {
		inType, outType, groupType, tableType, routeType, "aws:ec2/routeTableAssociation:RouteTableAssociation",
		"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "aws:ec2/vpcEndpoint:VpcEndpoint",
		"aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclAssociation:WebAclAssociation",
		"aws:sns/topicPolicy:TopicPolicy", "aws:route53/record:Record", "aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule",
	},
	"R7": {"aws:secretsmanager/secretVersion:SecretVersion"},
	"R9": {
		"aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription",
		"aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/logMetricFilter:LogMetricFilter",
		"aws:rds/eventSubscription:EventSubscription", "aws:budgets/budget:Budget", "aws:ec2/flowLog:FlowLog",
		"aws:s3/bucketLoggingV2:BucketLoggingV2", "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
	},
}

// ByType is the risk class of an item by its type and by what differs of it, as the classes are in docs/drift.md. It does not read
// policies: any change of one that somebody made beside the program may have widened it.
func ByType(item Item) string {
	touches := func(pattern *regexp.Regexp) bool {
		return slices.ContainsFunc(item.Differences, func(d Difference) bool { return pattern.MatchString(d.Path) })
	}
	gone := item.Kind == Deleted || item.Operation == "replace" || item.Operation == "delete"
	switch {
	case gone && slices.Contains(holdsData, item.Type), touches(keeping), strings.HasPrefix(item.Type, "aws:s3/bucketLifecycle"),
		strings.HasPrefix(item.Type, "aws:s3/bucketVersioning"):
		return "R1"
	case touches(protection):
		return "R8"
	case touches(exposing):
		return "R6"
	case item.Type == "aws:kms/key:Key" && touches(policy):
		return "R5"
	}
	for _, class := range []string{"R5", "R6", "R7", "R9"} {
		if slices.Contains(classes[class], item.Type) {
			return class
		}
	}
	if gone || item.Kind == Untracked {
		return "R2"
	}
	return "R3"
}
