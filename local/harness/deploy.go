package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/flowcomply/infrastructure/local/plugins/docker"
	"github.com/flowcomply/infrastructure/local/sampleapp"
)

// deployedWithin is how long a deployment may take to end, well or badly; a minute is the longest that is usual.
const deployedWithin = 4 * time.Minute

// ECS is for what has no method here.
func (s *Stack) ECS() *ecs.Client { return s.ecs }

// Revision registers a changed copy of a service's task definition; nothing uses it yet.
func (s *Stack) Revision(ctx context.Context, role string, change func(*types.ContainerDefinition)) (string, error) {
	known, err := s.service(role)
	if err != nil {
		return "", err
	}
	shown, err := s.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &known.TaskDefinitionArn})
	if err != nil {
		return "", err
	}
	d := shown.TaskDefinition
	change(&d.ContainerDefinitions[0])
	made, err := s.ecs.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: d.Family, ContainerDefinitions: d.ContainerDefinitions, Cpu: d.Cpu, Memory: d.Memory, NetworkMode: d.NetworkMode,
		ExecutionRoleArn: d.ExecutionRoleArn, TaskRoleArn: d.TaskRoleArn, RequiresCompatibilities: d.RequiresCompatibilities,
		RuntimePlatform: d.RuntimePlatform, Volumes: d.Volumes,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(made.TaskDefinition.TaskDefinitionArn), nil
}

// Deploy makes a service run a revision, in so many tasks, and waits until ECS has ended that, one way or the other.
func (s *Stack) Deploy(ctx context.Context, role, revision string, tasks int32) error {
	known, err := s.service(role)
	if err != nil {
		return err
	}
	if _, err := s.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: &s.Outputs.ClusterArn, Service: &known.ServiceName, TaskDefinition: &revision, DesiredCount: aws.Int32(tasks),
	}); err != nil {
		return err
	}
	return s.Ended(ctx, known.ServiceName)
}

// Ended waits until a service has one deployment, completed or failed, with all its tasks, and no other.
func (s *Stack) Ended(ctx context.Context, service string) error {
	ctx, cancel := context.WithTimeout(ctx, deployedWithin)
	defer cancel()
	return Until(ctx, "service "+service+" is still deploying", func(ctx context.Context) (bool, error) {
		found, err := s.describe(ctx, service)
		if err != nil {
			return false, err
		}
		if len(found.Deployments) != 1 || found.Deployments[0].RolloutState == types.DeploymentRolloutStateInProgress {
			return false, nil
		}
		return found.Deployments[0].RolloutState == types.DeploymentRolloutStateFailed || found.RunningCount == found.DesiredCount, nil
	})
}

// Image builds the stand-in with options, pushes one service's image for a platform, and returns its digest.
func (s *Stack) Image(ctx context.Context, role, tag, platform string, options ...sampleapp.Option) (string, error) {
	known, err := s.service(role)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(s.Run, "images", tag)
	if err := sampleapp.Build(ctx, s.Tools.Root, folder, options...); err != nil {
		return "", err
	}
	name := known.ImageRepository + ":" + tag
	built := docker.Folder{
		Path: filepath.Join(folder, role), Platform: platform, Host: s.Emulator.DockerHost, Args: map[string]string{"NEXT_PUBLIC_API_URL": s.Outputs.APIURL},
	}
	if err := built.Build(ctx, name); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	push := exec.CommandContext(ctx, "docker", "push", name)
	if s.Emulator.DockerHost != "" {
		push.Env = append(os.Environ(), "DOCKER_HOST="+s.Emulator.DockerHost)
	}
	out, err := push.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker push %s: %w\n%s", name, err, out)
	}
	_, after, pushed := strings.Cut(string(out), "digest: ")
	if !pushed {
		return "", fmt.Errorf("docker push %s: said no digest", name)
	}
	digest, _, _ := strings.Cut(after, " ")
	return digest, nil
}

// Break switches faults on in every running task of a service; an empty set clears all.
func (s *Stack) Break(ctx context.Context, role string, faults map[string]any) error {
	known, err := s.service(role)
	if err != nil {
		return err
	}
	listed, err := s.ecs.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &s.Outputs.ClusterArn, ServiceName: &known.ServiceName})
	if err != nil {
		return err
	}
	if len(listed.TaskArns) == 0 {
		return fmt.Errorf("service %s has no task to break", known.ServiceName)
	}
	shown, err := s.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &s.Outputs.ClusterArn, Tasks: listed.TaskArns})
	if err != nil {
		return err
	}
	for _, task := range shown.Tasks {
		if err := setFaults(ctx, address(task), faults); err != nil {
			return err
		}
	}
	return nil
}

func address(task types.Task) string {
	for _, attachment := range task.Attachments {
		for _, detail := range attachment.Details {
			if aws.ToString(detail.Name) == "privateIPv4Address" {
				return aws.ToString(detail.Value)
			}
		}
	}
	return ""
}

// setFaults puts faults to one task, straight from this machine: no load balancer and no proxy knows that port.
func setFaults(ctx context.Context, at string, faults map[string]any) error {
	body, err := json.Marshal(faults)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+at+":9901/faults", bytes.NewReader(body))
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		var said bytes.Buffer
		_, _ = said.ReadFrom(res.Body)
		return fmt.Errorf("faults of %s: %s: %s", at, res.Status, said.String())
	}
	return nil
}

// Scenario puts the emulated AWS's scenario file in force; nil takes it away.
func (s *Stack) Scenario(document any) error {
	file := filepath.Join(s.Run, "scenario.json")
	if document == nil {
		if err := os.Remove(file); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// Completed waits until a service's newest deployment is complete, whatever else there is.
func (s *Stack) Completed(ctx context.Context, service string) error {
	ctx, cancel := context.WithTimeout(ctx, deployedWithin)
	defer cancel()
	return Until(ctx, "service "+service+" is still deploying", func(ctx context.Context) (bool, error) {
		found, err := s.describe(ctx, service)
		return err == nil && found.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted, err
	})
}
