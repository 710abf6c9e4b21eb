// Package service declares one service on Fargate: task definition, roles, network rules, route, alarms, rolling
// deployment with two kinds of rollback, and auto-scaling. It is used once for each entry of the stack's services.
//
//   - Deployments are rolling. ECS goes back to the previous revision when tasks do not start or stay healthy (circuit
//     breaker). It does so too when an alarm of the service, or of the load balancer, fires meanwhile.
//   - ECS then calls the service stable, and so does the provider. Package verify tells whether the wanted revision runs.
//   - ECS Exec is enabled as the runbook's way into a running task. The cluster encrypts and records the sessions.
package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/image"
	"github.com/flowcomply/infrastructure/components/internal/component"
)

// Set is every service of an environment by name. The name is the role: container, target group, alarms and all
// logical names start with it, so changing it replaces the service.
type Set map[string]Spec

// Spec is what an operator decides about one service. A service needs nothing else: a third one, with a route or
// without, is one more entry in the stack file.
type Spec struct {
	// Image says how the service's image is built; see package image.
	Image image.Spec `json:"image"`
	// Port is where the application listens, over plain HTTP inside the VPC; it is handed to it as PORT. Needed with
	// a route; default none. Changing this replaces the target group: requests fail until new tasks are healthy, so
	// that a protected stack refuses it.
	Port int `json:"port,omitempty"`
	// CPU is the task's share of processors in CPU units, 1024 to a vCPU; with memoryMiB one of Fargate's pairs.
	//
	//runbook:trouble.service#10 is raised in the stack file, with memoryMiB.
	CPU int `json:"cpu"`
	// MemoryMiB is the task's memory in MiB; the container is killed above it.
	MemoryMiB int `json:"memoryMiB"`
	// MinTasks is how many tasks run at least, 1 or more; two or more survive the loss of a zone.
	MinTasks int `json:"minTasks"`
	// MaxTasks is how many tasks auto-scaling may start, minTasks to 100.
	MaxTasks int `json:"maxTasks"`
	// CPUTargetPercent is the average CPU use that auto-scaling aims at; below the alarm's threshold in package slo.
	CPUTargetPercent int `json:"cpuTargetPercent"`
	// MemoryTargetPercent is the average memory use that auto-scaling aims at; below the alarm's threshold.
	MemoryTargetPercent int `json:"memoryTargetPercent"`
	// Health says how the service shows that it works.
	Health Health `json:"health"`
	// Route makes the service reachable through the load balancer; left out, nothing can connect to it (a worker).
	Route *Route `json:"route,omitempty"`
	// Environment is plain configuration by variable name; default none. PORT, AWS_REGION and IMAGE_DIGEST are set from what is
	// known already, and so is what comes with access. Secrets are refused here.
	Environment map[string]string `json:"environment,omitempty"`
	// Secrets names the entries of the stack's secrets that the container gets as variables of the same name;
	// default none. The service's execution role can read these and no others.
	Secrets []string `json:"secrets,omitempty"`
	// Access names what the service may use: database, cache, documents, mail; default nothing. Each opens the
	// network path, the permissions, or both.
	Access []string `json:"access,omitempty"`
	// LogDays is how many days CloudWatch keeps the log; one of the values that CloudWatch offers.
	LogDays int `json:"logDays"`
	// DrainSeconds is how long a task that is replaced may still finish its requests before it is told to stop, 30 to 900; default
	// 30. It is for the longest request, such as one that waits for a model or uploads a document: what takes longer is cut. Each
	// deployment takes that much longer.
	DrainSeconds int `json:"drainSeconds,omitempty"`
	// StopTimeoutSeconds is how long a task has between SIGTERM, which comes after the drain, and SIGKILL, 30 to 120; default 30.
	StopTimeoutSeconds int `json:"stopTimeoutSeconds,omitempty"`
	// User is the numeric uid:gid that the application runs as, neither of them 0.
	User string `json:"user"`
	// Writable lists absolute directories that the application may write to; default none, as the root filesystem
	// is read-only. Each is an empty volume that ends with its task. Fargate gives it to root with mode 0755 unless
	// the image declares the same directory as VOLUME with the user as its owner.
	Writable []string `json:"writable,omitempty"`
}

// Health says how load balancer and container agent ask whether a task works.
type Health struct {
	// Path is what the load balancer requests; 200 means healthy. Needed with a route, refused without.
	Path string `json:"path,omitempty"`
	// Command is run inside the container, in the form ["CMD", "/app/healthcheck"]; exit code 0 means healthy.
	// Default none. It has to be in the image: one built from scratch has neither a shell nor curl. Without it, a
	// service without a route counts as healthy while its process lives.
	Command []string `json:"command,omitempty"`
	// IntervalSeconds is the time between two checks, 5 to 300.
	IntervalSeconds int `json:"intervalSeconds"`
	// TimeoutSeconds is how long one check may take, 2 to 60 and less than the interval; default 4.
	TimeoutSeconds int `json:"timeoutSeconds,omitempty"`
	// Failures is how many failed checks in a row make a task unhealthy, 2 to 10; default 3.
	Failures int `json:"failures,omitempty"`
	// GraceSeconds is how long failed checks of a new task are not counted, 0 to 300; more than the application
	// needs to start, or a slow start is rolled back as a failed deployment.
	GraceSeconds int `json:"graceSeconds"`
}

// Route is a rule of the load balancer that sends requests to the service.
type Route struct {
	// Host is the full domain name that is answered for; the certificate and the DNS records come from all hosts.
	Host string `json:"host"`
	// Paths narrows the rule to up to four path patterns such as /api/*; default all paths of the host.
	Paths []string `json:"paths,omitempty"`
	// Priority orders the rules, 1 to 50000, lowest first and each once among all services.
	Priority int `json:"priority"`
}

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

	SecretRefs  map[string]Secret     `args:"optional"` // every secret of the stack; the service takes those that its spec names
	Permissions map[string]Permission `args:"optional"` // what can be given access to; the service takes those that its spec names

	LoadBalancer LoadBalancer `args:"optional"` // for a service with a route

	KeyArn          pulumi.StringInput // the key of secrets and documents
	LogKeyArn       pulumi.StringInput // the key of log groups and ECS Exec sessions
	ExecLogGroupArn pulumi.StringInput // the cluster's record of ECS Exec sessions

	Alarms alarm.Args

	// After is what has to be done before the service takes a new revision, such as the migration; optional.
	After []pulumi.Resource `args:"optional"`
	// PreDeploy declares what has to be done with the new revision before the service takes it, and returns what to wait
	// for: the migration of the service that has one; optional.
	PreDeploy func(Revision) (pulumi.Resource, error) `args:"optional"`
	// ScaledToZero lets no task of the service run: neither the service's own count nor auto-scaling may start one.
	ScaledToZero bool
	// Protected keeps the log from being destroyed with the service. The service itself can be deleted: it holds no data.
	Protected bool
}

// Service is one running service.
type Service struct {
	pulumi.ResourceState

	ServiceName string       // the ECS service's name
	LogGroup    string       // the log group's name
	Alarms      []string     // the names of all alarms on the service, sorted
	Watched     []*alarm.Set // the same alarms with what they watch, for the dashboard

	// Deployed are the service and what scales it, for what has to wait until the revision runs.
	Deployed []pulumi.Resource
	// LeftOut says that the task definition is still one for another image than this update wants; empty where it is not.
	LeftOut pulumi.StringOutput
	// NotRolled says that the service runs another revision than this update wants; empty where it does not.
	NotRolled pulumi.StringOutput

	TaskDefinitionArn pulumi.StringOutput `pulumi:"taskDefinitionArn"` // with the revision that this update wants
	ImageDigest       pulumi.StringOutput `pulumi:"imageDigest"`       // sha256:… of that revision
	SecurityGroupID   pulumi.StringOutput `pulumi:"securityGroupId"`
	TaskRoleArn       pulumi.StringOutput `pulumi:"taskRoleArn"`
	ExecutionRoleArn  pulumi.StringOutput `pulumi:"executionRoleArn"`
	TargetGroupArn    pulumi.StringOutput `pulumi:"targetGroupArn"`    // empty without a route
	TargetGroupSuffix pulumi.StringOutput `pulumi:"targetGroupSuffix"` // "targetgroup/…"; empty without a route
}

// New declares the service. A spec or arguments that are not valid is an error that names every problem, and nothing
// is declared.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Service, error) {
	svc := &Service{ServiceName: args.Service, LogGroup: args.LogGroup}
	c, err := component.New(ctx, "flowcomply:service:Service", name, svc, args, opts, args.check(spec))
	if err != nil {
		return nil, err
	}
	// Only now: registering replaces every output field by an empty one.
	svc.ImageDigest = args.Image.Digest.ToStringOutput()
	svc.TargetGroupArn, svc.TargetGroupSuffix = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	b := &builder{Builder: c, spec: spec, args: args, svc: svc}
	for _, step := range []struct {
		part    string
		declare func() error
	}{
		{"log group", b.declareLogs},
		{"network", b.declareNetwork},
		{"roles", b.declareRoles},
		{"task definition", b.declareTask},
		{"route", b.declareRoute},
		{"alarms", b.declareAlarms},
		{"mute", b.muteAvailability},
		{"preparation", b.preDeploy},
		{"deployment", b.declareService},
		{"scaling", b.declareScaling},
		{"availability", b.declareAvailability},
	} {
		if err := step.declare(); err != nil {
			return nil, c.Errorf("%s: %w", step.part, err)
		}
	}
	return svc, c.Done()
}

// builder carries what the steps of New share; each step declares one part and may use those before it.
type builder struct {
	*component.Builder
	spec Spec
	args Args
	svc  *Service

	definition  *ecs.TaskDefinition
	logGroup    pulumi.StringOutput // name, known once the group exists
	logGroupArn pulumi.StringOutput
	serviceName pulumi.StringOutput // name, known once the service exists
	rollback    []string            // alarms that roll a deployment back
	before      []pulumi.Resource   // what the service needs but does not name in its inputs
}
