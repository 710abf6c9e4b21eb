package stacks_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/database"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/components/snapshot/take"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests prove each name's text and that what AWS would refuse is refused here, by its documented limits written
// down a second time. They do not ask AWS, and cannot know whether somebody in the world has a bucket's name already.

var production = stacks.Names{Stack: "flowcomply-production", Family: "flowcomply", Environment: "production"}

func TestNames_AreTheRunbooks(t *testing.T) {
	for got, want := range map[string]string{
		production.Cluster():                                           "flowcomply-production",
		production.Service("backend"):                                  "backend-service",
		production.TaskFamily("backend"):                               "flowcomply-backend",
		production.LogGroup("frontend"):                                "/ecs/flowcomply-frontend",
		production.Databases()[database.Main]:                          "flowcomply-production",
		production.Databases()[database.Restored]:                      "flowcomply-production-restored",
		production.DocumentsBucket():                                   "flowcomply-documents-production",
		production.LogsBucket():                                        "flowcomply-logs-production",
		production.Dashboard():                                         "FlowComply-Production",
		production.Repository("frontend"):                              "flowcomply-frontend",
		production.Secret("DATABASE_URL"):                              "flowcomply-production/DATABASE_URL",
		production.DataKeyAlias():                                      "alias/flowcomply-production-data",
		production.OperationsKeyAlias():                                "alias/flowcomply-production-operations",
		slo.Objective{ID: "errors"}.AlarmName(production.Stack, "api"): "flowcomply-production-api-errors",
		production.ExecLogGroup():                                      "/ecs/exec/flowcomply-production",
		production.FirewallLogGroup():                                  "aws-waf-logs-flowcomply-production",
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, production.Databases()[database.Main], production.Cache())
	assert.Equal(t, production.Databases()[database.Main], production.Budget())
	assert.Equal(t, production, load(t, "production").Names())
}

// What removes old snapshots knows both names of the database, and nothing else by them.
func TestNames_OfTheDatabaseAreOneToItsSnapshots(t *testing.T) {
	names := production.Databases()
	assert.True(t, take.SameDatabase(names[database.Main], names[database.Restored]))
	assert.True(t, take.SameDatabase(names[database.Restored], names[database.Main]))
	for _, other := range []string{production.DrillDatabase(), "flowcomply-staging", "flowcomply"} {
		assert.False(t, take.SameDatabase(names[database.Main], other), other)
	}
}

func TestNames_CheckRefusesWhatAWSWould(t *testing.T) {
	require.NoError(t, production.Check([]string{"backend"}, []string{"KEY"}))
	for name, tc := range map[string]struct {
		names    stacks.Names
		services []string
		want     string
	}{
		"too long for a replication group": {
			stacks.Names{Stack: strings.Repeat("s", 41), Family: "f", Environment: "test"}, nil,
			fmt.Sprintf("naming.stack: makes %q the name of a cache, with 41 characters; allowed: 1 to 40", strings.Repeat("s", 41)),
		},
		"capital in a bucket": {
			stacks.Names{Stack: "s", Family: "f", Environment: "Test"}, nil,
			`environment: makes "flowcomply-logs-Test" the name of a bucket; allowed: lower-case letters and digits, separated by single -`,
		},
		"two hyphens in a database": {
			stacks.Names{Stack: "s--x", Family: "f", Environment: "test"}, nil,
			`naming.stack: makes "s--x" the name of a database; allowed: lower-case letters and digits, separated by single -, a letter first`,
		},
		"no family": {
			stacks.Names{Stack: "s", Environment: "test"}, []string{"api"},
			`naming.family: makes "-api" the name of a repository; allowed: lower-case letters and digits, separated by single . _ - or /`,
		},
		"service and session log alike": {
			stacks.Names{Stack: "s", Family: "f", Environment: "test"}, []string{"api", "api"},
			`naming.family: makes "/ecs/f-api" the name of more than one log group; allowed: each name once`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, tc.names.Check(tc.services, nil), tc.want)
		})
	}
}

// accepts is AWS's documentation once more, without the expressions that Check uses.
var accepts = map[string]func(string) bool{
	"cluster":     within(255, plain),
	"service":     within(255, plain),
	"task family": within(255, plain),
	"dashboard":   within(255, plain),
	"budget":      func(s string) bool { return within(100, anything)(s) && !strings.ContainsAny(s, `:\`) },
	"log group":   within(512, func(r rune) bool { return plain(r) || strings.ContainsRune("/.#", r) }),
	"secret":      within(512, func(r rune) bool { return plain(r) || strings.ContainsRune("/+=.@", r) }),
	"key alias":   func(s string) bool { return strings.HasPrefix(s, "alias/") && !strings.HasPrefix(s, "alias/aws/") },
	"database":    within(63, lower),
	"cache":       within(40, lower),
	"bucket": func(s string) bool {
		return len(s) >= 3 && within(63, lower)(s) && !strings.HasPrefix(s, "xn--") && !strings.HasSuffix(s, "-s3alias")
	},
	"repository": func(s string) bool { return len(s) >= 2 && within(256, lower)(s) },
}

func within(longest int, each func(rune) bool) func(string) bool {
	return func(s string) bool {
		return s != "" && len(s) <= longest && strings.IndexFunc(s, func(r rune) bool { return !each(r) }) < 0
	}
}

func anything(rune) bool { return true }

func plain(r rune) bool {
	return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}

func lower(r rune) bool { return r < 128 && (unicode.IsLower(r) || unicode.IsDigit(r) || r == '-') }

// FuzzNames proves that whatever gets through Check is a name that AWS takes, and that nothing panics.
func FuzzNames(f *testing.F) {
	f.Add("flowcomply-production", "flowcomply", "production", "backend", "DATABASE_URL")
	f.Add("", "", "", "", "")
	f.Add("é", "A_", "-", "a--b", "\x00")
	f.Fuzz(func(t *testing.T, stack, family, environment, service, secret string) {
		names := stacks.Names{Stack: stack, Family: family, Environment: environment}
		if names.Check([]string{service}, []string{secret}) != nil {
			return
		}
		for _, p := range names.All([]string{service}, []string{secret}) {
			require.Contains(t, accepts, p.Kind)
			assert.True(t, accepts[p.Kind](p.Name), "%s %q", p.Kind, p.Name)
			hyphens := strings.Contains(p.Name, "--") || strings.HasPrefix(p.Name, "-") || strings.HasSuffix(p.Name, "-")
			assert.False(t, hyphens && (p.Kind == "database" || p.Kind == "cache" || p.Kind == "bucket"), "%s %q", p.Kind, p.Name)
		}
		assert.LessOrEqual(t, len(slo.Objective{ID: "unhealthy-targets"}.AlarmName(names.Stack, "load-balancer")), 255)
	})
}
