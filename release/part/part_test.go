package part

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// This does not prove that the program names its steps so.

func TestOf(t *testing.T) {
	for _, row := range []struct {
		typ, name string
		want      Part
	}{
		{CommandType, "preflight", Preflight},
		{CommandType, "backend-image", Publish},
		{CommandType, "images", Publish},
		{ImageType, "backend-image", Build},
		{CommandType, "snapshot", Snapshot},
		{CommandType, "mail-default", Mail},
		{CommandType, "snapshot-migration", Snapshot},
		{CommandType, "migration", Migration},
		{ServiceType, "backend", Service},
		{ServiceType, "verify", Service},
		{CommandType, "second-verify", Verify},
		{CommandType, "jwt-secret-value", Other},
		{CommandType, "verifying", Other},
		{"aws:rds/snapshot:Snapshot", "snapshot", ""},
	} {
		assert.Equal(t, row.want, Of(row.typ, row.name), "%s %s", row.typ, row.name)
	}
}
