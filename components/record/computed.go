package record

import (
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// imageType is the type of what builds and pushes an image.
const imageType = "docker:index/image:Image"

// Digest is what the registry holds of every recorded build.
const Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// extras are the computed outputs that components read beside id, arn and name, by type token. In texts, ${name} is the
// resource's logical name and ${in.key} its input key.
var extras = map[string]map[string]any{
	"aws:rds/instance:Instance": {
		"endpoint": "${name}.abc.ap-southeast-2.rds.amazonaws.com:5432", "address": "${name}.abc.ap-southeast-2.rds.amazonaws.com", "port": 5432,
		"resourceId": "db-${name}",
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {"primaryEndpointAddress": "master.${name}.cache.amazonaws.com", "port": 6379},
	"aws:lb/loadBalancer:LoadBalancer":                  {"arnSuffix": "app/${name}/1", "dnsName": "${name}.elb.amazonaws.com", "zoneId": "ZELB"},
	"aws:lb/targetGroup:TargetGroup":                    {"arnSuffix": "targetgroup/${name}/1"},
	"aws:ecr/repository:Repository": {
		"repositoryUrl": "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/${in.name}", "registryId": "123456789012",
	},
	"aws:route53/zone:Zone":                               {"zoneId": "Z${name}", "nameServers": []any{"ns-1.example", "ns-2.example"}},
	"aws:acm/certificateValidation:CertificateValidation": {"certificateArn": "${in.certificateArn}"},
	"aws:kms/key:Key":                                     {"keyId": "${name}-key"},
	"aws:ses/domainDkim:DomainDkim":                       {"dkimTokens": []any{"one", "two", "three"}},
	"aws:secretsmanager/secretVersion:SecretVersion":      {"versionId": "version-of-${name}"},
	"aws:s3/bucketV2:BucketV2":                            {"bucketDomainName": "${in.bucket}.s3.amazonaws.com"},
	"aws:ecs/taskDefinition:TaskDefinition": {
		"revision": 1, "arnWithoutRevision": "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/${in.family}",
	},
	imageType:               {"repoDigest": "docker.io/library/other@sha256:" + strings.Repeat("f", 64)}, // another's, as the official provider's may be
	"command:local:Command": {"stdout": "stdout-of-${name}", "stderr": ""},
}

// Computed is what a provider adds to a resource's inputs: an ARN and a name for all, and the extras. An input of the same
// key is stronger.
func Computed(typ, name string, in resource.PropertyMap) resource.PropertyMap {
	out := map[string]any{
		"arn":  "arn:aws:mock:ap-southeast-2:123456789012:" + typ[strings.LastIndex(typ, ":")+1:] + "/" + name,
		"name": name + "-1a2b3c4",
	}
	for key, value := range extras[typ] {
		if pattern, isText := value.(string); isText {
			value = os.Expand(pattern, func(variable string) string {
				if input, found := strings.CutPrefix(variable, "in."); found {
					return text(in, resource.PropertyKey(input))
				}
				return name
			})
		}
		out[key] = value
	}
	if typ == "aws:acm/certificate:Certificate" {
		out["domainValidationOptions"] = validation(in)
	}
	return resource.NewPropertyMapFromMap(out)
}

// answers are what AWS adds to the arguments of an invoke, by token.
var answers = map[string]map[string]any{
	"aws:ecr/getAuthorizationToken:getAuthorizationToken": {
		"userName": "AWS", "password": "registry-password", "proxyEndpoint": "https://123456789012.dkr.ecr.ap-southeast-2.amazonaws.com",
	},
	"aws:route53/getZone:getZone": {"zoneId": "ZLOOKEDUP", "id": "ZLOOKEDUP"},
}

// Answered is what AWS adds to the arguments of an invoke.
func Answered(token string) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(answers[token])
}

// refusals are what AWS answers in an account that has nothing yet; AnswerCall answers otherwise.
var refusals = map[string]string{
	"aws:ecr/getImage:getImage": "invocation of aws:ecr/getImage:getImage returned an error: reading ECR Images: couldn't find resource",
}

// validation is what a certificate asks of the DNS for each of its names.
func validation(in resource.PropertyMap) []any {
	var out []any
	others, _ := plain(in["subjectAlternativeNames"]).([]any)
	for _, name := range append([]any{text(in, "domainName")}, others...) {
		out = append(out, map[string]any{
			"domainName": name, "resourceRecordName": fmt.Sprintf("_x.%s.", name), "resourceRecordType": "CNAME",
			"resourceRecordValue": "_y.acm-validations.aws.",
		})
	}
	return out
}

// text is an input that is one; empty for any other.
func text(in resource.PropertyMap, key resource.PropertyKey) string {
	value, _ := plain(in[key]).(string)
	return value
}
