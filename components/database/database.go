// Package database declares the PostgreSQL instance of one environment: encrypted, reachable from inside the VPC over
// TLS only, backed up, monitored and logged.
//
//   - The identifier is fixed, so that a run that was cut short fails on its second try instead of making a second
//     database.
//   - The port is PostgreSQL's own, 5432: clients, people and the runbook expect it. The security group keeps others out.
//   - Changes are applied at once. One that waits for the maintenance window has not happened when the deployment says
//     that it succeeded.
//   - A restore makes a second instance beside the first, alike but for its name and its data. The outputs are those of
//     the one in use.
package database

import (
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/internal/component"
	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/validate"
)

// Port is where the database listens.
const Port = 5432

// Spec is what an operator decides about the database. Times are UTC. A change is applied at once, and one of class,
// multiAz or engineVersion interrupts connections for a failover's length.
type Spec struct {
	// Class is the instance class, e.g. db.t4g.medium.
	Class string `json:"class"`
	// EngineVersion is PostgreSQL's major version: 15, 16 or 17. The minor one is AWS's to choose, in the maintenance
	// window. A higher major version is refused unless allowMajorUpgrade says so; there is no way back from it but a
	// snapshot.
	EngineVersion string `json:"engineVersion"`
	// AllowMajorUpgrade lets a change of engineVersion upgrade the instance. Default: false.
	AllowMajorUpgrade bool `json:"allowMajorUpgrade,omitempty"`
	// StorageGiB is the size the instance starts with, 20 to 65536. It grows by itself and never shrinks. A number above the
	// present size makes it grow at once; RDS refuses one that is less than a tenth above it, and one within six hours of the
	// last growth or while it still optimises the volume for that. A number below the present size changes nothing.
	StorageGiB int `json:"storageGiB"`
	// MaxStorageGiB is where automatic growth ends: at least a tenth above storageGiB.
	MaxStorageGiB int `json:"maxStorageGiB"`
	// MultiAZ keeps a standby in another zone and fails over to it.
	MultiAZ bool `json:"multiAz"`
	// BackupDays is how far back the database can be restored to any second, 7 to 35.
	BackupDays int `json:"backupDays"`
	// BackupWindow is when the daily backup runs, hh:mm-hh:mm, half an hour or longer, outside the maintenance window.
	BackupWindow string `json:"backupWindow"`
	// MaintenanceWindow is when AWS may patch, ddd:hh:mm-ddd:hh:mm, half an hour or longer.
	MaintenanceWindow string `json:"maintenanceWindow"`
	// MaxConnections is PostgreSQL's max_connections. It is set rather than left to AWS's formula, so that "half of
	// the maximum" in the objectives is a known number. A change takes effect when the instance is next rebooted.
	MaxConnections int `json:"maxConnections"`
	// MonitoringSeconds is the interval of the operating system's metrics: 1, 5, 10, 15, 30 or 60.
	MonitoringSeconds int `json:"monitoringSeconds"`
	// PerformanceInsightsDays is how long query statistics are kept: 7 (free), or 31 or 731.
	PerformanceInsightsDays int `json:"performanceInsightsDays"`
	// LogDays is how many days CloudWatch keeps the exported logs; one of the values that it offers.
	LogDays int `json:"logDays"`
	// PasswordRotation counts the master password's rotations: the next number makes a new one. Default: 0.
	PasswordRotation int `json:"passwordRotation,omitempty"`
	// Slot says which of its two names the instance has, main or restored: restored once a restore was confirmed, and main
	// again after the next; default main. `flowcomply restore` changes it. Changed by hand, the program refuses to leave the
	// instance with the data.
	Slot Slot `json:"slot,omitempty"`
	// Restore is a restore that is under way; default none. `flowcomply restore` writes it, as keys of their own
	// (`pulumi config set flowcomply:database.restore.phase hold`).
	Restore *Restore `json:"restore,omitempty"`
}

var classForm = regexp.MustCompile(`db\.[a-z0-9]+\.[a-z0-9]+`)

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	var restore error
	if s.Restore != nil {
		restore = validate.Nested("restore", validate.All(s.Restore.Validate(),
			validate.Demand(s.HasRoom(s.Restore.StorageGiB), "storageGiB", "leaves no room to grow", "a tenth below maxStorageGiB or less")))
	}
	return validate.All(
		validate.Match("class", s.Class, classForm, "an instance class such as db.t4g.medium"),
		validate.OneOf("engineVersion", s.EngineVersion, "15", "16", "17"),
		validate.Range("storageGiB", s.StorageGiB, 20, 65536),
		validate.Range("maxStorageGiB", s.MaxStorageGiB, 22, 65536),
		validate.Demand(s.HasRoom(s.StorageGiB), "maxStorageGiB", "leaves no room to grow", "a tenth above storageGiB or more"),
		validate.Range("backupDays", s.BackupDays, 7, 35),
		validate.Match("backupWindow", s.BackupWindow, pattern.DailyWindow, "hh:mm-hh:mm"),
		validate.Match("maintenanceWindow", s.MaintenanceWindow, pattern.WeeklyWindow, "ddd:hh:mm-ddd:hh:mm, days in lower case"),
		validate.Range("maxConnections", s.MaxConnections, 20, 5000),
		validate.Among("monitoringSeconds", s.MonitoringSeconds, 1, 5, 10, 15, 30, 60),
		validate.Among("performanceInsightsDays", s.PerformanceInsightsDays, 7, 31, 731),
		validate.LogDays("logDays", s.LogDays),
		validate.Min("passwordRotation", s.PasswordRotation, 0),
		validate.OneOf("slot", s.ConfiguredSlot(), Main, Restored),
		restore,
	)
}

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
	database := &Database{Identifier: args.Identifiers[spec.Active()]}
	b, err := component.New(ctx, "flowcomply:database:Database", name, database, args, opts)
	if err != nil {
		return nil, err
	}
	//runbook:pre.2#4 declares the PostgreSQL instance, encrypted, backed up and watched.
	stack := args.Identifiers[Main]
	group, err := b.SecurityGroup(name, stack+"-database", "PostgreSQL: from the services that are given access", args.VpcID)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	subnets, err := rds.NewSubnetGroup(ctx, name, &rds.SubnetGroupArgs{
		Description: pulumi.String("Data subnets of " + stack), SubnetIds: args.SubnetIDs,
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("subnet group: %w", err)
	}
	parameters, err := rds.NewParameterGroup(ctx, name, &rds.ParameterGroupArgs{
		Description: pulumi.String("PostgreSQL settings of " + stack),
		Family:      pulumi.String("postgres" + spec.EngineVersion),
		Parameters:  parameterArgs(spec),
	}, b.Parent)
	if err != nil {
		return nil, b.Errorf("parameter group: %w", err)
	}
	role, first, err := prerequisites(b, spec, args)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	instances, err := instances(b, spec, args, rds.InstanceArgs{
		VpcSecurityGroupIds: pulumi.StringArray{group.ID()}, DbSubnetGroupName: subnets.Name,
		ParameterGroupName: parameters.Name, MonitoringRoleArn: role.Arn,
	}, first)
	if err != nil {
		return nil, b.Errorf("%w", err)
	}
	if err := subscribe(b, args.OperationsTopicArn, instances, parameters); err != nil {
		return nil, b.Errorf("%w", err)
	}
	used := instances[0]
	database.Arn, database.Endpoint, database.Address, database.Port = used.Arn, used.Endpoint, used.Address, used.Port
	database.ResourceID = used.ResourceId
	database.SecurityGroupID = group.ID().ToStringOutput()
	//runbook:rollback.2#4 hands the address of the one in use to the services, by a new version of the secret.
	// sslmode=require: the server refuses plain connections too (rds.force_ssl).
	database.URL = pulumi.Sprintf("postgresql://%s:%s@%s/%s?schema=public&sslmode=require",
		args.Username, pulumi.ToSecret(args.Password), used.Endpoint, args.DatabaseName)
	return database, b.Done()
}
