package simulated

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/flowcomply/infrastructure/components/record"

	"github.com/flowcomply/infrastructure/local/plugins/provider"
)

const (
	taskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
	image          = "docker:index/image:Image"
	command        = "command:local:Command"
	service        = "aws:ecs/service:Service"
)

// replaces are the inputs whose change replaces a resource, of the types that a release changes; those of other types
// update in place here.
var replaces = map[string][]resource.PropertyKey{
	taskDefinition: {"containerDefinitions", "cpu", "memory", "volumes"},
	command:        {"triggers"},
}

// difference compares inputs. An image's login is no part of it.
func difference(typ string, olds, news resource.PropertyMap) *pulumirpc.DiffResponse {
	if typ == image {
		olds, news = without(olds, "registry"), without(news, "registry")
	}
	return provider.Diff(olds, news, replaces[typ]...)
}

func without(properties resource.PropertyMap, key resource.PropertyKey) resource.PropertyMap {
	rest := properties.Copy()
	delete(rest, key)
	return rest
}

// state is a resource's inputs with what its provider would compute. It depends on the inputs alone, so that an update
// which changes no more than a tag leaves everything else as it was.
func state(urn resource.URN, inputs resource.PropertyMap) resource.PropertyMap {
	typ := string(urn.Type())
	made := inputs.Copy()
	for key, value := range record.Computed(typ, urn.Name(), inputs) {
		if _, given := inputs[key]; !given {
			made[key] = value
		}
	}
	for key, text := range ofContent(typ, inputs) {
		made[key] = resource.NewStringProperty(text)
	}
	return made
}

// ofContent are the computed outputs that differ from release to release.
func ofContent(typ string, inputs resource.PropertyMap) map[resource.PropertyKey]string {
	switch typ {
	case image:
		repository, _, _ := strings.Cut(text(inputs, "imageName"), ":")
		return map[resource.PropertyKey]string{"repoDigest": repository + "@sha256:" + digest(without(inputs, "registry"))}
	case taskDefinition:
		revision := digest(resource.PropertyMap{"containers": inputs["containerDefinitions"]})[:8]
		return map[resource.PropertyKey]string{"arn": "arn:aws:ecs:ap-southeast-2:123456789012:task-definition/" + text(inputs, "family") + ":" + revision}
	default:
		return nil
	}
}

func text(inputs resource.PropertyMap, key resource.PropertyKey) string {
	if value := provider.Bare(inputs[key]); value.IsString() {
		return value.StringValue()
	}
	return ""
}

// digest is sha256 over properties, in hexadecimal.
func digest(properties resource.PropertyMap) string {
	plain, err := json.Marshal(provider.Bare(resource.NewObjectProperty(properties)).Mappable())
	if err != nil {
		plain = []byte(err.Error()) // unreachable: properties came as JSON
	}
	return fmt.Sprintf("%x", sha256.Sum256(plain))
}
