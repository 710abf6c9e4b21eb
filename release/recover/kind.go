package recovery

import (
	"encoding/json"
	"os"
	"strings"
)

// kind says how a resource of one type is found in AWS when its creation was cut off. It has one of id, tagged and again.
// Ids are those that Terraform's AWS provider imports by (the section "Import" of each resource's page at
// https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs).
type kind struct {
	// id makes the id of the inputs: templates, of which the first counts that has all its values (request.value). The engine
	// chose the name before it began, also where it chose it by chance.
	id string
	// tagged is how the ARN continues after account and region. It is set where AWS generates the id, and finds the resource by
	// its tags.
	tagged string
	// idOfARN is the template of its id. When empty, the id is the last part of the ARN.
	idOfARN string
	// same are the inputs that must be read back alike. One that was not given does not count.
	same []string
	// writeOnly are inputs that AWS does not return. An imported resource keeps them, as a created one does.
	writeOnly []string
	// again says why nothing is looked for: creating it again makes no second one that costs or is in the way.
	again string
}

// idOf makes the id of what was requested; empty where the inputs do not say it.
func (k kind) idOf(in request) string {
	for template := range strings.SplitSeq(k.id, " | ") {
		missing := false
		id := os.Expand(template, func(name string) string {
			value := in.value(name)
			missing = missing || value == ""
			return value
		})
		if !missing {
			return id
		}
	}
	return ""
}

// importID makes the id of an ARN and the inputs.
func (k kind) importID(arn string, in request) string {
	if k.idOfARN == "" {
		return last(arn)
	}
	in.arn = arn
	return os.Expand(k.idOfARN, in.value)
}

// request is what the program requested, and in which account; arn is what was found.
type request struct {
	inputs  map[string]any
	account Account
	arn     string
}

// value is what a template names: an input's text, or account, region, ARN, or the last part of one of these.
func (in request) value(name string) string {
	if name, is := strings.CutPrefix(name, "last:"); is {
		return last(in.value(name))
	}
	switch name {
	case "account":
		return in.account.ID
	case "region":
		return in.account.Region
	case "ARN":
		return in.arn
	}
	return in.get(name)
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
	return Resource(Resource(in.inputs).object("tags")).text(name)
}

// fits tells whether what was read is what was asked for.
func (in request) fits(known kind, outputs map[string]any) bool {
	for _, name := range known.same {
		if want := in.get(name); want != "" && (request{inputs: outputs}).get(name) != want {
			return false
		}
	}
	return true
}

// last is the last part of an ARN or a path.
func last(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

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
