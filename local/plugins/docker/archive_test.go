package docker

import (
	"archive/tar"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// added stands for the name that a Dockerfile from outside gets, which is another one each time.
const added = ".dockerfile.x"

var anyAdded = regexp.MustCompile(`\.dockerfile\.[0-9a-z]{20}`)

func TestArchive_HoldsTheContext(t *testing.T) {
	for name, test := range map[string]struct {
		files      map[string]string
		dockerfile string
		want       []string
		wantFile   string
		ignore     string
	}{
		"Dockerfile inside": {dockerfile: "../app/Dockerfile", wantFile: "Dockerfile",
			want: []string{".dockerignore", "Dockerfile", "lib/", "lib/a.js", "main.js"}, ignore: "*.log\nnode_modules\n"},
		"Dockerfile outside": {dockerfile: "../other.Dockerfile", wantFile: added,
			want: []string{".dockerignore", added, "Dockerfile", "lib/", "lib/a.js", "main.js"}, ignore: "*.log\nnode_modules\n\n" + added + "\n"},
		"Dockerfile ignored": {files: map[string]string{"app/.dockerignore": "*\n!main.js\n"}, dockerfile: "../app/Dockerfile",
			wantFile: "Dockerfile", want: []string{".dockerignore", "Dockerfile", "main.js"}, ignore: "*\n!main.js\n"},
		"ignore file of its own": {files: map[string]string{"app/Dockerfile.dockerignore": "lib\n*.dockerignore\nnode_modules\n*.log"},
			dockerfile: "../app/Dockerfile", wantFile: "Dockerfile", want: []string{".dockerignore", "Dockerfile", "main.js"}, ignore: "*.log\nnode_modules\n"},
	} {
		t.Run(name, func(t *testing.T) {
			files := sources()
			maps.Copy(files, test.files)
			checkout(t, files)
			packed, err := build{Context: "../app", Dockerfile: test.dockerfile}.archive()
			require.NoError(t, err)
			assert.Equal(t, test.wantFile, anyAdded.ReplaceAllString(packed.dockerfile, added))
			content := map[string]string{}
			for in := tar.NewReader(packed.reader); ; {
				header, err := in.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				assert.Zero(t, header.Uid+header.Gid)
				text, err := io.ReadAll(in)
				require.NoError(t, err)
				content[anyAdded.ReplaceAllString(header.Name, added)] = anyAdded.ReplaceAllString(string(text), added)
			}
			require.NoError(t, packed.close())
			assert.ElementsMatch(t, test.want, slices.Collect(maps.Keys(content)))
			assert.Equal(t, test.ignore, content[".dockerignore"])
			assert.Equal(t, "FROM scratch\n", content[test.wantFile])
		})
	}
}
