package releases

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// wanted is what the stack file says, as far as this program goes by it.
type wanted struct {
	version  string
	maxTasks float64
	pins     *struct {
		Version string
		Digests map[string]string
	}
}

func configured() (wanted, error) {
	var values map[string]string
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &values); err != nil {
		return wanted{}, err
	}
	asked := wanted{version: values["flowcomply:release.version"]}
	if text := values["flowcomply:release.pins"]; text != "" {
		if err := json.Unmarshal([]byte(text), &asked.pins); err != nil {
			return wanted{}, err
		}
		if asked.pins.Version != asked.version {
			asked.pins = nil
		}
	}
	var services map[string]struct{ MaxTasks float64 }
	if err := json.Unmarshal([]byte(values["flowcomply:services"]), &services); err != nil {
		return wanted{}, err
	}
	asked.maxTasks = services["backend"].MaxTasks
	return asked, nil
}

// record and ledger are the outputs that the commands read.
type record struct {
	Version string           `json:"version"`
	Number  int              `json:"number"`
	Images  map[string]image `json:"images"`
}

type image struct {
	Digest string `json:"digest"`
	Origin string `json:"origin"`
}

type ledger []record

// last is the ledger of the update before, as the program proper reads its outputs.
func last(ctx *pulumi.Context) (ledger, error) {
	var answer struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	type question struct {
		Name string `pulumi:"name"`
	}
	name := fmt.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack())
	if err := ctx.Invoke("pulumi:pulumi:readStackOutputs", &question{name}, &answer); err != nil {
		return nil, err
	}
	text, err := json.Marshal(answer.Outputs["releases"])
	if err != nil {
		return nil, err
	}
	var before ledger
	err = json.Unmarshal(text, &before)
	return before, err
}

// next is the record that this update would leave: another one where the release is not the one before.
func (l ledger) next(asked wanted) record {
	now := record{Version: asked.version, Number: 1, Images: map[string]image{}}
	for _, service := range []string{"backend", "frontend"} {
		sum := sha256.Sum256([]byte(asked.version + service))
		now.Images[service] = image{"sha256:" + hex.EncodeToString(sum[:]), "built"}
		if asked.pins != nil {
			now.Images[service] = image{asked.pins.Digests[service], "pinned"}
		}
	}
	if len(l) > 0 {
		before := l[len(l)-1]
		now.Number = before.Number
		if before.Version != now.Version || before.Images["backend"] != now.Images["backend"] {
			now.Number++
		}
	}
	return now
}

func (l ledger) without(number int) ledger {
	var others ledger
	for _, one := range l {
		if one.Number != number {
			others = append(others, one)
		}
	}
	return others
}

// plain is a value as Pulumi takes it: without types of ours.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(text, &out)
	return out, err
}
