// Package harness works on a stack that is up: it brings one to life, so that there is something to verify, and changes
// what runs, as operators and accidents do. It knows the stack by its outputs alone, as verification does.
package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/logging"

	"github.com/flowcomply/infrastructure/local/engine"
)

// Outputs are the little of a stack's outputs that is needed here.
type Outputs struct {
	SiteURL        string             `json:"siteUrl"`
	APIURL         string             `json:"apiUrl"`
	ClusterArn     string             `json:"clusterArn"`
	Services       map[string]Service `json:"services"`
	SmokeSecretArn string             `json:"smokeSecretArn"`
	Objectives     []Objective        `json:"objectives"`
	AlarmNames     []string           `json:"alarmNames"`
}

// Service is one ECS service.
type Service struct {
	ServiceName       string `json:"serviceName"`
	TaskDefinitionArn string `json:"taskDefinitionArn"`
	ImageRepository   string `json:"imageRepository"`
	ImageDigest       string `json:"imageDigest"`
	TargetGroupArn    string `json:"targetGroupArn"`
	ExecutionRoleArn  string `json:"executionRoleArn"`
	Host              string `json:"host"`
}

// Objective is what verification measures; enough of it to know when there is something to measure.
type Objective struct {
	Name           string   `json:"name"`
	AlarmName      string   `json:"alarmName"`
	MinimumSamples float64  `json:"minimumSamples"`
	Samples        []string `json:"samples"` // ids of the metrics whose sum it is; empty: CloudWatch's count of the first
	Metrics        []Metric `json:"metrics"`
}

// Metric is one CloudWatch metric of an objective.
type Metric struct {
	ID         string            `json:"id"`
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Dimensions map[string]string `json:"dimensions"`
}

// Stack is one that is up.
type Stack struct {
	engine.Stack
	Outputs Outputs
	Text    []byte // the outputs as Pulumi gives them
	AWS     aws.Config
	Web     *http.Client // reaches site and API as users do
	Log     io.Writer    // what is done, a line each

	ecs *ecs.Client
}

// Open reads the outputs of a stack that is up.
func Open(ctx context.Context, stack engine.Stack) (*Stack, error) {
	text, err := stack.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stack{Stack: stack, Text: text, Log: stack.Out}
	if err := json.Unmarshal(text, &s.Outputs); err != nil {
		return nil, fmt.Errorf("outputs of stack %s: %w", stack.Name, err)
	}
	s.AWS, err = config.LoadDefaultConfig(ctx, config.WithRegion(stack.Emulator.Region), config.WithBaseEndpoint(stack.Emulator.Endpoint()),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("emulated", "emulated", "")),
		config.WithLogger(logging.Nop{})) // it warns of each connection that the emulated AWS closes
	if err != nil {
		return nil, err
	}
	s.ecs = ecs.NewFromConfig(s.AWS)
	s.Web, err = stack.Emulator.Client()
	return s, err
}

// service is one of the stack's, by role.
func (s *Stack) service(role string) (Service, error) {
	found, known := s.Outputs.Services[role]
	if !known {
		return Service{}, fmt.Errorf("stack %s has no service %q", s.Name, role)
	}
	return found, nil
}
