package preflight

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseLFSPointer(t *testing.T) {
	const version = "version https://git-lfs.github.com/spec/v1\n"
	oid := "oid sha256:" + strings.Repeat("0a", 32) + "\n"
	for text, want := range map[string]bool{
		version + oid + "size 12\n":                        true,
		version + "ext-0-x sha256:00\n" + oid + "size 0\n": true,
		version + oid:                        false,
		version + "size 12\n":                false,
		version + oid + "size twelve\n":      false,
		version + "oid sha256:0a\nsize 12\n": false,
		version + "oid md5:0a\nsize 12\n":    false,
		oid + "size 12\n":                    false,
		"":                                   false,
	} {
		got, is := parseLFSPointer([]byte(text))
		assert.Equal(t, want, is, text)
		if is {
			assert.Equal(t, byte(0x0a), got.sum[31])
		}
	}
	got, _ := parseLFSPointer([]byte(version + oid + "size 12\n"))
	assert.EqualValues(t, 12, got.size)
}
