package ordering

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/flowcomply/infrastructure/local/plugins/simulated"
)

// role is what an operation is to a release; most are nothing to it.
type role string

const (
	preflight role = "preflight"
	image     role = "image" // of each service
	snapshot  role = "snapshot"
	migration role = "migration"
	service   role = "service" // each of them
	verify    role = "verify"
)

// after says which parts of a release have to be done, all of them and without an error, before one may begin: preflight →
// images and snapshot side by side → migration → services side by side → verify.
var after = map[role][]role{
	preflight: {},
	image:     {preflight},
	snapshot:  {preflight},
	migration: {preflight, image, snapshot},
	service:   {preflight, image, snapshot, migration},
	verify:    {preflight, image, snapshot, migration, service},
}

// waits are the roles that an operation of this one waits for. Preflight is to refuse before anything changes; there is
// nothing yet that it could spare a first release, whose preflight looks at what the release is made of.
func waits(r role, first bool) []role {
	if r == "" && !first {
		return []role{preflight}
	}
	return after[r]
}

// part is one part of a release: of images and services there is one for each service.
type part struct {
	role role
	name string // the resource's
}

func (p part) String() string {
	if string(p.role) == p.name {
		return p.name
	}
	return string(p.role) + " " + p.name
}

// release are the parts that a release has: a first one has nothing to take a snapshot of.
func release(first bool, services []string) []part {
	var parts []part
	for _, step := range []role{preflight, snapshot, migration, verify} {
		if step != snapshot || !first {
			parts = append(parts, part{step, string(step)})
		}
	}
	for _, name := range services {
		parts = append(parts, part{image, name + imageSuffix}, part{service, name})
	}
	return parts
}

const (
	commandType = "command:local:Command"
	imageType   = "docker:index/image:Image"
	serviceType = "aws:ecs/service:Service"

	imageSuffix = "-image"
)

// roleOf tells by type and name, which are part of the program's API; empty for what is no part of a release. That a
// replaced step's old half is deleted afterwards does nothing; the end of a service is a change of it.
func roleOf(e simulated.Event) role {
	urn := resource.URN(e.URN)
	if e.Op == simulated.Invoke || !urn.IsValid() {
		return ""
	}
	switch typ, name := string(urn.Type()), urn.Name(); {
	case typ == serviceType:
		return service
	case e.Op == simulated.Delete:
		return ""
	case strings.HasSuffix(name, imageSuffix) && (typ == imageType || typ == commandType):
		return image
	case typ == commandType && slices.Contains([]role{preflight, snapshot, migration, verify}, role(name)):
		return role(name)
	default:
		return ""
	}
}
