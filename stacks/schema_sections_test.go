package stacks_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/stacks"
)

// These tests prove the sections that no component has, each rule by a row, and that no type of the configuration is
// without a Validate. They do not prove that a Validate checks every field: that is for its own table.

const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func released(version, source string) stacks.Release {
	return stacks.Release{Version: version, Source: source, Images: stacks.Build, OnFailure: stacks.GoBack}
}

var expected = stacks.ExpectedDrift{Path: "aws:ecs/service:Service::backend#desiredCount", Reason: "a load test; platform", Until: "2026-12-31"}

// The last day is a whole one, and what is no day is over.
func TestExpectedDrift_IsOverAfterItsLastDay(t *testing.T) {
	last := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	assert.False(t, expected.Over(last))
	assert.True(t, expected.Over(last.Add(time.Second)))
	assert.True(t, stacks.ExpectedDrift{Until: "soon"}.Over(last))
}

func TestSections_RefuseWhatTheyDoNotAllow(t *testing.T) {
	account := stacks.Account{ID: "210987654321", Region: "ap-southeast-2"}
	for name, tc := range map[string]struct {
		section interface{ Validate() error }
		want    string // empty: fine
	}{
		"account":              {account, ""},
		"account, 11 digits":   {stacks.Account{ID: "21098765432", Region: account.Region}, `id: "21098765432" is malformed; allowed: 12 digits in quotes`},
		"account, zone":        {stacks.Account{ID: account.ID, Region: "ap-southeast-2a"}, `region: "ap-southeast-2a" is malformed; allowed: a region such as ap-southeast-2`},
		"account, gov":         {stacks.Account{ID: account.ID, Region: "us-gov-west-1"}, ""},
		"naming":               {stacks.Naming{Stack: "flowcomply-staging", Family: "f1"}, ""},
		"naming, two hyphens":  {stacks.Naming{Stack: "a--b", Family: "f"}, `stack: "a--b" is malformed; allowed: lower-case letters and digits, separated by single -, a letter first`},
		"naming, digit first":  {stacks.Naming{Stack: "a", Family: "1f"}, `family: "1f" is malformed; allowed: lower-case letters and digits, separated by single -, a letter first`},
		"protection":           {stacks.Full, ""},
		"protection, some":     {stacks.Protection("some"), `protection: "some" is not known; allowed: full, none`},
		"release":              {released("v10.20.30-rc.1", "../../a/b.c"), ""},
		"release, no v":        {released("1.0.0", "a"), `version: "1.0.0" is malformed; allowed: a version such as v1.2.3; no moving name such as latest`},
		"release, leading 0":   {released("v1.02.0", "a"), `version: "v1.02.0" is malformed; allowed: a version such as v1.2.3; no moving name such as latest`},
		"release, build":       {released("v1.0.0+5", "a"), `version: "v1.0.0+5" is malformed; allowed: a version such as v1.2.3; no moving name such as latest`},
		"release, long":        {released("v1.0.0-"+strings.Repeat("a", 58), "a"), "version: has 65 characters; allowed: 64"},
		"release, absolute":    {released("v1.0.0", "/srv/app"), `source: "/srv/app" is malformed; allowed: a relative path in its shortest spelling, such as ../flowcomply`},
		"release, roundabout":  {released("v1.0.0", "a/../b"), `source: "a/../b" is malformed; allowed: a relative path in its shortest spelling, such as ../flowcomply`},
		"release, backslash":   {released("v1.0.0", `..\app`), `source: "..\\app" is malformed; allowed: a relative path in its shortest spelling, such as ../flowcomply`},
		"release, promoted":    {stacks.Release{Version: "v1.0.0", Source: "a", Images: stacks.Promote, OnFailure: stacks.Ask, Gate: "staging"}, ""},
		"release, no gate":     {stacks.Release{Version: "v1.0.0", Source: "a", Images: stacks.Promote, OnFailure: stacks.Ask}, "gate: is empty, and images are to be promoted; allowed: the stack to promote from, such as staging"},
		"release, images":      {stacks.Release{Version: "v1.0.0", Source: "a", Images: "pull", OnFailure: stacks.Keep}, `images: "pull" is not known; allowed: build, promote`},
		"release, failure":     {stacks.Release{Version: "v1.0.0", Source: "a", Images: stacks.Build, OnFailure: "retry"}, `onFailure: "retry" is not known; allowed: rollback, keep, ask`},
		"pins":                 {stacks.Pins{Version: "v1.0.0", Number: 1, Digests: map[string]string{"backend": digest}}, ""},
		"pins, a tag":          {stacks.Pins{Version: "v1.0.0", Number: 1, Digests: map[string]string{"backend": "v1.0.0"}}, `digests.backend: "v1.0.0" is malformed; allowed: sha256: and 64 hex digits`},
		"pins, nothing":        {stacks.Pins{Version: "v1.0.0", Number: 1}, "digests: is empty; allowed: an image for each service"},
		"pins, commit":         {stacks.Pins{Version: "v1.0.0", Number: 1, Commit: "main", Digests: map[string]string{"backend": digest}}, `commit: "main" is malformed; allowed: a commit of 40 hex digits`},
		"drift":                {stacks.Drift{Expected: []stacks.ExpectedDrift{expected, {Path: "aws:kms/key:Key::data", Reason: "r", Until: "2026-12-31"}}}, ""},
		"drift, nothing":       {stacks.Drift{}, ""},
		"drift, a day":         {stacks.Drift{Expected: []stacks.ExpectedDrift{{Path: "a::b", Reason: "r", Until: "31.12.2026"}}}, `expected[0].until: "31.12.2026" is malformed; allowed: a day such as 2026-12-31`},
		"drift, no name":       {stacks.Drift{Expected: []stacks.ExpectedDrift{{Path: "backend", Reason: "r", Until: "2026-12-31"}}}, `expected[0].path: "backend" is malformed; allowed: type::name of a resource and, behind #, a property`},
		"drift, no reason":     {stacks.Drift{Expected: []stacks.ExpectedDrift{{Path: "a::b", Until: "2026-12-31"}}}, `expected[0].reason: is empty; allowed: any text`},
		"drift, twice":         {stacks.Drift{Expected: []stacks.ExpectedDrift{expected, expected}}, `expected[1]: "aws:ecs/service:Service::backend#desiredCount" is given twice; allowed: each value once`},
		"preflight":            {stacks.Preflight{Skip: []string{"mail", "checkout"}}, ""},
		"preflight, account":   {stacks.Preflight{Skip: []string{"account"}}, `skip[0]: "account" is not known; allowed: quota, checkout, secrets, certificate, mail, alarms, deployments`},
		"site":                 {stacks.Site{Domain: "a.example", APIDomain: "b.example"}, ""},
		"site, with scheme":    {stacks.Site{Domain: "https://a.example", APIDomain: "b.example"}, `domain: "https://a.example" is malformed; allowed: a full domain name in lower case, such as api.flowcomply.com`},
		"site, no dot":         {stacks.Site{Domain: "a.example", APIDomain: "api"}, `apiDomain: "api" is malformed; allowed: a full domain name in lower case, such as api.flowcomply.com`},
		"site, same name":      {stacks.Site{Domain: "a.example", APIDomain: "a.example"}, "apiDomain: is the website's; allowed: a name of its own, as the firewall's limit counts the API's requests only"},
		"secrets":              {stacks.Secrets{"JWT_SECRET": {Source: secret.Generated}}, ""},
		"secrets, lower case":  {stacks.Secrets{"jwt": {Source: secret.Generated}}, `jwt: "jwt" is malformed; allowed: an environment variable's name in capitals, 64 characters at most`},
		"secrets, from a file": {stacks.Secrets{"JWT_SECRET": {Source: "file"}}, `JWT_SECRET.source: "file" is not known; allowed: database, cache, generated, operator`},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want == "" {
				assert.NoError(t, tc.section.Validate())
				return
			}
			assert.EqualError(t, tc.section.Validate(), tc.want)
		})
	}
}

func TestSpec_ValidatesItsOwnWords(t *testing.T) {
	for path, want := range map[string]string{
		"environment": `flowcomply:environment: "" is malformed; allowed: 2 to 16 lower-case letters and digits, a letter first`,
		"owner":       `flowcomply:owner: "" is malformed; allowed: a team or mailbox in lower case`,
		"runbookUrl":  `flowcomply:runbookUrl: "" is malformed; allowed: an https address without an anchor`,
	} {
		_, err := stacks.Load(source(t, "local").With("flowcomply:"+path, ""))
		assert.Contains(t, problems(err), want)
	}
}

// A section whose Validate is not called would be a section without rules.
func TestSpec_EverySectionIsValidated(t *testing.T) {
	err := stacks.Spec{}.Validate().Error()
	value := reflect.TypeFor[stacks.Spec]()
	for i := range value.NumField() {
		key, options, _ := strings.Cut(value.Field(i).Tag.Get("json"), ",")
		if options != "" || value.Field(i).Type.Kind() == reflect.Map || key == "documents" || key == "preflight" {
			continue
		}
		assert.Regexp(t, `(?m)^`+key+`[.:]`, err)
	}
	assert.Contains(t, err, "documents.noncurrentDays")
}

// The audit: every struct that configuration is decoded into can refuse its values, and holds only what the loader
// reads.
func TestSpec_EveryTypeHasValidate(t *testing.T) {
	seen := map[reflect.Type]bool{}
	audit(t, reflect.TypeFor[stacks.Spec](), "spec", seen)
	assert.Greater(t, len(seen), 20, "the audit no longer reaches the sections")
}

func audit(t *testing.T, typ reflect.Type, at string, seen map[reflect.Type]bool) {
	t.Helper()
	switch typ.Kind() {
	case reflect.Struct:
		if seen[typ] {
			return
		}
		seen[typ] = true
		assert.True(t, typ.Implements(reflect.TypeFor[interface{ Validate() error }]()), "%s: %s has no Validate", at, typ)
		for i := range typ.NumField() {
			field := typ.Field(i)
			assert.False(t, field.Anonymous, "%s: %s is embedded, which the loader does not read", at, field.Name)
			assert.Regexp(t, `^[a-z][A-Za-z0-9]*(,omitempty)?$`, field.Tag.Get("json"), "%s: %s", at, field.Name)
			audit(t, field.Type, at+"."+field.Name, seen)
		}
	case reflect.Map:
		assert.Equal(t, reflect.String, typ.Key().Kind(), at)
		audit(t, typ.Elem(), at+"{}", seen)
	case reflect.Slice, reflect.Pointer:
		audit(t, typ.Elem(), at+"[]", seen)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
	default:
		t.Errorf("%s: the loader does not read %s", at, typ)
	}
}
