package preflight

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
)

// BenchmarkSources compares 20,000 files of 2 KiB with their commit, in four cases:
//
//   - as most checkouts are
//   - with line ends that .gitattributes leave to git
//   - with line ends that .gitattributes prescribe
//   - with every file changed
func BenchmarkSources(b *testing.B) {
	for name, row := range map[string]struct {
		attributes string
		config     []string
		outcome    check.Outcome
	}{
		"plain":      {"", nil, check.OK},
		"auto":       {"* text=auto\n", nil, check.OK},
		"prescribed": {"*.js eol=crlf\n", nil, check.OK},
		"all other":  {"", []string{"core.autocrlf=true"}, check.FailedNow},
	} {
		b.Run(name, func(b *testing.B) {
			b.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			b.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			folder := filepath.Join(b.TempDir(), "app")
			tree := trees.Tree{"backend/Dockerfile": trees.File("FROM scratch\n"), ".gitattributes": trees.File(row.attributes)}
			for i := range 20000 {
				tree[fmt.Sprintf("backend/%03d/%05d.js", i/100, i)] = trees.File(strings.Repeat(fmt.Sprintf("%d\n", i), 2048/6))
			}
			repositoryOf(b, folder, tree)
			checkedOutAnew(b, folder, row.config...)
			one := checkoutCheck(inputs.Preflight{Source: folder, Version: "v1.1.0", Contexts: []inputs.BuildContext{{Folder: "backend", Dockerfile: "Dockerfile"}}})
			for b.Loop() {
				got := check.Run(b.Context(), []check.Check{one}, check.Options{}).Results[0]
				require.Equal(b, row.outcome, got.Outcome, got.Cause)
			}
		})
	}
}
