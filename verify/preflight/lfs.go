package preflight

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
)

// lfsFilter is the name of Git LFS in .gitattributes.
const lfsFilter = "lfs"

// lfsPointer is what Git LFS keeps in a commit in the place of a file:
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
type lfsPointer struct {
	sum  [sha256.Size]byte
	size int64
}

// lfsPattern is a pointer, with lines of extensions or without.
var lfsPattern = regexp.MustCompile(
	`^version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n(?:.*\n)*?size ([0-9]+)(?:\n|$)`)

// parseLFSPointer reads a pointer; false if the text is none.
func parseLFSPointer(text []byte) (lfsPointer, bool) {
	found := lfsPattern.FindSubmatch(text)
	if found == nil {
		return lfsPointer{}, false
	}
	sum, _ := hex.DecodeString(string(found[1])) // the pattern has seen that it is hex
	size, err := strconv.ParseInt(string(found[2]), 10, 64)
	return lfsPointer{[sha256.Size]byte(sum), size}, err == nil
}
