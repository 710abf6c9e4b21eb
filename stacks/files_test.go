package stacks_test

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/flowcomply/infrastructure/components/firewall"
	"github.com/flowcomply/infrastructure/components/service"
	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/awschecks"
)

// These tests prove that the real stack files load, fit together, and give containers the runbook's environment. They
// do not prove that AWS has the capacity, that the domain is ours, or that infra hands on what is decided here.

func TestFiles_Load(t *testing.T) {
	for _, stack := range files {
		t.Run(stack, func(t *testing.T) {
			spec := load(t, stack)
			assert.Equal(t, stack, spec.Environment)
			assert.Equal(t, stack == "production", spec.IsProduction())
			assert.Equal(t, stack == "production", spec.Protected())
		})
	}
}

// Secrets may be in a file as ciphertext. Which keys are secrets their spelling says.
func TestFiles_HoldNoSecretInPlainText(t *testing.T) {
	secret := regexp.MustCompile(`^flowcomply:[A-Z]`)
	for _, stack := range files {
		src, err := stacks.FromFile("../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		for key := range src.Values {
			if secret.MatchString(key) {
				assert.True(t, src.Secrets[key], "%s: %s is in plain text", stack, key)
			}
		}
	}
}

// What a stack of AWS's hides is opened by a key of its own in KMS, which who may use is decided by.
func TestFiles_NameTheKeyOfTheirSecrets(t *testing.T) {
	for stack, want := range map[string]string{
		"production": "awskms://alias/flowcomply-production-pulumi?region=ap-southeast-2",
		"staging":    "awskms://alias/flowcomply-staging-pulumi?region=ap-southeast-2",
		"local":      "", // a passphrase, which make env prints
	} {
		name := "../Pulumi." + stack + ".yaml"
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		config, err := pulumiconfig.Read(stacks.Namespace, name, text)
		require.NoError(t, err)
		assert.Equal(t, want, config.SecretsProvider, stack)
	}
}

// A diff of two files is their difference, then. Which services and carried-over records there are is such a difference: a
// service that two files have, has the same keys in both.
func TestFiles_HaveTheSameKeysInTheSameOrder(t *testing.T) {
	keys, services := map[string][]string{}, map[string]map[string][]string{}
	for _, stack := range files {
		text, err := os.ReadFile("../Pulumi." + stack + ".yaml")
		require.NoError(t, err)
		var document yaml.Node
		require.NoError(t, yaml.Unmarshal(text, &document))
		services[stack] = map[string][]string{}
		for _, key := range keysOf("", document.Content[0]) {
			if secretKeys.MatchString(key) || strings.HasPrefix(key, "/config/flowcomply:dns/records/") {
				continue
			}
			inside, isService := strings.CutPrefix(key, "/config/flowcomply:services/")
			if !isService {
				keys[stack] = append(keys[stack], key)
				continue
			}
			name, field, _ := strings.Cut(inside, "/")
			services[stack][name] = append(services[stack][name], field)
		}
	}
	require.Greater(t, len(keys["production"]), 80)
	for _, stack := range files {
		assert.Equal(t, keys["production"], keys[stack], stack)
		for _, other := range files {
			for name, fields := range services[stack] {
				if same, shared := services[other][name]; shared {
					assert.Equal(t, same, fields, "%s and %s: %s", other, stack, name)
				}
			}
		}
	}
}

// secretKeys are those that Pulumi writes, each file's with its own secrets.
var secretKeys = regexp.MustCompile(`^/(config/flowcomply:[A-Z]|secretsprovider$|encryptedkey$|encryptionsalt$)`)

func keysOf(at string, n *yaml.Node) []string {
	var keys []string
	if n.Kind == yaml.MappingNode {
		for i := 0; i < len(n.Content); i += 2 {
			path := at + "/" + n.Content[i].Value
			keys = append(append(keys, path), keysOf(path, n.Content[i+1])...)
		}
	}
	return keys
}

// What verify looks up in a task definition, to tell what its role needs, is what the program puts there.
func TestFiles_NameBucketAndSenderAsVerifyLooksForThem(t *testing.T) {
	spec := load(t, "production")
	assert.Equal(t, map[string]map[string]string{
		service.AccessDocuments: {awschecks.BucketVariable: "flowcomply-documents-production"},
		service.AccessMail:      {awschecks.SenderVariable: "noreply@flowcomply.com"},
	}, spec.GrantEnvironment())
}

// Runbook, appendix A and B. PORT and AWS_REGION come from the service component, as does IMAGE_DIGEST, which only a
// build knows; the rest from access and secrets. The frontend gets those beyond the appendix.
func TestFiles_GiveContainersTheRunbooksEnvironment(t *testing.T) {
	const fromSecret = "<from-secrets-manager>"
	spec := load(t, "production")

	assert.Equal(t, map[string]string{
		"NODE_ENV": "production", "PORT": "3001", "DATABASE_URL": fromSecret, "REDIS_URL": fromSecret, "JWT_SECRET": fromSecret,
		"AWS_REGION": "ap-southeast-2", "AWS_S3_BUCKET_NAME": "flowcomply-documents-production",
		"AWS_SES_FROM_EMAIL": "noreply@flowcomply.com", "ANTHROPIC_API_KEY": fromSecret,
		"RATE_LIMIT_MAX": "100", "RATE_LIMIT_WINDOW_MS": "900000", "LOG_LEVEL": "info",
	}, environmentOf(spec, "backend", fromSecret))

	assert.Equal(t, map[string]string{
		"NODE_ENV": "production", "NEXT_PUBLIC_API_URL": "https://api.flowcomply.com", "NEXT_PUBLIC_APP_NAME": "FlowComply",
		"PORT": "3000", "AWS_REGION": "ap-southeast-2",
	}, environmentOf(spec, "frontend", fromSecret))
	assert.Equal(t, map[string]string{"NEXT_PUBLIC_API_URL": "https://api.flowcomply.com", "NEXT_PUBLIC_APP_NAME": "FlowComply"},
		spec.Services["frontend"].Image.Args)
}

func environmentOf(spec stacks.Spec, name, fromSecret string) map[string]string {
	one := spec.Services[name]
	all := map[string]string{"PORT": fmt.Sprint(one.Port), "AWS_REGION": spec.Account.Region}
	maps.Copy(all, one.Environment)
	for _, access := range one.Access {
		maps.Copy(all, spec.GrantEnvironment()[access])
	}
	for _, secret := range one.Secrets {
		all[secret] = fromSecret
	}
	return all
}

func TestFiles_DeriveWhatOtherPartsNeed(t *testing.T) {
	spec := load(t, "production")
	limit, err := spec.RateLimit()
	require.NoError(t, err)
	assert.Equal(t, firewall.Limit{Max: 100, WindowMS: 900_000}, limit)
	assert.Subset(t, spec.Hosts(), map[string]string{"site": "flowcomply.com", "api": "api.flowcomply.com"})
	require.NoError(t, spec.Certificate().Validate())
	assert.Equal(t, []string{"ANTHROPIC_API_KEY", "PAGERDUTY_ENDPOINT", "SMOKE_USER"}, spec.OperatorSecrets())
	assert.Equal(t, []string{"ANTHROPIC_API_KEY", "SMOKE_USER"}, load(t, "local").OperatorSecrets())
	assert.Equal(t, slices.Sorted(maps.Keys(spec.Services)), spec.Images())
	assert.Equal(t, "../../flowcomply", spec.Release.Folder())
	assert.Equal(t, "../.local/up/app", load(t, "local").Release.Folder())
	assert.Equal(t, "https://flowcomply.com", spec.Site.URL())
}

// Staging may share production's account, so that nothing of one may be the other's.
func TestFiles_ShareNothingInOneAccount(t *testing.T) {
	owner := map[string]string{}
	claim := func(stack, what string) {
		if other, taken := owner[what]; taken {
			t.Errorf("%s and %s both have %s", other, stack, what)
		}
		owner[what] = stack
	}
	var networks []netip.Prefix
	for _, stack := range files {
		spec := load(t, stack)
		for _, p := range spec.Names().All(spec.Images(), slices.Sorted(maps.Keys(spec.Secrets))) {
			if p.Kind != "service" { // unique in its cluster only
				claim(stack, p.Kind+" "+p.Name)
			}
		}
		for _, host := range spec.Hosts() {
			claim(stack, "host "+host)
		}
		claim(stack, "sender domain "+spec.Mail.Domain())
		prefix := netip.MustParsePrefix(spec.Network.CIDR)
		for _, other := range networks {
			assert.False(t, prefix.Overlaps(other), "%s: %s overlaps %s", stack, prefix, other)
		}
		networks = append(networks, prefix)
	}
}
