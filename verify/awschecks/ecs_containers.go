package awschecks

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// applicationContainers decides which containers of a task are the application's: those with an image of the service's
// repository. All others are sidecars, which internal/ecstask then reads apart.
//
// It goes by the task's definition. Where that could not be read, it goes by the task itself.
func applicationContainers(task types.Task, definition *types.TaskDefinition, imageRepository string) []string {
	var names []string
	add := func(name, image *string) {
		if repository(aws.ToString(image)) == imageRepository {
			names = append(names, aws.ToString(name))
		}
	}
	if definition == nil {
		for _, container := range task.Containers {
			add(container.Name, container.Image)
		}
		return names
	}
	for _, container := range definition.ContainerDefinitions {
		add(container.Name, container.Image)
	}
	return names
}

// repository is an image reference without digest and tag. A colon before the
// last slash belongs to the registry's port.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		return name[:colon]
	}
	return name
}
