package record

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// imageType is the type of what builds and pushes an image.
const imageType = "docker:index/image:Image"

// Digest is what the registry holds of every recorded build.
const Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// extras are the computed outputs that components read beside id, arn and name, by type token.
var extras = map[string]func(name string, in resource.PropertyMap) map[string]any{
	"aws:rds/instance:Instance": func(name string, _ resource.PropertyMap) map[string]any {
		host := name + ".abc.ap-southeast-2.rds.amazonaws.com"
		return map[string]any{"endpoint": host + ":5432", "address": host, "port": 5432, "resourceId": "db-" + name}
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"primaryEndpointAddress": "master." + name + ".cache.amazonaws.com", "port": 6379}
	},
	"aws:lb/loadBalancer:LoadBalancer": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"arnSuffix": "app/" + name + "/1", "dnsName": name + ".elb.amazonaws.com", "zoneId": "ZELB"}
	},
	"aws:lb/targetGroup:TargetGroup": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"arnSuffix": "targetgroup/" + name + "/1"}
	},
	"aws:ecr/repository:Repository": func(_ string, in resource.PropertyMap) map[string]any {
		return map[string]any{"repositoryUrl": "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/" + text(in, "name"), "registryId": "123456789012"}
	},
	"aws:route53/zone:Zone": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"zoneId": "Z" + name, "nameServers": []any{"ns-1.example", "ns-2.example"}}
	},
	"aws:acm/certificate:Certificate": func(_ string, in resource.PropertyMap) map[string]any {
		return map[string]any{"domainValidationOptions": validation(in)}
	},
	"aws:acm/certificateValidation:CertificateValidation": func(_ string, in resource.PropertyMap) map[string]any {
		return map[string]any{"certificateArn": text(in, "certificateArn")}
	},
	"aws:kms/key:Key": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"keyId": name + "-key"}
	},
	"aws:ses/domainDkim:DomainDkim": func(string, resource.PropertyMap) map[string]any {
		return map[string]any{"dkimTokens": []any{"one", "two", "three"}}
	},
	"aws:secretsmanager/secretVersion:SecretVersion": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"versionId": "version-of-" + name}
	},
	"aws:s3/bucketV2:BucketV2": func(_ string, in resource.PropertyMap) map[string]any {
		return map[string]any{"bucketDomainName": text(in, "bucket") + ".s3.amazonaws.com"}
	},
	"aws:ecs/taskDefinition:TaskDefinition": func(_ string, in resource.PropertyMap) map[string]any {
		return map[string]any{"revision": 1, "arnWithoutRevision": "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/" + text(in, "family")}
	},
	imageType: func(string, resource.PropertyMap) map[string]any { // another's, as the official provider's may be
		return map[string]any{"repoDigest": "docker.io/library/other@sha256:" + strings.Repeat("f", 64)}
	},
	"command:local:Command": func(name string, _ resource.PropertyMap) map[string]any {
		return map[string]any{"stdout": "stdout-of-" + name, "stderr": ""}
	},
}

// Computed is what a provider adds to a resource's inputs: an ARN and a name for all, and the extras. An input of the same
// key is stronger.
func Computed(typ, name string, in resource.PropertyMap) resource.PropertyMap {
	kind := typ[strings.LastIndex(typ, ":")+1:]
	out := map[string]any{
		"arn":  "arn:aws:mock:ap-southeast-2:123456789012:" + kind + "/" + name,
		"name": name + "-1a2b3c4",
	}
	if extra := extras[typ]; extra != nil {
		for key, value := range extra(name, in) {
			out[key] = value
		}
	}
	return resource.NewPropertyMapFromMap(out)
}

// Answered is what AWS adds to the arguments of an invoke.
func Answered(token string) resource.PropertyMap {
	switch token {
	case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
		return resource.NewPropertyMapFromMap(map[string]any{
			"userName": "AWS", "password": "registry-password", "proxyEndpoint": "https://123456789012.dkr.ecr.ap-southeast-2.amazonaws.com",
		})
	case "aws:route53/getZone:getZone":
		return resource.NewPropertyMapFromMap(map[string]any{"zoneId": "ZLOOKEDUP", "id": "ZLOOKEDUP"})
	default:
		return resource.PropertyMap{}
	}
}

// refusals are what AWS answers in an account that has nothing yet; AnswerCall answers otherwise.
var refusals = map[string]string{
	"aws:ecr/getImage:getImage": "invocation of aws:ecr/getImage:getImage returned an error: reading ECR Images: couldn't find resource",
}

func validation(in resource.PropertyMap) []any {
	names := []string{text(in, "domainName")}
	if others, ok := in["subjectAlternativeNames"]; ok && others.IsArray() {
		for _, other := range others.ArrayValue() {
			names = append(names, other.StringValue())
		}
	}
	var out []any
	for _, name := range names {
		out = append(out, map[string]any{
			"domainName": name, "resourceRecordName": "_x." + name + ".", "resourceRecordType": "CNAME", "resourceRecordValue": "_y.acm-validations.aws.",
		})
	}
	return out
}

func text(in resource.PropertyMap, key resource.PropertyKey) string {
	value := in[key]
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if value.IsString() {
		return value.StringValue()
	}
	return ""
}
