package stacks_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/stacks"
)

// These tests prove that configuration is taken whole or not at all, that every problem is in the one error, and that
// no secret is in any. Each starts from a real stack file. They do not run an engine, so that whether it passes what
// FromEngine expects is for a test that does.

func TestLoad_ReportsEverythingAtOnce(t *testing.T) {
	src := source(t, "production")
	src = edit(t, src, "naming", "")                                           // missing section
	src = edit(t, src, "database.storageGiB", "5")                             // out of range
	src = edit(t, src, "database.class", "")                                   // missing key
	src = edit(t, src, "network.natGatways", `"single"`)                       // misspelt key
	src = edit(t, src, "cache.nodes", `"two"`)                                 // wrong type
	src = edit(t, src, "services.backend.minTasks", "1")                       // a rule of production
	src = src.With("flowcomply:services.backend.port", "3002")                 // given twice
	src = src.With("flowcomply:kluster", "{}").With("aws:region", "eu-west-1") // unknown section, foreign key

	spec, err := stacks.Load(src)
	assert.Equal(t, stacks.Spec{}, spec)
	require.ErrorContains(t, err, "configuration: 9 problems; docs/config.md explains every key:\n")
	assert.Equal(t, []string{
		"aws:region: has no effect: the program configures its own provider; set flowcomply:account.region",
		"flowcomply:cache.nodes: must be a whole number, is text",
		"flowcomply:database.class: is missing; allowed: a size of the t, m or r families",
		"flowcomply:database.storageGiB: 5 is out of range; allowed: 20 to 65536",
		"flowcomply:kluster: is not known (did you mean cluster?); allowed: environment, account, naming, owner, protection, teardown, release, site, runbookUrl, errorPattern, network, database, cache, documents, logs, registry, dns, mail, loadBalancer, firewall, cluster, services, preflight, snapshot, migration, secrets, alerts, budget, drift",
		"flowcomply:naming: is missing; allowed: an object with stack, family",
		"flowcomply:network.natGatways: is not known; allowed: cidr, zones, nat, flowLogDays, endpoints",
		"flowcomply:services.backend.minTasks: 1 is too little for production: a single task is lost with its zone; allowed: 2 or more",
		"flowcomply:services.backend.port: is given twice: by a key of its own, and inside services.backend; allowed: one of the two",
	}, problems(err))
}

func TestLoad_OneProblemIsOneLine(t *testing.T) {
	_, err := stacks.Load(edit(t, source(t, "local"), "owner", `""`))
	assert.EqualError(t, err, `configuration: flowcomply:owner: "" is malformed; allowed: a team or mailbox in lower case`)
}

func TestLoad_OfNothingNamesEverySection(t *testing.T) {
	_, err := stacks.Load(stacks.Source{})
	lines := problems(err)
	for _, line := range lines {
		assert.Contains(t, line, ": is missing; allowed: ")
	}
	assert.Len(t, lines, 26, "every section but teardown, errorPattern and drift")
}

func TestLoad_ReleaseIsSetByKeysOfItsOwn(t *testing.T) {
	src := source(t, "production").With("flowcomply:release.version", "v1.1.0")
	spec, err := stacks.Load(src)
	require.NoError(t, err)
	assert.Equal(t, stacks.Release{
		Version: "v1.1.0", Source: "../flowcomply", Images: stacks.Build, Gate: "staging", OnFailure: stacks.GoBack,
	}, spec.Release)

	_, err = stacks.Load(src.With("flowcomply:release", `{"version":"v1.1.0"}`))
	assert.Equal(t, []string{"flowcomply:release.version: is given twice: by a key of its own, and inside release; allowed: one of the two"}, problems(err))
}

func TestLoad_WantsOperatorsSecretsEncryptedAndUsed(t *testing.T) {
	const key = "flowcomply:ANTHROPIC_API_KEY"
	file, err := stacks.FromFile("../Pulumi.staging.yaml") // as long as nobody has set its secrets
	require.NoError(t, err)
	file = file.WithSecret("flowcomply:" + stacks.SmokeUser)
	empty := file.WithSecret(key)
	empty.Values[key] = ""

	for name, tc := range map[string]struct {
		src  stacks.Source
		want []string
	}{
		"set":          {file.WithSecret(key), nil},
		"missing":      {file, []string{key + ": is missing; run `pulumi config set --secret " + key + "`"}},
		"empty":        {empty, []string{key + ": is empty; run `pulumi config set --secret " + key + "`"}},
		"in plain":     {file.With(key, canary), []string{key + ": is in plain text; change it where it was issued, as this one is no secret any more, and run `pulumi config set --secret " + key + "`"}},
		"nobody's":     {source(t, "local").WithSecret("flowcomply:OLD_KEY"), []string{"flowcomply:OLD_KEY: is not used; add secrets.OLD_KEY with source operator, or run `pulumi config rm flowcomply:OLD_KEY`"}},
		"no pager":     {edit(t, source(t, "local"), "alerts.pagerDuty", "true"), []string{"flowcomply:PAGERDUTY_ENDPOINT: is missing; run `pulumi config set --secret flowcomply:PAGERDUTY_ENDPOINT`"}},
		"whole, other": {source(t, "local").WithSecret("flowcomply:owner"), []string{"flowcomply:owner: is set as a secret, and sections are plain text: set it without --secret; what has to be hidden is a secret of an operator's"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := stacks.Load(tc.src)
			assert.Equal(t, tc.want, problems(err))
		})
	}
}

// A canary in every place where a secret could end up by mistake; in none may it come out.
func TestLoad_NeverShowsASecret(t *testing.T) {
	values := maps.Clone(source(t, "production").Values)
	values["flowcomply:ANTHROPIC_API_KEY"] = canary
	values["flowcomply:PAGERDUTY_ENDPOINT"] = canary
	values["flowcomply:SMOKE_USER"] = canary
	text, err := json.Marshal(values)
	require.NoError(t, err)
	src, err := stacks.FromEngine(string(text), `["flowcomply:ANTHROPIC_API_KEY","flowcomply:PAGERDUTY_ENDPOINT","flowcomply:SMOKE_USER"]`)
	require.NoError(t, err)
	spec, err := stacks.Load(src)
	require.NoError(t, err)
	shown, err := json.Marshal(spec)
	require.NoError(t, err)
	assert.NotContains(t, string(shown), canary)

	for key, value := range map[string]string{
		"flowcomply:ANTHROPIC_API_KEY":         canary,
		"flowcomply:ANTHROPIC_API_KEYS":        canary,
		"flowcomply:anthropicApiKey":           canary,
		"flowcomply:secrets":                   canary,
		"flowcomply:secrets.ANTHROPIC_API_KEY": canary,
		"flowcomply:secrets.OTHER":             `{"source":"operator","value":"` + canary + `"}`,
		"flowcomply:services.backend.secrets":  `{"ANTHROPIC_API_KEY":"` + canary + `"}`,
		"flowcomply:cache.token":               canary,
		"flowcomply:database":                  `{"password":"` + canary,
		"aws:secretKey":                        canary,
	} {
		plain := stacks.Source{Values: maps.Clone(src.Values)}
		plain.Values[key] = value
		_, err := stacks.Load(plain)
		require.Error(t, err, key)
		assert.NotContains(t, err.Error(), canary, key)
	}
}

func TestLoad_RefusesKeysOfOtherNamespaces(t *testing.T) {
	for key, want := range map[string]string{
		"aws:region":           "has no effect: the program configures its own provider; set flowcomply:account.region",
		"aws:defaultTags":      "has no effect: the program configures its own provider; set flowcomply:owner",
		"docker:host":          "has no effect: the program configures its own providers; every key that counts starts with flowcomply:",
		"flowcomply-old:owner": "has no effect: the program configures its own providers; every key that counts starts with flowcomply:",
		"pulumi:autonaming":    "would change names or behaviour behind the program's back; take it out",
	} {
		_, err := stacks.Load(source(t, "local").With(key, "x"))
		assert.Equal(t, []string{key + ": " + want}, problems(err))
	}
	_, err := stacks.Load(source(t, "local").With("a\nb", "x"))
	require.ErrorContains(t, err, `configuration: "a\nb": has no effect`)
	_, err = stacks.Load(source(t, "local").With("pulumi:tags", "{}"))
	assert.NoError(t, err, "the engine's own")
}

// FuzzLoad proves that no configuration makes Load panic, and that its answer is a Spec or problems, never both.
func FuzzLoad(f *testing.F) {
	f.Add("flowcomply:database", `{"storageGiB":1e999,"storageGiB":NaN}`, false)
	f.Add("flowcomply:services", `{"":{"route":{"host":"..","paths":[null]}},"x":null}`, false)
	f.Add("flowcomply:network", `{"cidr":"::/0","zones":["a","a"],"nat":"none"}`, true)
	f.Add("flowcomply:secrets.\n", `[[[[]]]]`, false)
	f.Add("aws:", "\xff", true)
	f.Add("flowcomply:environment", "", false)
	base := source(f, "production")
	f.Fuzz(func(t *testing.T, key, value string, secret bool) {
		src := base.With(key, value)
		if secret {
			src = base.WithSecret(key)
		}
		spec, err := stacks.Load(src)
		if err == nil {
			assert.NoError(t, spec.Validate())
			assert.NoError(t, spec.Check())
			return
		}
		assert.Equal(t, stacks.Spec{}, spec)
		for _, line := range problems(err) {
			assert.Contains(t, line, ": ")
			assert.False(t, strings.ContainsAny(line, "\n\r"), "%q", line)
		}
	})
}
