package deploylog

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// work tells whether an operation does something, and what people call it. Looking (same, read, refresh) does nothing. A
// replacement is two operations that do something, with a "replace" between them that does not.
func work(step apitype.StepEventMetadata) (op apitype.OpType, worked bool) {
	if !counts(step) {
		return "", false
	}
	switch step.Op {
	case apitype.OpCreate, apitype.OpUpdate, apitype.OpDelete, apitype.OpImport:
		return step.Op, true
	case apitype.OpCreateReplacement, apitype.OpImportReplacement:
		return apitype.OpReplace, true
	case apitype.OpDeleteReplaced:
		return apitype.OpDelete, true
	default:
		return "", false
	}
}

// counts leaves out what a plugin does not manage, the components and the stack, and the plugins themselves.
func counts(step apitype.StepEventMetadata) bool {
	return state(step).Custom && !strings.HasPrefix(step.Type, "pulumi:providers:")
}

func state(step apitype.StepEventMetadata) apitype.StepEventStateMetadata {
	switch {
	case step.New != nil:
		return *step.New
	case step.Old != nil:
		return *step.Old
	}
	return apitype.StepEventStateMetadata{}
}

func key(step apitype.StepEventMetadata) string { return string(step.Op) + " " + step.URN }

// component names the component that a parent's URN stands for; the stack's own parts are "stack".
func component(parent string) string {
	urn := resource.URN(parent)
	if !urn.IsValid() || urn.Type() == resource.RootStackType {
		return "stack"
	}
	return fmt.Sprintf("%s (%s)", urn.Name(), urn.Type().Name())
}

// escapes are what terminals take for colours and moves.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// text is a message of the engine without colour and whatever else could act on a terminal.
func text(message string) string {
	plain := escapes.ReplaceAllString(colors.Never.Colorize(message), "")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, plain))
}
