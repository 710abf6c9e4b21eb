package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/internal/exit"
)

// This test holds the command line. What a migration does, components/migration/prisma holds.

func TestMigrate_NamesEverythingThatIsMissing(t *testing.T) {
	var stderr bytes.Buffer
	assert.Equal(t, exit.Refused, run([]string{"migrate", "--cluster", "c", "--status", "npx prisma", "surplus"}, nil, &bytes.Buffer{}, &stderr))
	for _, want := range []string{
		"--region is missing", "--task-definition is missing", "--subnets is missing", `"surplus": flags only`,
		`--status "npx prisma": want a command as a JSON list`, `--deploy "": want`,
	} {
		assert.Contains(t, stderr.String(), want)
	}
}
