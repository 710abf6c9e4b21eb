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

// cloud is RDS and ECS, as far as the command asks them.
type cloud struct {
	sync.Mutex
	instances []string
	snapshots []string
	taken     time.Time // when the snapshots were
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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

func (c *cloud) has(instances ...string) {
	c.Lock()
	defer c.Unlock()
	c.instances = instances
}

// restore runs the command that restores.
func (w *world) restore(args ...string) int {
	w.Helper()
	return w.run(append([]string{"restore"}, args...)...)
}

// The engine reads the phases as the command writes them, previews the deletion of what is protected as a refusal, and
// deletes the one instance. What an update does in AWS it does not prove.
func TestRestore_ThereAndBackAndThereAgain(t *testing.T) {
	t.Parallel()
	w := open(t)
	const first, second = "flowcomply-local", "flowcomply-local-restored"
	moment := time.Now().UTC().AddDate(0, 0, -2).Truncate(time.Second) // within the seven days of backups
	played := &cloud{instances: []string{first}, snapshots: []string{"before"}, taken: moment}
	server := httptest.NewServer(played)
	t.Cleanup(server.Close)
	w.env = append(w.env, "AWS_ENDPOINT_URL="+server.URL)
	require.Equal(t, 0, w.release("v1.0.0"), w.out)
	text := w.text()

	require.Equal(t, 0, w.restore(), w.out)
	w.said("before", "or any moment from")
	assert.Equal(t, 2, w.restore("--snapshot", "before"), "nobody is there to agree")
	assert.Equal(t, text, w.text())

	require.Equal(t, 0, w.restore("--snapshot", "before", "--yes"), w.out)
	w.said("lost      everything written since", "create aws:rds/instance:Instance database-restored", second+" is in use, and proven")
	const phase, snapshot = "  flowcomply:database.restore.phase: swap\n", "  flowcomply:database.restore.snapshot: before\n"
	assert.Equal(t, text+phase+snapshot, w.text(), "in one order")
	played.has(first, second)

	// Without the phase that is for it, the engine deletes nothing that is protected.
	swapped := w.text()
	w.write(strings.NewReplacer(phase, "", snapshot, "  flowcomply:database.slot: restored\n").Replace(swapped))
	command := exec.Command(w.cli, "preview", "--stack", "local", "--config-file", w.file, "--non-interactive")
	command.Dir, command.Env = w.project, w.env
	said, err := command.CombinedOutput()
	require.Error(t, err, string(said))
	assert.Contains(t, string(said), "cannot be deleted")
	w.write(swapped)

	require.Equal(t, 0, w.restore("--undo", "--yes"), w.out)
	w.said("restore: use "+first+" again", "delete aws:rds/instance:Instance database-restored", first+" is the stack's database; "+second+" is deleted")
	assert.Equal(t, text, w.text(), "to the byte")
	played.has(first)

	require.Equal(t, 0, w.restore("--time", moment.Format(time.RFC3339), "--yes"), w.out)
	assert.Contains(t, w.text(), "\n  flowcomply:database.restore.time: \""+moment.Format(time.RFC3339)+"\"\n", "text, and no date of YAML's")
	played.has(first, second)
	require.Equal(t, 0, w.restore("--confirm", "--yes"), w.out)
	w.said("delete aws:rds/instance:Instance database\n", second+" is the stack's database; "+first+" is deleted")
	assert.Contains(t, w.text(), "\n  flowcomply:database.slot: restored\n")
	assert.NotContains(t, w.text(), "database.restore")
}
