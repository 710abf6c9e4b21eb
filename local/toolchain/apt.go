package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// canInstall tells whether this machine lets packages be installed: Debian's way, as root.
func canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

// install installs Debian packages, without starting what they bring: whoever needs a server starts its own.
func install(ctx context.Context, packages ...string) error {
	for _, args := range [][]string{{"update", "-qq"}, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		// In runlevel 1 invoke-rc.d, which packages start their services with, starts none.
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, tail(string(out), 10))
		}
	}
	return nil
}
