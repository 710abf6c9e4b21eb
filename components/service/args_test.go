package service

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests show that nothing is declared from incomplete arguments. They do not show that the values are right.

func TestNew_RefusesHolesBeforeAnythingExists(t *testing.T) {
	for problem, change := range map[string]func(*Args){
		"stack: is empty":                    func(in *Args) { in.Stack = "" },
		"service: is empty":                  func(in *Args) { in.Service = "" },
		"family: is empty":                   func(in *Args) { in.Family = "" },
		"log group: is empty":                func(in *Args) { in.LogGroup = "" },
		"region: is empty":                   func(in *Args) { in.Region = "" },
		"account id: is empty":               func(in *Args) { in.AccountID = "" },
		"cluster name: is empty":             func(in *Args) { in.ClusterName = "" },
		"image version: is empty":            func(in *Args) { in.Image.Version = "" },
		"cluster arn: is missing":            func(in *Args) { in.ClusterArn = nil },
		"vpc id: is missing":                 func(in *Args) { in.VpcID = nil },
		"subnet ids: are missing":            func(in *Args) { in.SubnetIDs = nil },
		"image ref: is missing":              func(in *Args) { in.Image.Ref = nil },
		"image digest: is missing":           func(in *Args) { in.Image.Digest = nil },
		"repository arn: is missing":         func(in *Args) { in.RepositoryArn = nil },
		"key arn: is missing":                func(in *Args) { in.KeyArn = nil },
		"log key arn: is missing":            func(in *Args) { in.LogKeyArn = nil },
		"exec log group arn: is missing":     func(in *Args) { in.ExecLogGroupArn = nil },
		"load balancer: is missing":          func(in *Args) { in.LoadBalancer = LoadBalancer{} },
		"JWT_SECRET is not a secret of":      func(in *Args) { delete(in.SecretRefs, "JWT_SECRET") },
		"JWT_SECRET has no address":          func(in *Args) { in.SecretRefs["JWT_SECRET"] = Secret{} },
		"cache is not in this stack":         func(in *Args) { delete(in.Permissions, AccessCache) },
		"database is incomplete":             func(in *Args) { in.Permissions[AccessDatabase] = Permission{Port: 5432} },
		"documents is incomplete":            func(in *Args) { in.Permissions[AccessDocuments] = Permission{} },
		"mail is incomplete":                 func(in *Args) { in.Permissions[AccessMail] = Permission{Arns: pulumi.StringArray{}} },
		"LOG_LEVEL comes with access to cac": func(in *Args) { in.Permissions[AccessCache] = clashing("LOG_LEVEL") },
		"JWT_SECRET comes with access to ca": func(in *Args) { in.Permissions[AccessCache] = clashing("JWT_SECRET") },
		"AWS_SES_FROM_EMAIL comes with acce": func(in *Args) { in.Permissions[AccessCache] = clashing("AWS_SES_FROM_EMAIL") },
	} {
		t.Run(problem, func(t *testing.T) {
			in := validArgs("backend")
			change(&in)
			graph, err := record.Try(func(ctx *pulumi.Context) error {
				_, err := New(ctx, "backend", parse(t, two)["backend"], in)
				return err
			})
			require.ErrorContains(t, err, `service "backend": `)
			assert.ErrorContains(t, err, problem)
			assert.Empty(t, graph.All())
		})
	}
}

func TestNew_RefusesABadSpecAndNamesEveryProblem(t *testing.T) {
	graph, err := record.Try(func(ctx *pulumi.Context) error {
		spec := parse(t, two)["backend"]
		spec.User, spec.LogDays = "root", 4
		in := validArgs("backend")
		in.Region = ""
		_, err := New(ctx, "mail", spec, in)
		return err
	})
	for _, problem := range []string{`service "mail": mail: is what services`, "user: ", "logDays: ", "region: "} {
		assert.ErrorContains(t, err, problem)
	}
	assert.Empty(t, graph.All())
}

func TestNew_AWorkerNeedsNeitherLoadBalancerNorStores(t *testing.T) {
	in := validArgs("worker")
	in.LoadBalancer, in.Permissions, in.SecretRefs = LoadBalancer{}, nil, nil
	spec := parse(t, third)["worker"]
	spec.Access, spec.Secrets = nil, nil
	record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "worker", spec, in)
		return err
	})
}

func clashing(name string) Permission {
	return Permission{SecurityGroupID: pulumi.String("sg"), Port: 1, Environment: map[string]pulumi.StringInput{name: pulumi.String("x")}}
}
