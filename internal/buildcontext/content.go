package buildcontext

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Listing is all that is sent.
type Listing struct {
	Entries []Entry // by name
	// Sums are the SHA-256 of each entry's bytes, by its name: a link's target is its bytes.
	Sums map[string][sha256.Size]byte
	// Content is what an image is built from, "sha256:<64 hex digits>": each entry's path, kind and bytes, and which of the
	// files is the Dockerfile. Whose checkout it is, where and when it was made, and under which umask, make no difference.
	Content string
}

// List reads the whole context. Each entry's bytes go to what also returns for it, too.
func (c Context) List(also ...func(Entry) io.Writer) (Listing, error) {
	list := Listing{Sums: map[string][sha256.Size]byte{}}
	err := c.Walk(func(entry Entry, content io.Reader) error {
		sum := sha256.New()
		writers := []io.Writer{sum}
		for _, writer := range also {
			writers = append(writers, writer(entry))
		}
		if _, err := io.Copy(io.MultiWriter(writers...), io.MultiReader(content, strings.NewReader(entry.Link+entry.Device))); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
		list.Entries, list.Sums[entry.Name] = append(list.Entries, entry), [sha256.Size]byte(sum.Sum(nil))
		return nil
	})
	if err != nil {
		return Listing{}, err
	}
	slices.SortFunc(list.Entries, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	list.Content = contentOf(c.Dockerfile, list)
	return list, nil
}

// contentOf is the hash that images have as a label. Another hash of the same files would make every release that is there
// another one.
func contentOf(dockerfile string, list Listing) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "Dockerfile %s\x00", dockerfile)
	for _, one := range list.Entries {
		fmt.Fprintf(sum, "%s %s\x00%x", one.Kind, one.Name, list.Sums[one.Name]) // a name has no zero byte, and a hash has one length
	}
	return fmt.Sprintf("sha256:%x", sum.Sum(nil))
}
