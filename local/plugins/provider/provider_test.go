// These tests cover the helpers; the calls of Base are covered where a provider embeds it.
package provider

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLines_HandsOverWholeLines(t *testing.T) {
	for name, test := range map[string]struct{ writes, want []string }{
		"nothing":           {},
		"one write a line":  {writes: []string{"a\n", "b\n"}, want: []string{"a", "b"}},
		"lines in parts":    {writes: []string{"a", "b\nc", "d\n"}, want: []string{"ab", "cd"}},
		"many in one write": {writes: []string{"a\n\nb\r\n"}, want: []string{"a", "", "b"}},
		"last without end":  {writes: []string{"a\nb"}, want: []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			lines := NewLines(func(line string) { seen = append(seen, line) })
			for _, each := range test.writes {
				n, err := lines.Write([]byte(each))
				require.NoError(t, err)
				assert.Equal(t, len(each), n)
			}
			lines.Flush()
			lines.Flush()
			assert.Equal(t, test.want, seen)
		})
	}
}

func TestDecode_LeavesOutWhatIsUnknown(t *testing.T) {
	text, unknown := resource.NewStringProperty, resource.MakeComputed(resource.NewStringProperty(""))
	var got struct {
		Plain  string            `json:"plain"`
		Secret string            `json:"secret"`
		Late   string            `json:"late"`
		Map    map[string]string `json:"map"`
	}
	require.NoError(t, Decode(resource.PropertyMap{
		"plain": text("a"), "secret": resource.MakeSecret(text("b")), "late": unknown, "elsewhere": text("ignored"),
		"map": resource.NewObjectProperty(resource.PropertyMap{"known": text("c"), "late": unknown}),
	}, &got))
	assert.Equal(t, "a", got.Plain)
	assert.Equal(t, "b", got.Secret)
	assert.Empty(t, got.Late)
	assert.Equal(t, map[string]string{"known": "c"}, got.Map)

	err := Decode(resource.PropertyMap{"plain": resource.NewBoolProperty(true)}, &got)
	assert.EqualError(t, err, "plain: is a bool; a string is needed")
}
