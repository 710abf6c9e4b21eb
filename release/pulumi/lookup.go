package pulumi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	recovery "github.com/flowcomply/infrastructure/release/recover"
)

// Lookup reads candidates in a temporary stack: a file backend in a temporary folder, with only the providers of the state.
// It uses refresh, which only reads. The stack itself is not touched.
func (s Stack) Lookup(ctx context.Context, state recovery.State, candidates []recovery.Candidate) ([]recovery.Reading, error) {
	where, err := s.Where(ctx)
	if err != nil {
		return nil, err
	}
	resources, err := providers(state, candidates)
	if err != nil {
		return nil, err
	}
	urns := make([]string, len(candidates))
	for i, candidate := range candidates {
		urns[i] = fmt.Sprintf("urn:pulumi:%s::%s::%s::candidate-%d", last(s.Name), where.Project, candidate.Type, i)
		resources = append(resources, recovery.Resource{
			"urn": urns[i], "custom": true, "id": candidate.ID, "type": candidate.Type, "provider": candidate.Provider,
		})
	}
	folder, err := os.MkdirTemp("", "flowcomply-recover-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left holds no secret
	copied := Stack{CLI: temporary(s.Program, folder), Name: last(s.Name)}
	if err := copied.begin(ctx, where.Project, recovery.NewState(resources)); err != nil {
		return nil, fmt.Errorf("a copy to look with: %w", err)
	}
	events := filepath.Join(folder, "events.json")
	_, refreshed := copied.Capture(ctx, "refresh", "--stack", copied.Name, "--yes", "--skip-preview", "--suppress-progress", "--event-log", events)
	read, err := copied.Export(ctx)
	if err != nil {
		return nil, errors.Join(err, refreshed)
	}
	return readings(urns, read, errorsIn(events), refreshed)
}

// readings says what became of each candidate. One that does not exist has left the temporary stack.
func readings(urns []string, read recovery.State, errs map[string]string, refreshed error) ([]recovery.Reading, error) {
	found := map[string]recovery.Resource{}
	for _, resource := range read.Resources() {
		found[resource.URN()] = resource
	}
	answers := make([]recovery.Reading, len(urns))
	for i, urn := range urns {
		resource, there := found[urn]
		switch {
		case !there:
		case len(resource.Outputs()) > 0:
			answers[i].Outputs = resource.Outputs()
		case errs[urn] != "":
			answers[i].Err = errors.New(errs[urn])
		case refreshed != nil:
			return nil, refreshed // nothing was read, for a reason of its own, such as credentials
		default:
			answers[i].Err = errors.New("the provider said nothing of it")
		}
	}
	return answers, nil
}

// providers are those of the state that the candidates refer to, without what they were made of.
func providers(state recovery.State, candidates []recovery.Candidate) ([]recovery.Resource, error) {
	known := map[string]recovery.Resource{}
	for _, resource := range state.Resources() {
		known[resource.URN()+"::"+resource.ID()] = resource
	}
	var resources []recovery.Resource
	taken := map[string]bool{}
	for _, candidate := range candidates {
		one, found := known[candidate.Provider]
		if !found {
			return nil, fmt.Errorf("%s %s: its provider %q is not in the state", candidate.Type, candidate.ID, candidate.Provider)
		}
		if taken[candidate.Provider] {
			continue
		}
		taken[candidate.Provider] = true
		bare := recovery.Resource{}
		for _, key := range []string{"urn", "custom", "id", "type", "inputs", "outputs"} {
			if value, given := one[key]; given {
				bare[key] = value
			}
		}
		resources = append(resources, bare)
	}
	return resources, nil
}

// temporary is a CLI on a backend of its own in the folder, with a passphrase that nobody needs to know.
func temporary(program, folder string) CLI {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "PULUMI_CONFIG_PASSPHRASE_FILE" || name == "PULUMI_STACK"
	})
	env = append(env, "PULUMI_BACKEND_URL=file://"+filepath.Join(folder, "state"), "PULUMI_CONFIG_PASSPHRASE="+rand.Text(),
		"PULUMI_DEBUG_COMMANDS=true") // --event-log is one of these
	return CLI{Program: program, Folder: folder, Env: env, Grace: Graceful}
}

// begin makes the stack, with a state.
func (s Stack) begin(ctx context.Context, project string, state recovery.State) error {
	settings := fmt.Appendf(nil, "name: %s\nruntime: go\n", project)
	if err := errors.Join(
		os.Mkdir(filepath.Join(s.Folder, "state"), 0o700), os.WriteFile(filepath.Join(s.Folder, "Pulumi.yaml"), settings, 0o600),
	); err != nil {
		return err
	}
	if _, err := s.Capture(ctx, "stack", "init", s.Name, "--no-select", "--secrets-provider", "passphrase"); err != nil {
		return err
	}
	return s.Import(ctx, state)
}

// errorsIn are the errors that the engine logged of each resource. Where there are none, the command's own error says why.
func errorsIn(file string) map[string]string {
	errs := map[string]string{}
	events, _ := ReadEvents(file)
	for _, event := range events {
		if d := event.DiagnosticEvent; d != nil && d.Severity == "error" && d.URN != "" {
			errs[d.URN] += strings.TrimSpace(d.Message)
		}
	}
	return errs
}
