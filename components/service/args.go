package service

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Platform is what images have to be built for: it is the task definition's runtime platform.
const Platform = "linux/amd64"

// Revision is what a one-off task of the service needs to run as its own tasks do.
type Revision struct {
	TaskDefinitionArn pulumi.StringOutput
	Container         string
	SecurityGroupID   pulumi.StringOutput
	After             []pulumi.Resource // the rules that let it out and in, and the policies of its roles
}

// Image is what runs: addressed by digest, so that a tag that moves cannot change what a revision means.
type Image struct {
	Ref     pulumi.StringInput // repository@sha256:…
	Digest  pulumi.StringInput // sha256:…
	Version string             // the release, for the task definition's tag
}

// Secret is where one secret is read.
type Secret struct {
	Arn       pulumi.StringInput
	ValueFrom pulumi.StringInput // <arn>:::<version id>, pinned so that a rotation makes a new revision
}

// Permission is for one thing that services can be given access to.
type Permission struct {
	SecurityGroupID pulumi.StringInput // database, cache: where connections are let in
	Port            int                // database, cache: where it listens
	// Arns are, for documents, the bucket's; for mail those of the identity and of the configuration set, as SES
	// asks for both.
	Arns        pulumi.StringArrayInput
	FromAddress string // mail: the only sender that SES accepts from the service
	// Environment is what the application needs to find it, such as AWS_S3_BUCKET_NAME; optional, and no place for
	// secrets.
	Environment map[string]pulumi.StringInput
}

// LoadBalancer is where a route is hung up.
type LoadBalancer struct {
	ListenerArn     pulumi.StringInput // the HTTPS listener
	SecurityGroupID pulumi.StringInput
	ArnSuffix       pulumi.StringInput // "app/…", the load balancer's dimension in CloudWatch
	// Alarms are those on the load balancer itself. They roll back the deployments of all services behind it: what it
	// answers in place of a task that died is in no target group's metrics.
	Alarms *alarm.Set
}

// complete tells whether a route can be hung up, and its deployments judged.
func (lb LoadBalancer) complete() bool {
	return lb.ListenerArn != nil && lb.SecurityGroupID != nil && lb.ArnSuffix != nil && lb.Alarms != nil
}

// check wants what this spec needs beside what every service does.
//
//runbook:trouble.service#4,trouble.service#8 refuses, in the preview, a service whose variables or secrets are not there.
func (args Args) check(spec Spec) error {
	var errs []error
	need := func(ok bool, part, why string) {
		if !ok {
			errs = append(errs, fmt.Errorf("args.%s: %s", part, why))
		}
	}
	need(!spec.Routed() || args.LoadBalancer.complete(), "LoadBalancer", "is missing; the service has a route")
	for _, name := range spec.Secrets {
		ref, ok := args.SecretRefs[name]
		need(ok, "SecretRefs", fmt.Sprintf("%s is not a secret of this stack; there are %v", name, slices.Sorted(maps.Keys(args.SecretRefs))))
		need(!ok || (ref.Arn != nil && ref.ValueFrom != nil), "SecretRefs", name+" has no address")
	}
	for _, name := range spec.Access {
		permission, ok := args.Permissions[name]
		need(ok, "Permissions", fmt.Sprintf("%s is not in this stack; there are %v", name, slices.Sorted(maps.Keys(args.Permissions))))
		need(!ok || permission.complete(name), "Permissions", name+" is incomplete")
	}
	return validate.All(append(errs, args.collisions(spec))...)
}

// complete tells whether a permission has what its kind is reached by.
func (g Permission) complete(name string) bool {
	switch name {
	case AccessDatabase, AccessCache:
		return g.SecurityGroupID != nil && g.Port > 0
	case AccessMail:
		return g.Arns != nil && g.FromAddress != ""
	default:
		return g.Arns != nil
	}
}

// collisions refuses a variable that is configured and comes with access as well.
func (args Args) collisions(spec Spec) error {
	var errs []error
	taken := map[string]string{}
	for name := range spec.Environment {
		taken[name] = "the environment"
	}
	for _, name := range spec.Secrets {
		taken[name] = "the secrets"
	}
	for _, access := range slices.Sorted(slices.Values(spec.Access)) {
		for _, name := range slices.Sorted(maps.Keys(args.Permissions[access].Environment)) {
			if where, ok := taken[name]; ok {
				errs = append(errs, fmt.Errorf("environment: %s comes with access to %s and is in %s as well; take it out there", name, access, where))
			}
			taken[name] = "access to " + access
		}
	}
	return validate.All(errs...)
}

// environment is everything the container is told in plain text.
//
//runbook:appendix.A#2,appendix.A#6 sets PORT and AWS_REGION from what is decided elsewhere.
func (args Args) environment(spec Spec) pulumi.StringMap {
	out := pulumi.StringMap{
		"AWS_REGION": pulumi.String(args.Region),
		// What answers through the load balancer can say which image it is.
		"IMAGE_DIGEST": args.Image.Digest,
	}
	if spec.Port > 0 {
		out["PORT"] = pulumi.String(strconv.Itoa(spec.Port))
	}
	for _, access := range spec.Access {
		maps.Copy(out, args.Permissions[access].Environment)
	}
	for name, value := range spec.Environment {
		out[name] = pulumi.String(value)
	}
	return out
}
