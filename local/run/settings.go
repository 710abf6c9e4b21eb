package run

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/flowcomply/infrastructure/components/dns"
	"github.com/flowcomply/infrastructure/components/secret"
	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
	"github.com/flowcomply/infrastructure/local/emulator"
	"github.com/flowcomply/infrastructure/stacks"
)

// stackFile is the little that the emulated AWS has to know of a stack file.
type stackFile struct {
	stacks.Spec     // of which read fills those sections alone
	SecretsProvider string
	set             map[string]bool // the whole keys of the secrets that it has
}

// read reads a stack file as the engine does. What the program would refuse is not refused here.
func read(file string) (stackFile, error) {
	var parsed stackFile
	content, err := os.ReadFile(file)
	if err != nil {
		return parsed, fmt.Errorf("stack file: %w", err)
	}
	config, err := pulumiconfig.Read(stacks.Namespace, file, content)
	if err != nil {
		return parsed, err
	}
	for _, section := range []struct {
		key  string
		into any
	}{
		{"account", &parsed.Account}, {"naming", &parsed.Naming}, {"services", &parsed.Services}, {"secrets", &parsed.Secrets},
		{"alerts", &parsed.Alerts}, {"dns", &parsed.DNS},
	} {
		value, given := config.Values[stacks.Namespace+":"+section.key]
		if !given || value == "" {
			continue
		}
		if err := json.Unmarshal([]byte(value), section.into); err != nil {
			return parsed, fmt.Errorf("stack file %s: %s: %w", file, section.key, err)
		}
	}
	text := func(key string) string { return config.Values[stacks.Namespace+":"+key] }
	parsed.Release = stacks.Release{Version: text("release.version"), Source: text("release.source"), Gate: text("release.gate")}
	parsed.Protection = stacks.Protection(text("protection"))
	parsed.SecretsProvider, parsed.set = config.SecretsProvider, config.Secrets
	return parsed, nil
}

// settingsOf makes the emulated AWS the account that the stack file allows, so that the program's own check of the
// account is rehearsed too.
func settingsOf(file string) (emulator.Settings, error) {
	parsed, err := read(file)
	return emulator.Settings{Account: parsed.Account.ID, Region: parsed.Account.Region}, err
}

// seed makes what a stack expects to find: the zone that another stack of the account owns.
func seed(ctx context.Context, running emulator.Host, file string) error {
	parsed, err := read(file)
	if err != nil || parsed.DNS.Mode != dns.Lookup {
		return err
	}
	cfg, err := running.Config(ctx)
	if err != nil {
		return err
	}
	_, err = route53.NewFromConfig(cfg).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String(parsed.DNS.Zone), CallerReference: aws.String("the zone that another stack owns"),
	})
	if err != nil {
		return fmt.Errorf("emulated AWS: make the zone %s that the stack looks up: %w", parsed.DNS.Zone, err)
	}
	return nil
}

// makeBucket makes a bucket that belongs to no stack.
func makeBucket(ctx context.Context, running emulator.Host, name string) error {
	cfg, err := running.Config(ctx)
	if err != nil {
		return err
	}
	api := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err = api.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(running.Region)},
	})
	if err != nil {
		return fmt.Errorf("emulated AWS: make the bucket %s: %w", name, err)
	}
	return nil
}

// protectionOf reads how the environment is protected, and the name that taking that off has to repeat.
func protectionOf(file string) (protection, stack string, err error) {
	parsed, err := read(file)
	return string(parsed.Protection), parsed.Naming.Stack, err
}

// contexts maps each service to the folder that its image is built from.
func contexts(file string) (map[string]string, error) {
	parsed, err := read(file)
	found := map[string]string{}
	for name, service := range parsed.Services {
		if service.Image.Context != "" {
			found[name] = service.Image.Context
		}
	}
	return found, err
}

// placeholders are values for the secrets that an operator has to set and that the file lacks, in a stack that holds nothing
// of value. The pager's is an address on loopback: the emulated SNS really posts to it. The user that verification logs in as
// has to work.
func (f stackFile) placeholders() (map[string]string, error) {
	values := map[string]string{}
	for name, wanted := range f.Secrets {
		switch {
		case wanted.Source != secret.FromOperator:
		case name == stacks.SmokeUser:
			user, err := json.Marshal(map[string]string{"email": "smoke@flowcomply.test", "password": rand.Text()})
			if err != nil {
				return nil, err
			}
			values[stacks.Namespace+":"+name] = string(user)
		default:
			values[stacks.Namespace+":"+name] = "placeholder-of-an-emulated-stack"
		}
	}
	if f.Alerts.PagerDuty {
		values[stacks.Namespace+":PAGERDUTY_ENDPOINT"] = "https://127.0.0.1/integration/placeholder"
	}
	maps.DeleteFunc(values, func(key, _ string) bool { return f.set[key] })
	return values, nil
}
