package dockernet

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Used tells whether a run folder has, or may have, anything in Docker.
func Used(run string) bool {
	_, err := os.Stat(folder(run))
	return err == nil
}

// Sweep removes everything of a run folder from Docker: containers that carry its label or are on its network,
// volumes they made, the network, and images made for it. What is gone already is no error.
func Sweep(docker Docker, run string) error {
	label := "label=" + Label + "=" + run
	var problems []error
	remove := func(list, with []string) {
		out, err := said(docker(list...))
		if err != nil {
			problems = append(problems, err)
			return
		}
		ids := strings.Fields(out)
		if len(ids) == 0 {
			return
		}
		if _, err := said(docker(append(with, ids...)...)); err != nil && !gone(err) {
			problems = append(problems, err)
		}
	}
	containers := []string{"container", "rm", "--force", "--volumes"}
	remove([]string{"container", "ls", "--all", "--quiet", "--filter", label}, containers)
	remove([]string{"container", "ls", "--all", "--quiet", "--filter", "network=" + Name(run)}, containers)
	remove([]string{"network", "ls", "--quiet", "--filter", "name=^" + Name(run) + "$"}, []string{"network", "rm"})
	remove([]string{"image", "ls", "--quiet", "--filter", label}, []string{"image", "rm", "--force"})
	if len(problems) > 0 {
		return fmt.Errorf("network: what is left of %s in Docker: %w", run, errors.Join(problems...))
	}
	return os.RemoveAll(folder(run))
}

// gone tells whether a removal failed because something else was quicker: a container that removes itself, say.
func gone(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "no such") || strings.Contains(text, "already in progress") || strings.Contains(text, "not found")
}
