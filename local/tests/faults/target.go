package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// target is the stack that is broken.
type target struct {
	*harness.Stack
	verifier harness.Verifier
	before   []byte // the last report of the healthy stack

	// What undo has to know.
	kept   string
	images []ecrtypes.Image
	policy iam.PutRolePolicyInput // as it was
	zone   string                 // the hosted zone's id
	record r53types.ResourceRecordSet
}

// asked are the outputs that the stack would have if an update had asked for this revision and image.
func (t *target) asked(role, revision, digest string) ([]byte, error) {
	return t.edited(func(services map[string]any) {
		service := services[role].(map[string]any)
		service["taskDefinitionArn"], service["imageDigest"] = revision, digest
	})
}

func (t *target) edited(edit func(services map[string]any)) ([]byte, error) {
	var outputs map[string]any
	if err := json.Unmarshal(t.Text, &outputs); err != nil {
		return nil, err
	}
	edit(outputs["services"].(map[string]any))
	return json.Marshal(outputs)
}

// released deploys an image of a service, as an update would, and returns that update's outputs.
func (t *target) released(ctx context.Context, role, digest string) ([]byte, error) {
	image := t.Outputs.Services[role].ImageRepository + "@" + digest
	revision, err := t.Revision(ctx, role, func(c *types.ContainerDefinition) { c.Image = &image })
	if err != nil {
		return nil, err
	}
	if err := t.Deploy(ctx, role, revision, 1); err != nil {
		return nil, err
	}
	return t.asked(role, revision, digest)
}

// platform is that of the stack's images.
const platform = "linux/amd64"

// built releases an image of a service that was built in some way.
func built(role, tag, platform string, options ...sampleapp.Option) func(context.Context, *target) ([]byte, error) {
	return func(ctx context.Context, t *target) ([]byte, error) {
		digest, err := t.Image(ctx, role, tag, platform, options...)
		if err != nil {
			return nil, err
		}
		return t.released(ctx, role, digest)
	}
}

// restored puts a service back to what the stack asked for.
func restored(role string) func(context.Context, *target) error {
	return func(ctx context.Context, t *target) error {
		return t.Deploy(ctx, role, t.Outputs.Services[role].TaskDefinitionArn, 1)
	}
}

// injected switches faults of the application on; clearFaults takes them off.
func injected(role string, faults map[string]any) func(context.Context, *target) ([]byte, error) {
	return func(ctx context.Context, t *target) ([]byte, error) { return nil, t.Break(ctx, role, faults) }
}

func clearFaults(roles ...string) func(context.Context, *target) error {
	return func(ctx context.Context, t *target) error {
		for _, role := range roles {
			if err := t.Break(ctx, role, map[string]any{}); err != nil {
				return err
			}
		}
		return nil
	}
}

// inScenario puts a scenario in force; unstaged takes it away.
func inScenario(document func(*target) any) func(context.Context, *target) ([]byte, error) {
	return func(_ context.Context, t *target) ([]byte, error) { return nil, t.Scenario(document(t)) }
}

func noScenario(_ context.Context, t *target) error { return t.Scenario(nil) }

// call is a fault of one AWS action, for as long as the scenario is in force.
func call(match string, fault map[string]any) func(*target) any {
	fault["match"], fault["times"] = match, 1_000_000
	return func(*target) any { return map[string]any{"faults": []any{fault}} }
}

// output is one of the stack's outputs that the suite alone needs.
func (t *target) output(key string) string {
	var outputs map[string]any
	if json.Unmarshal(t.Text, &outputs) != nil {
		return ""
	}
	text, _ := outputs[key].(string)
	return text
}

func (t *target) alarmState(ctx context.Context, state cwtypes.StateValue) error {
	_, err := t.CloudWatch().SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String(t.UnfedAlarm()), StateValue: state, StateReason: aws.String("5 % of the mail bounced"),
	})
	return err
}

func ring(ctx context.Context, t *target) error  { return t.alarmState(ctx, cwtypes.StateValueAlarm) }
func quiet(ctx context.Context, t *target) error { return t.alarmState(ctx, cwtypes.StateValueOk) }

// baseline keeps the report of the healthy stack where verify can read it.
func (t *target) baseline() string { return filepath.Join(t.Run, "before.json") }

func (t *target) keepBaseline() error { return os.WriteFile(t.baseline(), t.before, 0o600) }

// connected waits until the API says that it reaches all it needs, or that it does not.
func connected(want bool) func(context.Context, *target) error {
	return func(ctx context.Context, t *target) error {
		ctx, cancel := context.WithTimeout(ctx, recoveryTimeout)
		defer cancel()
		return harness.Until(ctx, fmt.Sprintf("the API's health is not %v", want), func(ctx context.Context) (bool, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.Outputs.APIURL+"/api/monitoring/health", nil)
			if err != nil {
				return false, err
			}
			res, err := t.Web.Do(req)
			if err != nil {
				return false, nil // it is not healthy then, and asked again
			}
			defer res.Body.Close()
			var health struct {
				Status string `json:"status"`
			}
			_ = json.NewDecoder(res.Body).Decode(&health)
			return (health.Status == "healthy") == want, nil
		})
	}
}

// answers waits until a user who connects anew gets an answer of the address, or none.
func (t *target) answers(ctx context.Context, address string, want bool, not string) error {
	ctx, cancel := context.WithTimeout(ctx, recoveryTimeout)
	defer cancel()
	return harness.Until(ctx, not, func(ctx context.Context) (bool, error) {
		t.Web.CloseIdleConnections()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return false, err
		}
		res, err := t.Web.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return (err == nil) == want, nil
	})
}

// minute waits for the first seconds of a minute that began after a whole one: verify's shortest window is then filled
// with what happened since. CloudWatch's minutes are the clock's, so there is nothing else to wait for.
func minute(ctx context.Context) error {
	until := time.Now().Truncate(time.Minute).Add(2 * time.Minute)
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
