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
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/local/harness"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// ground is the stack that is broken.
type ground struct {
	*harness.Stack
	verifier harness.Verifier
	before   []byte // the last report of the healthy stack
	kept     string // what undo has to know
}

// asked are the outputs that the stack would have if an update had asked for this revision and image.
func (g *ground) asked(role, revision, digest string) ([]byte, error) {
	return g.edited(func(services map[string]any) {
		service := services[role].(map[string]any)
		service["taskDefinitionArn"], service["imageDigest"] = revision, digest
	})
}

func (g *ground) edited(edit func(services map[string]any)) ([]byte, error) {
	var outputs map[string]any
	if err := json.Unmarshal(g.Text, &outputs); err != nil {
		return nil, err
	}
	edit(outputs["services"].(map[string]any))
	return json.Marshal(outputs)
}

// released deploys an image of a service, as an update would, and returns that update's outputs.
func (g *ground) released(ctx context.Context, role, digest string) ([]byte, error) {
	image := g.Outputs.Services[role].ImageRepository + "@" + digest
	revision, err := g.Revision(ctx, role, func(c *types.ContainerDefinition) { c.Image = &image })
	if err != nil {
		return nil, err
	}
	if err := g.Deploy(ctx, role, revision, 1); err != nil {
		return nil, err
	}
	return g.asked(role, revision, digest)
}

// platform is that of the stack's images.
const platform = "linux/amd64"

// built releases an image of a service that was built in some way.
func built(role, tag, platform string, options ...sampleapp.Option) func(context.Context, *ground) ([]byte, error) {
	return func(ctx context.Context, g *ground) ([]byte, error) {
		digest, err := g.Image(ctx, role, tag, platform, options...)
		if err != nil {
			return nil, err
		}
		return g.released(ctx, role, digest)
	}
}

// restored puts a service back to what the stack asked for.
func restored(role string) func(context.Context, *ground) error {
	return func(ctx context.Context, g *ground) error {
		return g.Deploy(ctx, role, g.Outputs.Services[role].TaskDefinitionArn, 1)
	}
}

// told switches faults of the application on; mend takes them off.
func told(role string, faults map[string]any) func(context.Context, *ground) ([]byte, error) {
	return func(ctx context.Context, g *ground) ([]byte, error) { return nil, g.Break(ctx, role, faults) }
}

func mend(roles ...string) func(context.Context, *ground) error {
	return func(ctx context.Context, g *ground) error {
		for _, role := range roles {
			if err := g.Break(ctx, role, map[string]any{}); err != nil {
				return err
			}
		}
		return nil
	}
}

// staged puts a scenario in force; unstaged takes it away.
func staged(document func(*ground) any) func(context.Context, *ground) ([]byte, error) {
	return func(_ context.Context, g *ground) ([]byte, error) { return nil, g.Scenario(document(g)) }
}

func unstaged(_ context.Context, g *ground) error { return g.Scenario(nil) }

// call is a fault of one AWS action, for as long as the scenario is in force.
func call(match string, fault map[string]any) func(*ground) any {
	fault["match"], fault["times"] = match, 1_000_000
	return func(*ground) any { return map[string]any{"faults": []any{fault}} }
}

// output is one of the stack's outputs that the suite alone needs.
func (g *ground) output(key string) string {
	var outputs map[string]any
	if json.Unmarshal(g.Text, &outputs) != nil {
		return ""
	}
	text, _ := outputs[key].(string)
	return text
}

func (g *ground) alarmState(ctx context.Context, state cwtypes.StateValue) error {
	_, err := g.CloudWatch().SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String(g.UnfedAlarm()), StateValue: state, StateReason: aws.String("5 % of the mail bounced"),
	})
	return err
}

func ring(ctx context.Context, g *ground) error  { return g.alarmState(ctx, cwtypes.StateValueAlarm) }
func quiet(ctx context.Context, g *ground) error { return g.alarmState(ctx, cwtypes.StateValueOk) }

// baseline keeps the report of the healthy stack where verify can read it.
func (g *ground) baseline() string { return filepath.Join(g.Run, "before.json") }

func (g *ground) keepBaseline() error { return os.WriteFile(g.baseline(), g.before, 0o600) }

// connected waits until the API says that it reaches all it needs, or that it does not.
func connected(want bool) func(context.Context, *ground) error {
	return func(ctx context.Context, g *ground) error {
		ctx, cancel := context.WithTimeout(ctx, mendedWithin)
		defer cancel()
		return harness.Until(ctx, fmt.Sprintf("the API's health is not %v", want), func(ctx context.Context) (bool, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.Outputs.APIURL+"/api/monitoring/health", nil)
			if err != nil {
				return false, err
			}
			res, err := g.Web.Do(req)
			if err != nil {
				return false, nil //nolint:nilerr // it is not healthy then, and asked again
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
