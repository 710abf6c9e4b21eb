package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/buildcontext/trees"
)

// BenchmarkSources compares 20,000 files of 2 KiB with their commit: as most checkouts are, with line ends that
// .gitattributes leave to git, with line ends that they prescribe, and where every file is another than the commit's.
func BenchmarkSources(b *testing.B) {
	for name, row := range map[string]struct {
		attributes string
		config     []string
		outcome    Outcome
	}{
		"plain":      {"", nil, OK},
		"auto":       {"* text=auto\n", nil, OK},
		"prescribed": {"*.js eol=crlf\n", nil, OK},
		"all other":  {"", []string{"core.autocrlf=true"}, FailedNow},
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
			check := checkoutCheck(Question{Source: folder, Version: "v1.1.0", Contexts: []BuildContext{{Folder: "backend", Dockerfile: "Dockerfile"}}})
			for b.Loop() {
				got := Run(b.Context(), []Check{check}, Options{}).Results[0]
				require.Equal(b, row.outcome, got.Outcome, got.Cause)
			}
		})
	}
}
