package database

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// instanceArgs is all of the instance that does not come from a sibling resource.
func instanceArgs(spec Spec, in Wiring) *rds.InstanceArgs {
	return &rds.InstanceArgs{
		Identifier:               pulumi.String(in.Identifier),
		InstanceClass:            pulumi.String(spec.Class),
		Engine:                   pulumi.String("postgres"),
		EngineVersion:            pulumi.String(spec.EngineVersion),
		AllowMajorVersionUpgrade: pulumi.Bool(spec.AllowMajorUpgrade),
		AutoMinorVersionUpgrade:  pulumi.Bool(true),
		DbName:                   pulumi.String(in.DatabaseName),
		Username:                 pulumi.String(in.Username),
		Password:                 in.Password,
		Port:                     pulumi.Int(Port),

		AllocatedStorage:    pulumi.Int(spec.StorageGiB),
		MaxAllocatedStorage: pulumi.Int(spec.MaxStorageGiB),
		StorageType:         pulumi.String("gp3"),
		StorageEncrypted:    pulumi.Bool(true),
		KmsKeyId:            in.KeyArn,

		MultiAz:                          pulumi.Bool(spec.MultiAZ),
		PubliclyAccessible:               pulumi.Bool(false),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),
		// The 2048-bit authority is the one that every client's bundle holds; it is valid until 2061.
		CaCertIdentifier: pulumi.String("rds-ca-rsa2048-g1"),

		BackupRetentionPeriod:  pulumi.Int(spec.BackupDays),
		BackupWindow:           pulumi.String(spec.BackupWindow),
		MaintenanceWindow:      pulumi.String(spec.MaintenanceWindow),
		CopyTagsToSnapshot:     pulumi.Bool(true),
		DeleteAutomatedBackups: pulumi.Bool(!in.Protected),

		//runbook:trouble.slow#4 keeps what each statement costs, for Performance Insights.
		EnabledCloudwatchLogsExports:       logExports(),
		MonitoringInterval:                 pulumi.Int(spec.MonitoringSeconds),
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        in.KeyArn,
		PerformanceInsightsRetentionPeriod: pulumi.Int(spec.PerformanceInsightsDays),

		// A change that waits for the maintenance window has not happened when the deployment says it succeeded.
		ApplyImmediately:   pulumi.Bool(true),
		DeletionProtection: pulumi.Bool(in.Protected),
		SkipFinalSnapshot:  pulumi.Bool(!in.Protected),
		// Fixed: a second database that dies under this name must not overwrite the first one's last snapshot; AWS
		// refuses, and somebody looks.
		FinalSnapshotIdentifier: pulumi.String(in.Identifier + "-final"),
	}
}
