package recovery

import (
	"encoding/json"
	"strings"
)

// kind says how a resource of one type is found in AWS when its creation was cut off. It has one of id, tagged and again.
// Ids are those that Terraform's AWS provider imports by (the section "Import" of each resource's page at
// https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs).
type kind struct {
	// id makes the id of the inputs. The engine chose the name before it began, also where it chose it by chance.
	id func(request) string
	// tagged is how the ARN continues after account and region. It is set where AWS generates the id, and finds the resource by
	// its tags.
	tagged string
	// idOfARN makes the id from an ARN and the inputs. When nil, it is the last part of the ARN.
	idOfARN func(arn string, in request) string
	// same are the inputs that must be read back alike. One that was not given does not count.
	same []string
	// writeOnly are inputs that AWS does not return. An imported resource keeps them, as a created one does.
	writeOnly []string
	// again says why nothing is looked for: creating it again makes no second one that costs or is in the way.
	again string
}

// request is what the program requested, and in which account.
type request struct {
	inputs  map[string]any
	account Account
}

// get is an input's text; empty for one that is no text, such as a secret.
func (in request) get(name string) string {
	switch value := in.inputs[name].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

// tag is the value of a tag of the resource's own.
func (in request) tag(name string) string {
	tags, _ := in.inputs["tags"].(map[string]any)
	value, _ := tags[name].(string)
	return value
}

// input makes the id of one input.
func input(name string) func(request) string { return joined("", name) }

// joined makes the id of several inputs; there is none unless all were given.
func joined(separator string, names ...string) func(request) string {
	return func(in request) string {
		parts := make([]string, len(names))
		for i, name := range names {
			if parts[i] = in.get(name); parts[i] == "" {
				return ""
			}
		}
		return strings.Join(parts, separator)
	}
}

// last is the last part of an ARN or a path.
func last(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// whole is an ARN as an id.
func whole(arn string, _ request) string { return arn }

// serviceOf makes a service's id of its cluster's name and its own.
func serviceOf(in request) string {
	if in.get("cluster") == "" || in.get("name") == "" {
		return ""
	}
	return last(in.get("cluster")) + "/" + in.get("name")
}

// topicOf makes a topic's id, which is its ARN.
func topicOf(in request) string {
	if in.get("name") == "" || in.account.ID == "" {
		return ""
	}
	return "arn:aws:sns:" + in.account.Region + ":" + in.account.ID + ":" + in.get("name")
}

// budgetOf makes a budget's id.
func budgetOf(in request) string {
	if in.get("name") == "" || in.account.ID == "" {
		return ""
	}
	return in.account.ID + ":" + in.get("name")
}

// webACLOf makes a web ACL's id: its own, its name and its scope.
func webACLOf(arn string, in request) string {
	return last(arn) + "/" + in.get("name") + "/" + in.get("scope")
}

// routeOf makes a route's id.
func routeOf(in request) string {
	for _, destination := range []string{"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"} {
		if id := joined("_", "routeTableId", destination)(in); id != "" {
			return id
		}
	}
	return ""
}

// recordOf makes a DNS record's id.
func recordOf(in request) string {
	id := joined("_", "zoneId", "name", "type")(in)
	if set := in.get("setIdentifier"); id != "" && set != "" {
		id += "_" + set
	}
	return id
}

// The reasons for not looking.
const (
	waits     = "it only waits for AWS, and waits again"
	versions  = "another one beside it costs nothing, and the next update uses its own"
	takesOver = "it takes what AWS made with the network, and takes it again"
)

// nonAWS says why creating again what is not in AWS does no harm, by the prefix of its type.
var nonAWS = []struct{ prefix, again string }{
	{"flowcomply:", "a component is in the state alone"},
	{"pulumi:", "it is in the state alone"},
	{"command:", "a step of a release is made to run again, and a value is made anew while nobody uses it"},
	{"docker:", "an image is looked up in the registry before it is pushed"},
}
