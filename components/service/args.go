package service

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Platform is what images have to be built for: it is the task definition's runtime platform.
const Platform = "linux/amd64"

// Args are what infra and other components supply. All of it is needed, except where a field says otherwise.
type Args struct {
	Stack     string // "flowcomply-production"
	Service   string // the ECS service's name; changing it replaces the service
	Family    string // the task definitions' family; changing it leaves the old revisions behind
	LogGroup  string // the log group's name; changing it replaces the group, with what is in it
	Region    string
	AccountID string

	ClusterArn  pulumi.StringInput
	ClusterName string

	VpcID     pulumi.StringInput
	SubnetIDs pulumi.StringArrayInput // private, one a zone

	Image         Image
	RepositoryArn pulumi.StringInput // the one ECR repository that the image is pulled from

	SecretRefs  map[string]Secret     // every secret of the stack; the service takes those that its spec names
	Permissions map[string]Permission // what can be given access to; the service takes those that its spec names

	LoadBalancer LoadBalancer // for a service with a route

	KeyArn          pulumi.StringInput // the key of secrets and documents
	LogKeyArn       pulumi.StringInput // the key of log groups and ECS Exec sessions
	ExecLogGroupArn pulumi.StringInput // the cluster's record of ECS Exec sessions

	Alarms alarm.Args

	// After is what has to be done before the service takes a new revision, such as the migration; optional.
	After []pulumi.Resource
	// Prepare declares what has to be done with the new revision before the service takes it, and returns what to wait
	// for: the migration of the service that has one; optional.
	PreDeploy func(Revision) (pulumi.Resource, error)
	// ScaledToZero lets no task of the service run: neither the service's own count nor auto-scaling may start one.
	ScaledToZero bool
	// Protected keeps the log from being destroyed with the service, and the service from being deleted while
	// tasks run.
	Protected bool
}

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
	// Alarms are those on the load balancer itself. What it answers in place of a task that died is in no target
	// group's metrics, so that the deployments of all services behind it are judged by them too.
	Alarms *alarm.Set
}

// complete tells whether a route can be hung up, and its deployments judged.
func (lb LoadBalancer) complete() bool {
	return lb.ListenerArn != nil && lb.SecurityGroupID != nil && lb.ArnSuffix != nil && lb.Alarms != nil
}

// check finds what is missing for this spec before any resource exists, all of it at once.
//
//runbook:trouble.service#4,trouble.service#8 refuses, in the preview, a service whose variables or secrets are not there.
func (args Args) check(spec Spec) error {
	var missing []error
	need := func(ok bool, part, why string) {
		if !ok {
			missing = append(missing, fmt.Errorf("args: %s: %s", part, why))
		}
	}
	for part, value := range map[string]string{
		"stack": args.Stack, "service": args.Service, "family": args.Family, "log group": args.LogGroup, "region": args.Region,
		"account id": args.AccountID, "cluster name": args.ClusterName, "image version": args.Image.Version,
	} {
		need(value != "", part, "is empty")
	}
	for part, value := range map[string]pulumi.StringInput{
		"cluster arn": args.ClusterArn, "vpc id": args.VpcID, "image ref": args.Image.Ref, "image digest": args.Image.Digest,
		"repository arn": args.RepositoryArn, "key arn": args.KeyArn, "log key arn": args.LogKeyArn, "exec log group arn": args.ExecLogGroupArn,
	} {
		need(value != nil, part, "is missing")
	}
	need(args.SubnetIDs != nil, "subnet ids", "are missing")
	need(!spec.Routed() || args.LoadBalancer.complete(), "load balancer", "is missing; the service has a route")
	for _, name := range spec.Secrets {
		ref, ok := args.SecretRefs[name]
		need(ok, "secrets", fmt.Sprintf("%s is not a secret of this stack; there are %v", name, slices.Sorted(maps.Keys(args.SecretRefs))))
		need(!ok || (ref.Arn != nil && ref.ValueFrom != nil), "secrets", name+" has no address")
	}
	for _, name := range spec.Access {
		permission, ok := args.Permissions[name]
		need(ok, "permissions", fmt.Sprintf("%s is not in this stack; there are %v", name, slices.Sorted(maps.Keys(args.Permissions))))
		need(!ok || permission.complete(name), "permissions", name+" is incomplete")
	}
	slices.SortFunc(missing, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return validate.All(append(missing, args.collisions(spec))...)
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
