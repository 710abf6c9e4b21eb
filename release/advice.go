package release

import (
	"path"

	"github.com/flowcomply/infrastructure/internal/shell"
)

// Advice is a flowcomply command line for a stack, to be copied into a shell. It names the stack file unless that is the
// default one. The text in what, such as v1.0.0 or --undo, follows the command as it is.
func Advice(command, stack, file, what string) string {
	line := "flowcomply " + command
	if what != "" {
		line += " " + what
	}
	line += " --stack " + shell.Quote(stack)
	if file != "" && file != "Pulumi."+path.Base(stack)+".yaml" {
		line += " --config-file " + shell.Quote(file)
	}
	return line
}
