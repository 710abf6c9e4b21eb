package crash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/local/harness"
	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// observation is what there is of a stack at one moment.
type observation struct {
	running *harness.Stack
	version string
	number  int                 // of its last proven release
	tagged  map[string]bool     // ARNs in AWS that have the stack's tag
	known   map[string]bool     // whatever the state has for a text
	images  map[string][]string // digests, by service
	calls   []harness.Call
}

func observe(ctx context.Context, stack engine.Stack) (observation, error) {
	running, err := harness.Open(ctx, stack)
	if err != nil {
		return observation{}, err
	}
	seen := observation{running: running, images: map[string][]string{}}
	var says struct {
		Version string
		Release struct{ Number int }
	}
	if err := json.Unmarshal(running.Text, &says); err != nil {
		return observation{}, err
	}
	seen.version, seen.number = says.Version, says.Release.Number
	if seen.calls, err = harness.Journal(stack.Run); err != nil {
		return observation{}, err
	}
	state, err := stateOf(ctx, stack)
	if err != nil {
		return observation{}, err
	}
	seen.known = textsIn(state)
	return seen, errors.Join(seen.findTagged(ctx, state), seen.findImages(ctx))
}

// findTagged asks AWS for all that has the stack's tag, the way people would.
func (s *observation) findTagged(ctx context.Context, state recovery.State) error {
	account, _ := state.Account()
	key, value := recovery.StackTag, account.Tag
	s.tagged = map[string]bool{}
	pages := tagging.NewGetResourcesPaginator(tagging.NewFromConfig(s.running.AWS), &tagging.GetResourcesInput{
		TagFilters: []types.TagFilter{{Key: &key, Values: []string{value}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("what has the tag %s=%s: %w", key, value, err)
		}
		for _, one := range page.ResourceTagMappingList {
			s.tagged[*one.ResourceARN] = true
		}
	}
	if len(s.tagged) == 0 {
		return fmt.Errorf("nothing has the tag %s=%s", key, value)
	}
	return nil
}

func (s *observation) findImages(ctx context.Context) error {
	for _, role := range slices.Sorted(maps.Keys(s.running.Outputs.Services)) {
		_, name, _ := strings.Cut(s.running.Outputs.Services[role].ImageRepository, "/")
		pages := ecr.NewDescribeImagesPaginator(ecr.NewFromConfig(s.running.AWS), &ecr.DescribeImagesInput{RepositoryName: &name})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("images of %s: %w", role, err)
			}
			for _, one := range page.ImageDetails {
				s.images[role] = append(s.images[role], *one.ImageDigest)
			}
		}
	}
	return nil
}

// since tells what there is too much or too little of after the release of a version.
func (s observation) since(before observation, version string) error {
	var problems []error
	wrong := func(format string, values ...any) { problems = append(problems, fmt.Errorf(format, values...)) }
	if s.version != version || s.number != before.number+1 {
		wrong("the last proven release is %s, number %d; want %s, number %d", s.version, s.number, version, before.number+1)
	}
	if taken := harness.Count(s.calls[len(before.calls):])["rds:CreateDBSnapshot"]; taken != 1 {
		wrong("%d snapshots were taken; want 1", taken)
	}
	for _, role := range slices.Sorted(maps.Keys(s.images)) {
		if made := len(s.images[role]) - len(before.images[role]); made != 1 {
			wrong("%s has %d images more than before; want 1", role, made)
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(s.tagged)) {
		if !before.tagged[arn] && !s.known[arn] && !kept(arn) {
			wrong("%s was made, and is in no state", arn)
		}
	}
	return errors.Join(problems...)
}

// kept tells what a release makes and no state has: its snapshot, which outlives the stack, and tasks, which services start.
func kept(arn string) bool {
	return strings.Contains(arn, ":snapshot:") && strings.Contains(arn, "-pre-deploy-") || strings.Contains(arn, ":task/")
}

// textsIn are the ids and all texts in the outputs of what a state has.
func textsIn(state recovery.State) map[string]bool {
	found := map[string]bool{}
	var add func(value any)
	add = func(value any) {
		switch value := value.(type) {
		case string:
			found[value] = true
		case []any:
			for _, one := range value {
				add(one)
			}
		case map[string]any:
			for _, one := range value {
				add(one)
			}
		}
	}
	for _, resource := range state.Resources() {
		found[resource.ID()] = true
		add(resource.Outputs())
	}
	return found
}

func stateOf(ctx context.Context, stack engine.Stack) (recovery.State, error) {
	text, err := stack.Export(ctx)
	if err != nil {
		return recovery.State{}, err
	}
	return recovery.ParseState(text)
}

// cutOff names the operations that an update began and did not end.
func cutOff(ctx context.Context, stack engine.Stack) ([]string, error) {
	state, err := stateOf(ctx, stack)
	var cut []string
	for _, one := range state.Pending() {
		cut = append(cut, one.String())
	}
	slices.Sort(cut)
	return cut, err
}
