package releases

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// databases are the instances of each phase, as the program proper has them (components/database, which knows more of
// them), and the one in use.
func databases(ctx *pulumi.Context) (used string, err error) {
	var values map[string]string
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &values); err != nil {
		return "", err
	}
	const section = "flowcomply:database."
	settled, phase := values[section+"slot"], values[section+"restore.phase"]
	if settled == "" {
		settled = "main"
	}
	other := map[string]string{"main": "restored", "restored": "main"}[settled]
	active, there := settled, []string{settled}
	if phase == "swap" || phase == "discard" {
		active = other
	}
	if phase != "" && phase != "hold" {
		there = append(there, other)
	}
	names := map[string]string{"main": "database", "restored": "database-restored"}
	for _, slot := range there {
		dropped := slot != active && (phase == "discard" || phase == "back")
		made := &component{}
		if err := ctx.RegisterComponentResource("aws:rds/instance:Instance", names[slot], made, pulumi.Protect(!dropped)); err != nil {
			return "", err
		}
		if err := ctx.RegisterResourceOutputs(made, pulumi.Map{}); err != nil {
			return "", err
		}
	}
	return map[string]string{"main": "flowcomply-local", "restored": "flowcomply-local-restored"}[active], nil
}

// fakeAWS is RDS and ECS, as far as the command asks them.
type fakeAWS struct {
	sync.Mutex
	instances []string
	snapshots []string
	taken     time.Time // when the snapshots were
}

func (c *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.Lock()
	defer c.Unlock()
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := map[string]any{"taskArns": []any{}}
		if strings.HasSuffix(target, ".DescribeServices") {
			answer = map[string]any{"services": []any{map[string]any{"serviceName": "backend-service", "desiredCount": 0}}}
		}
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	_ = r.ParseForm()
	w.Header().Set("Content-Type", "text/xml")
	action, asked := r.Form.Get("Action"), r.Form.Get("DBInstanceIdentifier")
	const stands = "<EngineVersion>16.4</EngineVersion><AllocatedStorage>20</AllocatedStorage><KmsKeyId>key</KmsKeyId>"
	switch {
	case action == "GetCallerIdentity":
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", account)
	case action == "DescribeDBSnapshots":
		text := ""
		for _, id := range c.snapshots {
			text += "<DBSnapshot><DBSnapshotIdentifier>" + id + "</DBSnapshotIdentifier><DBInstanceIdentifier>" + asked + "</DBInstanceIdentifier>" +
				"<Status>available</Status><SnapshotCreateTime>" + c.taken.Format(time.RFC3339) + "</SnapshotCreateTime>" + stands + "</DBSnapshot>"
		}
		fmt.Fprintf(w, "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots>%s</DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>", text)
	case action == "DescribeDBInstances" && slices.Contains(c.instances, asked):
		fmt.Fprintf(w, "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>%s</DBInstanceIdentifier>"+
			"<DBInstanceStatus>available</DBInstanceStatus><BackupRetentionPeriod>7</BackupRetentionPeriod><InstanceCreateTime>%s</InstanceCreateTime>"+
			"<LatestRestorableTime>%s</LatestRestorableTime>%s</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>",
			asked, c.taken.AddDate(0, 0, -30).Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), stands)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>no such instance</Message></Error></ErrorResponse>")
	}
}

func (c *fakeAWS) has(instances ...string) {
	c.Lock()
	defer c.Unlock()
	c.instances = instances
}

// restore runs the command that restores.
func (f *fixture) restore(args ...string) int {
	f.Helper()
	return f.run(append([]string{"restore"}, args...)...)
}

// The engine reads the phases as the command writes them, previews the deletion of what is protected as a refusal, and
// deletes the one instance. What an update does in AWS it does not prove.
func TestRestore_ThereAndBackAndThereAgain(t *testing.T) {
	t.Parallel()
	f := open(t)
	const first, second = "flowcomply-local", "flowcomply-local-restored"
	moment := time.Now().UTC().AddDate(0, 0, -2).Truncate(time.Second) // within the seven days of backups
	fake := &fakeAWS{instances: []string{first}, snapshots: []string{"before"}, taken: moment}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	f.env = append(f.env, "AWS_ENDPOINT_URL="+server.URL)
	require.Equal(t, 0, f.release("v1.0.0"), f.out)
	text := f.text()

	require.Equal(t, 0, f.restore(), f.out)
	f.said("before", "or any moment from")
	assert.Equal(t, 2, f.restore("--snapshot", "before"), "nobody is there to agree")
	assert.Equal(t, text, f.text())

	require.Equal(t, 0, f.restore("--snapshot", "before", "--yes"), f.out)
	f.said("lost      everything written since", "create aws:rds/instance:Instance database-restored", second+" is in use, and proven")
	const phase, snapshot = "  flowcomply:database.restore.phase: swap\n", "  flowcomply:database.restore.snapshot: before\n"
	assert.Equal(t, text+phase+snapshot, f.text(), "in one order")
	fake.has(first, second)

	// Without the phase that is for it, the engine deletes nothing that is protected.
	swapped := f.text()
	f.write(strings.NewReplacer(phase, "", snapshot, "  flowcomply:database.slot: restored\n").Replace(swapped))
	command := exec.Command(f.cli, "preview", "--stack", "local", "--config-file", f.file, "--non-interactive")
	command.Dir, command.Env = f.project, f.env
	said, err := command.CombinedOutput()
	require.Error(t, err, string(said))
	assert.Contains(t, string(said), "cannot be deleted")
	f.write(swapped)

	require.Equal(t, 0, f.restore("--undo", "--yes"), f.out)
	f.said("restore: use "+first+" again", "delete aws:rds/instance:Instance database-restored", first+" is the stack's database; "+second+" is deleted")
	assert.Equal(t, text, f.text(), "to the byte")
	fake.has(first)

	require.Equal(t, 0, f.restore("--time", moment.Format(time.RFC3339), "--yes"), f.out)
	assert.Contains(t, f.text(), "\n  flowcomply:database.restore.time: \""+moment.Format(time.RFC3339)+"\"\n", "text, and no date of YAML's")
	fake.has(first, second)
	require.Equal(t, 0, f.restore("--confirm", "--yes"), f.out)
	f.said("delete aws:rds/instance:Instance database\n", second+" is the stack's database; "+first+" is deleted")
	assert.Contains(t, f.text(), "\n  flowcomply:database.slot: restored\n")
	assert.NotContains(t, f.text(), "database.restore")
}
