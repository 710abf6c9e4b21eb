package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/local/plugins/aws"
)

// resource is one entry of `pulumi stack export --show-secrets`.
type resource struct {
	URN          string         `json:"urn"`
	Type         string         `json:"type"`
	ID           string         `json:"id"`
	Custom       bool           `json:"custom"`
	External     bool           `json:"external"` // looked up, not managed
	Inputs       map[string]any `json:"inputs"`
	Outputs      map[string]any `json:"outputs"`
	Dependencies []string       `json:"dependencies"`
}

func (r resource) name() string { return r.URN[strings.LastIndex(r.URN, "::")+2:] }

// twin is the same resources for Terraform: a configuration that says what the program says, with the same edges
// between resources, and a state that holds what Pulumi's holds. Nothing is imported or applied, so that neither
// tool begins with a different view of the same AWS.
type twin struct {
	Config, State []byte
	Instances     int
}

// parseExport reads the resources of a state, secrets in the open.
func parseExport(text []byte) ([]resource, error) {
	var export struct {
		Deployment struct {
			Resources []resource `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(text, &export); err != nil {
		return nil, fmt.Errorf("stack export: %w", err)
	}
	all := export.Deployment.Resources
	for i := range all {
		all[i].Inputs, _ = reveal(all[i].Inputs).(map[string]any)
		all[i].Outputs, _ = reveal(all[i].Outputs).(map[string]any)
	}
	return all, nil
}

// reveal replaces secrets, which an export writes as objects, by their values.
func reveal(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if text, ok := v["plaintext"].(string); ok {
			var inner any
			if json.Unmarshal([]byte(text), &inner) == nil {
				return reveal(inner)
			}
		}
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = reveal(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = reveal(inner)
		}
		return out
	default:
		return value
	}
}

// newTwin makes the twin of a stack's managed AWS resources.
func newTwin(stack []resource, schemas map[string]resourceSchema) (twin, error) {
	addresses, configs, states := map[string]string{}, map[string]map[string]any{}, []any{}
	settings := map[string]any{}
	for _, one := range stack { // an export lists what others depend on first
		if one.Type == "pulumi:providers:aws" {
			settings = providerSettings(one.Inputs)
		}
		if !one.Custom || one.External || !strings.HasPrefix(one.Type, "aws:") {
			continue
		}
		typ, renamed, known := aws.Terraform(one.Type)
		schema, described := schemas[typ]
		if !known || !described {
			return twin{}, fmt.Errorf("twin: %s has no Terraform type; add it to the plugin's table", one.Type)
		}
		if configs[typ] == nil {
			configs[typ] = map[string]any{}
		}
		label := one.name()
		for n := 2; configs[typ][label] != nil; n++ { // children of different components may share a name
			label = fmt.Sprintf("%s-%d", one.name(), n)
		}
		addresses[one.URN] = typ + "." + label
		edges := edges(one.Dependencies, addresses)
		configs[typ][label] = configOf(one, schema.Block, renamed, edges)
		states = append(states, stateOf(one, schema, renamed, typ, label, edges))
	}
	config, err := json.MarshalIndent(map[string]any{
		"provider": map[string]any{"aws": settings}, "resource": configs,
	}, "", " ")
	if err != nil {
		return twin{}, err
	}
	state, err := json.MarshalIndent(map[string]any{
		"version": 4, "terraform_version": "1.0.0", "serial": 1, "lineage": "twin", "outputs": map[string]any{}, "resources": states,
	}, "", " ")
	return twin{Config: config, State: state, Instances: len(states)}, err
}

// edges are the addresses that a resource waits for, as the engine recorded them.
func edges(urns []string, addresses map[string]string) []string {
	found := map[string]bool{}
	for _, urn := range urns {
		if address, in := addresses[urn]; in {
			found[address] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func configOf(one resource, schema block, renamed map[string]string, edges []string) map[string]any {
	config := converter{config: true}.block(schema, rename(one.Inputs, renamed))
	if len(edges) > 0 {
		config["depends_on"] = edges
	}
	return config
}

func stateOf(one resource, schema resourceSchema, renamed map[string]string, typ, label string, edges []string) map[string]any {
	attributes := converter{}.block(schema.Block, rename(one.Outputs, renamed))
	if _, has := schema.Block.Attributes["id"]; has {
		attributes["id"] = one.ID
	}
	return map[string]any{
		"mode": "managed", "type": typ, "name": label, "provider": `provider["` + awsSource + `"]`,
		"instances": []any{map[string]any{"schema_version": schema.Version, "attributes": attributes, "sensitive_attributes": []any{}, "dependencies": edges}},
	}
}

func rename(properties map[string]any, renamed map[string]string) map[string]any {
	out := make(map[string]any, len(properties))
	for name, value := range properties {
		if other, different := renamed[name]; different {
			name = other
		}
		out[name] = value
	}
	return out
}

// providerSettings are the program's own provider settings that decide what a plan compares; the engine keeps lists
// and objects as JSON text.
func providerSettings(inputs map[string]any) map[string]any {
	decoded := func(name string) (value any) {
		text, _ := inputs[name].(string)
		_ = json.Unmarshal([]byte(text), &value)
		return value
	}
	settings := map[string]any{"region": inputs["region"], "allowed_account_ids": decoded("allowedAccountIds")}
	if tags := decoded("defaultTags"); tags != nil {
		settings["default_tags"] = tags
	}
	return settings
}
