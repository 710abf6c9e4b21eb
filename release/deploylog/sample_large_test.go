package deploylog_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// firstSample is the first update of a stack: 300 resources, and nothing before it.
func firstSample() deploylog.Deployment {
	d := about(14*time.Minute + 31*time.Second)
	d.Version, d.Previous, d.Number = "v1.0.0", "", 1
	for i := range d.Components {
		d.Components[i].Version, d.Components[i].Origin = d.Version, "built"
	}
	d.Database.Applied = []string{"20250901090000_init", "20250922090000_add_asset_processed_at"}
	d.Timeline = first().timeline()
	d.Report = report(d.Version)
	return d
}

// parts are what the first update makes beside the steps of the release: how many of a type in a component, and when.
var parts = []struct {
	typ, in  string
	n        int
	at, took float64
}{
	{"aws:kms/key:Key", "key:Key:data", 2, 9, 12},
	{"aws:ec2/vpc:Vpc", "network:Network:main", 1, 9, 14},
	{"aws:ec2/subnet:Subnet", "network:Network:main", 9, 24, 12},
	{"aws:ec2/natGateway:NatGateway", "network:Network:main", 3, 37, 105},
	{"aws:ec2/vpcEndpoint:VpcEndpoint", "network:Network:main", 11, 38, 62},
	{"aws:s3/bucketV2:BucketV2", "bucket:Bucket:documents", 22, 21, 5},
	{"aws:iam/role:Role", "service:Service:backend", 14, 10, 3},
	{"aws:secretsmanager/secret:Secret", "secret:Secrets:main", 24, 22, 2},
	{"aws:rds/instance:Instance", "database:Database:main", 1, 41, 462},
	{"aws:elasticache/replicationGroup:ReplicationGroup", "cache:Cache:main", 1, 41, 401},
	{"aws:lb/loadBalancer:LoadBalancer", "loadbalancer:LoadBalancer:main", 1, 40, 181},
	{"aws:acm/certificateValidation:CertificateValidation", "certificate:Certificate:main", 3, 30, 64},
	{"aws:wafv2/webAcl:WebAcl", "firewall:Firewall:main", 4, 20, 9},
	{"aws:cloudwatch/metricAlarm:MetricAlarm", "alarm:Alarms:shared", 96, 512, 2},
	{"aws:cloudwatch/logGroup:LogGroup", "cluster:Cluster:main", 32, 12, 2},
	{"aws:route53/record:Record", "dns:Zone:main", 34, 225, 31},
	{"aws:sns/topicSubscription:TopicSubscription", "notification:Topics:main", 24, 14, 3},
	{"aws:ecr/repository:Repository", "registry:Registry:backend-repository", 4, 12, 2},
}

func first() script {
	s := script{ends: 871}
	for _, part := range parts {
		kind := strings.ToLower(part.typ[strings.LastIndex(part.typ, ":")+1:])
		for i := range part.n {
			begins := part.at + float64(i%7)*1.3 + float64(i)*0.2
			s.acts = append(s.acts, act{begins, part.took * (1 + 0.03*float64(i%5)), create, part.typ, fmt.Sprintf("%s-%d", kind, i), part.in, nil, nil})
		}
	}
	// The longest way: network, database, then the release's own steps.
	for i := range s.acts {
		switch s.acts[i].name {
		case "subnet-0":
			s.acts[i].after = []string{"vpc-0"}
		case "instance-0":
			s.acts[i].after = []string{"subnet-0"}
		}
	}
	s.acts = append(s.acts,
		act{7, 1.8, create, command, "preflight", "", nil, nil},
		act{15, 121, create, image, "backend-image", "image:Image:backend-image", []string{"preflight", "repository-0"}, nil},
		act{15.5, 88, create, image, "frontend-image", "image:Image:frontend-image", []string{"preflight", "repository-1"}, nil},
		act{504, 1.2, create, taskDefinition, "backend-task", "service:Service:backend", []string{"backend-image", "instance-0"}, nil},
		act{506, 31, create, command, "migration", "migration:Migration:migration", []string{"backend-task"}, nil},
		act{538, 141, create, service, "backend", "service:Service:backend", []string{"migration"}, nil},
		act{538, 119, create, service, "frontend", "service:Service:frontend", []string{"migration", "frontend-image"}, nil},
		act{680, 188, create, command, "verify", "", []string{"backend", "frontend"}, nil},
	)
	slices.SortStableFunc(s.acts, func(a, b act) int { return int(1000 * (a.at - b.at)) })
	return s
}

// longNamesSample is a release in which everything has a name or a message as long as AWS, Git and people make them, with what a
// page and a table must not take for their own: tags, quotes and bars.
func longNamesSample() deploylog.Deployment {
	d := about(3 * time.Minute)
	long := "the-service-that-reconciles-regulatory-obligations-with-evidence-documents-across-all-jurisdictions"
	d.Version = "v1.1.0-rc.1+build.20251007.a-very-long-build-identifier-that-somebody-thought-useful"
	d.Status = deploylog.Failed
	d.Components = append(d.Components, deploylog.Component{Service: long, Version: d.Version, Digest: older, Changed: true, Note: "not proven"})
	d.Database.Applied = []string{"20250922090000_" + strings.ReplaceAll(long, "-", "_"), "20250923090000_<script>alert('x')</script>|*bold*"}
	s := script{ends: 178, acts: []act{
		{5, 4, replace, command, "preflight", "", nil, nil},
		{9, 60, update, image, long + "-image", "image:Image:" + long + "-image", []string{"preflight"}, nil},
		{70, 100, update, service, long, "service:Service:" + long, []string{long + "-image"}, []string{
			"<img src=x onerror=alert(1)> waiting for ECS Service (arn:aws:ecs:ap-southeast-2:000000000000:service/flowcomply-production/" + long +
				") update: timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING', timeout: 20m0s)\n" +
				strings.Repeat("averyveryverylongwordwithoutanyplacetobreak", 6) + "\n| a | table | & \"quotes\" | `code` |",
		}},
		{70, 3, create, "aws:cloudwatch/metricAlarm:MetricAlarm", long + "-unhealthy-targets-percentage", "service:Service:" + long, nil, nil},
	}}
	d.Timeline = s.timeline()
	d.Issues = []deploylog.Issue{{Warning: true, What: "A warning of the caller with a long text", Causes: []string{long + " " + long + " " + long}}}
	return d
}
