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
		"args.Stack: is missing":             func(in *Args) { in.Stack = "" },
		"args.Service: is missing":           func(in *Args) { in.Service = "" },
		"args.Family: is missing":            func(in *Args) { in.Family = "" },
		"args.LogGroup: is missing":          func(in *Args) { in.LogGroup = "" },
		"args.Region: is missing":            func(in *Args) { in.Region = "" },
		"args.AccountID: is missing":         func(in *Args) { in.AccountID = "" },
		"args.ClusterName: is missing":       func(in *Args) { in.ClusterName = "" },
		"args.Image.Version: is missing":     func(in *Args) { in.Image.Version = "" },
		"args.ClusterArn: is missing":        func(in *Args) { in.ClusterArn = nil },
		"args.VpcID: is missing":             func(in *Args) { in.VpcID = nil },
		"args.SubnetIDs: is missing":         func(in *Args) { in.SubnetIDs = nil },
		"args.Image.Ref: is missing":         func(in *Args) { in.Image.Ref = nil },
		"args.Image.Digest: is missing":      func(in *Args) { in.Image.Digest = nil },
		"args.RepositoryArn: is missing":     func(in *Args) { in.RepositoryArn = nil },
		"args.KeyArn: is missing":            func(in *Args) { in.KeyArn = nil },
		"args.LogKeyArn: is missing":         func(in *Args) { in.LogKeyArn = nil },
		"args.ExecLogGroupArn: is missing":   func(in *Args) { in.ExecLogGroupArn = nil },
		"args.LoadBalancer: is missing":      func(in *Args) { in.LoadBalancer = LoadBalancer{} },
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
			require.ErrorContains(t, err, problem)
			assert.Empty(t, graph.All())
		})
	}
}

func TestValidate_RefusesABadSpecAndNamesEveryProblem(t *testing.T) {
	spec := parse(t, two)["backend"]
	spec.User, spec.LogDays = "root", 4
	err := Set{"mail": spec}.Validate()
	for _, problem := range []string{`mail: is what services`, "user: ", "logDays: "} {
		assert.ErrorContains(t, err, problem)
	}
}

func TestNew_NamesEveryHole(t *testing.T) {
	graph, err := record.Try(func(ctx *pulumi.Context) error {
		in := validArgs("backend")
		in.Region, in.LoadBalancer = "", LoadBalancer{}
		_, err := New(ctx, "backend", parse(t, two)["backend"], in)
		return err
	})
	for _, problem := range []string{`service "backend": `, "args.Region: ", "args.LoadBalancer: "} {
		require.ErrorContains(t, err, problem)
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
