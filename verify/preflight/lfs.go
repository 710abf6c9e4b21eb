package preflight

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// lfsFilter is the name of Git LFS in .gitattributes.
const lfsFilter = "lfs"

// lfsPointer is what Git LFS keeps in a commit in the place of a file:
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
type lfsPointer struct {
	sum  [sha256.Size]byte
	size int64
}

// parseLFSPointer reads a pointer; false if the text is none.
func parseLFSPointer(text []byte) (lfsPointer, bool) {
	if !strings.HasPrefix(string(text), "version https://git-lfs.github.com/spec/v1\n") {
		return lfsPointer{}, false
	}
	var parsed lfsPointer
	var hasSum, hasSize bool
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "oid":
			sum, err := hex.DecodeString(strings.TrimPrefix(value, "sha256:"))
			if hasSum = err == nil && len(sum) == sha256.Size; hasSum {
				parsed.sum = [sha256.Size]byte(sum)
			}
		case "size":
			size, err := strconv.ParseInt(value, 10, 64)
			parsed.size, hasSize = size, err == nil
		}
	}
	return parsed, hasSum && hasSize
}
