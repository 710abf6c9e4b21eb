// Package deploylogtest gives tests of other packages the deployments that package deploylog's own tests make.
package deploylogtest

import (
	"embed"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

//go:embed samples/*.json
var files embed.FS

// Samples are deployments by name, each a copy of the caller's own. All began in New Zealand.
func Samples(t *testing.T) map[string]deploylog.Deployment {
	t.Helper()
	names, err := fs.Glob(files, "samples/*.json")
	require.NoError(t, err)
	all := map[string]deploylog.Deployment{}
	for _, name := range names {
		text, err := files.ReadFile(name)
		require.NoError(t, err)
		var d deploylog.Deployment
		require.NoError(t, json.Unmarshal(text, &d))
		d.Start = d.Start.In(time.FixedZone("NZDT", 13*60*60))
		all[strings.TrimSuffix(path.Base(name), ".json")] = d
	}
	return all
}
