package awschecks

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/check/checktest"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// databases is RDS with one instance, as it is some time after synctest's clock has started.
type databases struct {
	instance *types.DBInstance
	err      error
	asked    []string
}

func (d *databases) DescribeDBInstances(_ context.Context, in *rds.DescribeDBInstancesInput, _ ...func(*rds.Options)) (*rds.DescribeDBInstancesOutput, error) {
	d.asked = append(d.asked, aws.ToString(in.DBInstanceIdentifier))
	if d.instance == nil {
		return &rds.DescribeDBInstancesOutput{}, d.err
	}
	return &rds.DescribeDBInstancesOutput{DBInstances: []types.DBInstance{*d.instance}}, d.err
}

// start is when synctest's clock starts.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// database is one that was made so long ago, and that can be restored to so long ago.
func database(status string, days int32, age time.Duration, restorable ...time.Duration) *types.DBInstance {
	made := &types.DBInstance{
		DBInstanceIdentifier: aws.String("flowcomply"), DBInstanceStatus: &status, BackupRetentionPeriod: &days, InstanceCreateTime: aws.Time(start.Add(-age)),
	}
	for _, ago := range restorable {
		made.LatestRestorableTime = aws.Time(start.Add(-ago))
	}
	return made
}

const day = 24 * time.Hour

func TestRestorable_IsToAFewMinutesAgo(t *testing.T) {
	for name, tc := range map[string]struct {
		answers  databases
		outcome  check.Outcome
		inUpdate check.Outcome
		says     string
	}{
		"minutes ago":           {databases{instance: database("available", 35, day, 4*time.Minute+7*time.Second)}, check.OK, check.OK, "4m7s ago"},
		"as is allowed":         {databases{instance: database("available", 35, day, restorableWithin)}, check.OK, check.OK, "15m ago"},
		"while it is backed up": {databases{instance: database("backing-up", 35, day, time.Minute)}, check.OK, check.OK, "1m ago"},
		"too long ago": {
			databases{instance: database("storage-full", 35, day, restorableWithin+time.Second)}, check.FailedNow, check.NotEnoughData,
			"flowcomply can be restored up to 1999-12-31T23:44:59Z only, 15m1s ago; 15m are allowed; it is storage-full",
		},
		"switched off":     {databases{instance: database("available", 0, day)}, check.FailedNow, check.NotEnoughData, "backups of flowcomply are switched off"},
		"off, once on":     {databases{instance: database("available", 0, day, time.Minute)}, check.FailedNow, check.NotEnoughData, "switched off"},
		"young":            {databases{instance: database("available", 35, firstBackupWithin-time.Second)}, check.NotEnoughData, check.NotEnoughData, "RDS names no moment"},
		"first backup":     {databases{instance: database("backing-up", 35, day)}, check.NotEnoughData, check.NotEnoughData, "it is backing-up"},
		"never backed up":  {databases{instance: database("available", 35, firstBackupWithin)}, check.FailedNow, check.NotEnoughData, "RDS names no moment"},
		"gone":             {databases{err: &types.DBInstanceNotFoundFault{}}, check.FailedNow, check.FailedNow, "RDS has no database flowcomply"},
		"nothing answered": {databases{}, check.FailedNow, check.FailedNow, "RDS has no database flowcomply"},
		"denied": {
			databases{err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}}, check.FailedNow, check.FailedNow, "AccessDenied: no",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for inUpdate, outcome := range map[bool]check.Outcome{false: tc.outcome, true: tc.inUpdate} {
				answers := tc.answers
				stack := Stack{
					Outputs: outputs.Outputs{DatabaseIdentifier: "flowcomply"}, Clients: Clients{Databases: &answers},
					Interval: time.Second, InUpdate: inUpdate,
				}
				one := stack.Restorable()
				require.Equal(t, "database/restorable", one.Key())
				checktest.Expect(t, checktest.One(t, one), outcome, tc.says)
				assert.Equal(t, []string{"flowcomply"}, answers.asked, "asked once: waiting changes nothing")
			}
		})
	}
}
