package advice

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command is one that a page or a message advises.
type command struct {
	where, text string
	mention     bool // named in running text: what it needs beside its flags may be missing
}

// begins are the commands that are judged.
var begins = regexp.MustCompile(`^(make|flowcomply|pulumi|aws|git|docker|go run) |^eval "\$\(make -s env\)"`)

var (
	optional = regexp.MustCompile(`\[([A-Z_]+=[^\]\s]+)\]`)
	angled   = regexp.MustCompile(`<[^<>]+>`)
	lonely   = regexp.MustCompile(`(^|\s)…(\s|$)`)
	named    = regexp.MustCompile(`\b(NAME|URN|ID)\b`)
)

// filled is a page's command with samples where the page leaves something to the reader.
func filled(text string) (string, bool) {
	left := lonely.MatchString(text)
	text = optional.ReplaceAllString(text, "$1")
	text = angled.ReplaceAllString(text, "sample")
	text = lonely.ReplaceAllString(text, " ")
	return named.ReplaceAllString(strings.ReplaceAll(text, "…", "sample"), "sample"), left
}

// recorded are the programs that a line may run: each only writes down its words.
var recorded = []string{"make", "pulumi", "aws", "git", "docker", "go", "flowcomply", "flowcomply_program", "local_program"}

// words are the commands of a line as a real shell reads them. Nothing is run: PATH is empty.
func words(t testing.TB, line string) ([][]string, error) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "docs"), 0o700)) // some lines write there
	record := filepath.Join(folder, "record")
	var script strings.Builder
	for _, name := range recorded {
		// Each into a file of its own, as the parts of a pipeline write at the same time.
		fmt.Fprintf(&script, "%s() { _n=0; until (set -C; : >\"$RECORD.$_n\") 2>/dev/null; do _n=$((_n+1)); done; "+
			"printf 'x%%s\\0' %s \"$@\" >>\"$RECORD.$_n\"; }\n", name, name)
	}
	script.WriteString("date() { echo 1; }\n" + line + "\n")
	shell := exec.Command("/bin/sh", "-c", script.String())
	shell.Dir, shell.Env = folder, []string{"PATH=" + folder, "RECORD=" + record}
	out, _ := shell.CombinedOutput() // another command of the line may not be there; what matters was written down
	if strings.Contains(string(out), "yntax error") || strings.Contains(string(out), "nterminated") {
		return nil, fmt.Errorf("a shell does not read it: %s", out)
	}
	var all [][]string
	for n := 0; ; n++ {
		text, err := os.ReadFile(fmt.Sprintf("%s.%d", record, n))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		require.NoError(t, err)
		var each []string
		for word := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x00"), "\x00") {
			each = append(each, strings.TrimPrefix(word, "x"))
		}
		all = append(all, each)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("a shell finds no command in it: %s", out)
	}
	return all, nil
}

func root(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	return path
}

func TestWords_KeepTheCommandsOfAPipelineApart(t *testing.T) {
	for range 50 {
		all, err := words(t, `aws ecr get-login-password --region "$R" | docker login --username AWS | git hash-object --stdin; make up`)
		require.NoError(t, err)
		require.ElementsMatch(t, [][]string{
			{"aws", "ecr", "get-login-password", "--region", ""}, {"docker", "login", "--username", "AWS"},
			{"git", "hash-object", "--stdin"}, {"make", "up"},
		}, all)
	}
}
