package service

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/internal/record"
)

// These tests show that nothing is declared from a wiring with holes. They do not show that the values are right.

func TestNew_RefusesHolesBeforeAnythingExists(t *testing.T) {
	for problem, change := range map[string]func(*Wiring){
		"stack: is empty":                    func(in *Wiring) { in.Stack = "" },
		"service: is empty":                  func(in *Wiring) { in.Service = "" },
		"family: is empty":                   func(in *Wiring) { in.Family = "" },
		"log group: is empty":                func(in *Wiring) { in.LogGroup = "" },
		"region: is empty":                   func(in *Wiring) { in.Region = "" },
		"account id: is empty":               func(in *Wiring) { in.AccountID = "" },
		"cluster name: is empty":             func(in *Wiring) { in.ClusterName = "" },
		"image version: is empty":            func(in *Wiring) { in.Image.Version = "" },
		"cluster arn: is missing":            func(in *Wiring) { in.ClusterArn = nil },
		"vpc id: is missing":                 func(in *Wiring) { in.VpcID = nil },
		"subnet ids: are missing":            func(in *Wiring) { in.SubnetIDs = nil },
		"image ref: is missing":              func(in *Wiring) { in.Image.Ref = nil },
		"image digest: is missing":           func(in *Wiring) { in.Image.Digest = nil },
		"repository arn: is missing":         func(in *Wiring) { in.RepositoryArn = nil },
		"key arn: is missing":                func(in *Wiring) { in.KeyArn = nil },
		"log key arn: is missing":            func(in *Wiring) { in.LogKeyArn = nil },
		"exec log group arn: is missing":     func(in *Wiring) { in.ExecLogGroupArn = nil },
		"load balancer: is missing":          func(in *Wiring) { in.LoadBalancer = LoadBalancer{} },
		"JWT_SECRET is not a secret of":      func(in *Wiring) { delete(in.SecretRefs, "JWT_SECRET") },
		"JWT_SECRET has no address":          func(in *Wiring) { in.SecretRefs["JWT_SECRET"] = Secret{} },
		"cache is not in this stack":         func(in *Wiring) { delete(in.Grants, AccessCache) },
		"database is incomplete":             func(in *Wiring) { in.Grants[AccessDatabase] = Grant{Port: 5432} },
		"documents is incomplete":            func(in *Wiring) { in.Grants[AccessDocuments] = Grant{} },
		"mail is incomplete":                 func(in *Wiring) { in.Grants[AccessMail] = Grant{Arns: pulumi.StringArray{}} },
		"LOG_LEVEL comes with access to cac": func(in *Wiring) { in.Grants[AccessCache] = clashing("LOG_LEVEL") },
		"JWT_SECRET comes with access to ca": func(in *Wiring) { in.Grants[AccessCache] = clashing("JWT_SECRET") },
		"AWS_SES_FROM_EMAIL comes with acce": func(in *Wiring) { in.Grants[AccessCache] = clashing("AWS_SES_FROM_EMAIL") },
	} {
		t.Run(problem, func(t *testing.T) {
			in := wiring("backend")
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
		in := wiring("backend")
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
	in := wiring("worker")
	in.LoadBalancer, in.Grants, in.SecretRefs = LoadBalancer{}, nil, nil
	spec := parse(t, third)["worker"]
	spec.Access, spec.Secrets = nil, nil
	record.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "worker", spec, in)
		return err
	})
}

func clashing(name string) Grant {
	return Grant{SecurityGroupID: pulumi.String("sg"), Port: 1, Environment: map[string]pulumi.StringInput{name: pulumi.String("x")}}
}
