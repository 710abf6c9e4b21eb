package release

import (
	"fmt"
	"path"

	"github.com/flowcomply/infrastructure/internal/shell"
)

// Make is a command line of make for a stack, to be copied into a shell: with the stack file, where that is not the one that
// make takes by itself. What stands behind the stack is given as it is to be read, such as TO=v1.0.0.
func Make(target, stack, file, what string) string {
	line := fmt.Sprintf("make %s STACK=%s", target, shell.Quote(stack))
	if what != "" {
		line += " " + what
	}
	if file != "" && file != "Pulumi."+path.Base(stack)+".yaml" {
		line += " CONFIG_FILE=" + shell.Quote(file)
	}
	return line
}
