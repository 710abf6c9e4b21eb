// Package part tells which part of a release a resource is: who plans an update, who checks it and who writes its log
// know them all by this.
package part

import "strings"

// Part is a part of a release; empty for any other resource.
type Part string

// The parts of a release, by what they do.
const (
	Preflight Part = "preflight"
	Build     Part = "build"
	Publish   Part = "publish" // an image that exists: looked for, or copied by its digest
	Snapshot  Part = "snapshot"
	Mail      Part = "mail" // what SES is told beside its resources; told again, it changes nothing
	Migration Part = "migration"
	Service   Part = "service"
	Verify    Part = "verify"
	Other     Part = "other command"
)

// The types by which parts are known. The program's own steps are commands, known by a word of their name.
const (
	CommandType = "command:local:Command"
	ImageType   = "docker:index/image:Image"
	ServiceType = "aws:ecs/service:Service"
)

var words = map[string]Part{
	"preflight": Preflight, "image": Publish, "images": Publish, "snapshot": Snapshot, "mail": Mail, "migration": Migration, "verify": Verify,
}

// Of is the part that a resource of a type and a logical name is. The word of a command's name may have company, such as
// backend-image of a promotion; the first that is known counts.
func Of(typ, name string) Part {
	switch typ {
	case ImageType:
		return Build
	case ServiceType:
		return Service
	case CommandType:
		for _, word := range strings.Split(name, "-") {
			if part, known := words[word]; known {
				return part
			}
		}
		return Other
	}
	return ""
}
