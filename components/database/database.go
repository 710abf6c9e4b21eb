// Package database declares the PostgreSQL instance of one environment: encrypted, reachable from inside the VPC over
// TLS only, backed up, watched and logged.
//
// Decisions: the identifier is fixed, so that a run that was cut short fails on its second try instead of making a
// second database; the port is PostgreSQL's own, 5432, because clients, people and the runbook expect it and the
// security group, not the number, keeps others out; changes are applied at once, because a change that waits for the
// maintenance window has not happened when the deployment says it succeeded; a restore makes a second instance beside the
// first, alike but for its name and its data, and what is handed out follows the one in use.
package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Port is where the database listens.
const Port = 5432

// Args are what other components supply.
type Args struct {
	AccountID string
	Region    string
	// Identifiers are the fixed names of the instance in each of its two slots. Changing one replaces the database.
	Identifiers map[Slot]string
	// DatabaseName is the first database inside the instance. Changing it replaces the instance.
	DatabaseName string
	// Username is the master user. Changing it replaces the instance.
	Username string
	VpcID    pulumi.StringInput
	// SubnetIDs are the data subnets, in two zones or more.
	SubnetIDs pulumi.StringArrayInput
	// KeyArn encrypts storage, backups and query statistics. Changing it replaces the instance.
	KeyArn pulumi.StringInput
	// LogKeyArn encrypts the exported logs: a key that CloudWatch Logs of this region may use.
	LogKeyArn pulumi.StringInput
	// OperationsTopicArn is told of maintenance, failures and changes.
	OperationsTopicArn pulumi.StringInput
	// Password is the master user's, of URL-safe characters only (package secret's alphabet).
	Password pulumi.StringInput
	// Protected guards against deletion, the instance in AWS and in Pulumi and its logs in Pulumi, and takes a last
	// snapshot.
	Protected bool
}

// Database is a PostgreSQL instance reachable from inside the VPC only, by whoever is given a rule on its security group.
// All of it is of the instance in use.
type Database struct {
	pulumi.ResourceState
	Identifier string
	Arn        pulumi.StringOutput `pulumi:"arn"`
	Endpoint   pulumi.StringOutput `pulumi:"endpoint"` // host:port
	Address    pulumi.StringOutput `pulumi:"address"`
	Port       pulumi.IntOutput    `pulumi:"port"`
	// ResourceID is what RDS gives each instance that it makes, of the same name too.
	ResourceID      pulumi.StringOutput `pulumi:"resourceId"`
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// URL is the connection string with the password in it, as Prisma takes it; a secret.
	URL pulumi.StringOutput `pulumi:"url"`
}

// New declares the instance, its copy where a restore is under way, and what they need. The security group comes without
// rules: those who may connect bring their own.
func New(ctx *pulumi.Context, name string, spec Spec, args Args, opts ...pulumi.ResourceOption) (*Database, error) {
	component := &Database{Identifier: args.Identifiers[spec.Active()]}
	if err := ctx.RegisterComponentResource("flowcomply:database:Database", name, component, opts...); err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	//runbook:pre.2#4 declares the PostgreSQL instance, encrypted, backed up and watched.
	parent := pulumi.Parent(component)
	stack := args.Identifiers[Main]
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       args.VpcID,
		Description: pulumi.String("PostgreSQL: from the services that are given access"),
		Tags:        pulumi.StringMap{"Name": pulumi.String(stack + "-database")},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("database %q: security group: %w", name, err)
	}
	subnets, err := rds.NewSubnetGroup(ctx, name, &rds.SubnetGroupArgs{
		Description: pulumi.String("Data subnets of " + stack), SubnetIds: args.SubnetIDs,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("database %q: subnet group: %w", name, err)
	}
	parameters, err := rds.NewParameterGroup(ctx, name, &rds.ParameterGroupArgs{
		Description: pulumi.String("PostgreSQL settings of " + stack),
		Family:      pulumi.String("postgres" + spec.EngineVersion),
		Parameters:  parameterArgs(spec),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("database %q: parameter group: %w", name, err)
	}
	role, first, err := prerequisites(ctx, name, spec, args, parent)
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	instances, err := shared{
		groupIDs: pulumi.StringArray{group.ID()}, subnets: subnets.Name, parameters: parameters.Name, role: role.Arn, first: first,
	}.instances(ctx, name, spec, args, parent)
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	if err := subscribe(ctx, name, args.OperationsTopicArn, instances, parameters, parent); err != nil {
		return nil, fmt.Errorf("database %q: %w", name, err)
	}
	used := instances[0]
	component.Arn, component.Endpoint, component.Address, component.Port = used.Arn, used.Endpoint, used.Address, used.Port
	component.ResourceID = used.ResourceId
	component.SecurityGroupID = group.ID().ToStringOutput()
	//runbook:rollback.2#4 hands the address of the one in use to the services, by a new version of the secret.
	// sslmode=require: the server refuses plain connections too (rds.force_ssl).
	component.URL = pulumi.Sprintf("postgresql://%s:%s@%s/%s?schema=public&sslmode=require",
		args.Username, pulumi.ToSecret(args.Password), used.Endpoint, args.DatabaseName)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"arn": component.Arn, "endpoint": component.Endpoint, "address": component.Address, "port": component.Port,
		"resourceId": component.ResourceID, "securityGroupId": component.SecurityGroupID, "url": component.URL,
	})
}
