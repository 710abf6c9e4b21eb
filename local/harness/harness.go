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
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/flowcomply/infrastructure/local/engine"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Stack is one that is up.
type Stack struct {
	engine.Stack
	Outputs outputs.Outputs
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
	cfg, err := stack.Emulator.Config(ctx)
	if err != nil {
		return nil, err
	}
	s, err := New(stack, text, cfg)
	if err != nil {
		return nil, err
	}
	s.Web, err = stack.Emulator.Client()
	return s, err
}

// New is a stack by its outputs, as Pulumi gives them, on an AWS; nothing reaches its site and API.
func New(stack engine.Stack, text []byte, cfg aws.Config) (*Stack, error) {
	s := &Stack{Stack: stack, Text: text, Log: stack.Out, AWS: cfg, ecs: ecs.NewFromConfig(cfg)}
	if err := json.Unmarshal(text, &s.Outputs); err != nil {
		return nil, fmt.Errorf("outputs of stack %s: %w", stack.Name, err)
	}
	return s, nil
}

// service is one of the stack's, by role.
func (s *Stack) service(role string) (outputs.Service, error) {
	found, known := s.Outputs.Services[role]
	if !known {
		return outputs.Service{}, fmt.Errorf("stack %s has no service %q", s.Name, role)
	}
	return found, nil
}
