package bench

import (
	"encoding/json"
	"fmt"
)

// block is a resource type as `terraform providers schema -json` describes it.
type block struct {
	Attributes map[string]attribute `json:"attributes"`
	Blocks     map[string]nested    `json:"block_types"`
}

type attribute struct {
	Type     json.RawMessage `json:"type"` // "string", ["list", "string"], ["object", {…}]
	Optional bool            `json:"optional"`
	Required bool            `json:"required"`
}

func (a attribute) configurable() bool { return a.Optional || a.Required }

type nested struct {
	Mode  string `json:"nesting_mode"` // list, set, single
	Block block  `json:"block"`
}

type resourceSchema struct {
	Version int   `json:"version"`
	Block   block `json:"block"`
}

// parseSchema reads the resource types of the AWS provider.
func parseSchema(text []byte) (map[string]resourceSchema, error) {
	var all struct {
		Providers map[string]struct {
			Resources map[string]resourceSchema `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("terraform providers schema: %w", err)
	}
	aws, found := all.Providers[awsSource]
	if !found {
		return nil, fmt.Errorf("terraform providers schema: %s is not in it", awsSource)
	}
	return aws.Resources, nil
}

// awsSource is the provider's full address.
const awsSource = "registry.terraform.io/hashicorp/aws"

// typeOf splits a type constraint: its kind, what its elements are, and the attributes of an object.
func typeOf(constraint json.RawMessage) (kind string, element json.RawMessage, object map[string]json.RawMessage) {
	if json.Unmarshal(constraint, &kind) == nil {
		return kind, nil, nil
	}
	var pair []json.RawMessage
	if json.Unmarshal(constraint, &pair) != nil || len(pair) < 2 || json.Unmarshal(pair[0], &kind) != nil {
		return "", nil, nil
	}
	if kind == "object" {
		_ = json.Unmarshal(pair[1], &object)
	}
	return kind, pair[1], object
}
