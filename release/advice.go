package release

import (
	"path"

	"github.com/flowcomply/infrastructure/internal/shell"
)

// Advice is a command line of flowcomply for a stack, to be copied into a shell: with the stack file, where that is not the
// one that is taken by itself. What stands behind the command is given as it is to be read, such as v1.0.0 or --undo.
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
