// Package preflight checks what has to hold before a release changes anything. Verification would find the same faults, but
// only after everything has changed.
package preflight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/internal/poll"
	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/inputs"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Clients are what preflight's checks read with: AWS's own clients, and
// Docker.
type Clients struct {
	Builder      BuilderReader              // docker.Command
	Caller       awschecks.Caller           // *sts.Client
	Secrets      awschecks.SecretReader     // *secretsmanager.Client
	Certificates CertificateReader          // *acm.Client
	Mail         awschecks.MailReader       // *sesv2.Client
	Alarms       awschecks.AlarmReader      // *cloudwatch.Client
	Topics       awschecks.TopicReader      // *sns.Client
	Services     awschecks.DeploymentReader // *ecs.Client
	Images       awschecks.ImageReader      // *ecr.Client
	Quotas       QuotaReader                // *servicequotas.Client
}

// Checks lists what has to hold before a release changes anything:
//
//   - the account and what it may use, the checkout that is built, and what builds it
//   - what already runs and is needed: secrets, certificate, mail, alarms and whom they reach
//   - no deployment is under way
//   - pinned images still exist
//
// A group that is skipped is left out here, and named by Preflight.Skipped. What may pass by itself is checked again
// every interval, 0: PollInterval, until the check's deadline. Nothing is written but to a temporary folder.
func Checks(want inputs.Preflight, clients Clients, interval time.Duration) []check.Check {
	if interval == 0 {
		interval = check.PollInterval
	}
	var checks []check.Check
	for _, group := range inputs.Groups {
		if _, omitted := want.SkippedFor(group); !omitted {
			checks = append(checks, checksOf(group, want, clients, interval)...)
		}
	}
	return checks
}

// checksOf are the checks of one group. All but the first four are of what runs before the release.
func checksOf(group string, want inputs.Preflight, clients Clients, interval time.Duration) []check.Check {
	switch group {
	case inputs.AccountGroup:
		return []check.Check{{Group: group, Name: want.AccountID, Run: func(ctx context.Context) (string, error) {
			return "the credentials are for it", awschecks.Account(ctx, clients.Caller, want.AccountID)
		}}}
	case inputs.QuotaGroup:
		return []check.Check{quotaSuffices(*want.VCPUs, clients.Quotas, interval)}
	case inputs.CheckoutGroup:
		return []check.Check{checkoutCheck(want)}
	case inputs.BuilderGroup:
		return []check.Check{builderReady(clients.Builder)}
	case inputs.SecretsGroup:
		return []check.Check{awschecks.SecretsStored(*want.Before, clients.Secrets, interval)}
	case inputs.CertificateGroup:
		return []check.Check{certificateIssued(want.Before.CertificateArn, want.Before.Hosts(), clients.Certificates, interval)}
	case inputs.MailGroup:
		return []check.Check{awschecks.Mail(want.Before.MailIdentity, want.Before.MailConfigurationSet, clients.Mail, interval)}
	case inputs.AlarmsGroup:
		deployed := awschecks.DeploymentTime(*want.Before, clients.Services)
		return append([]check.Check{alarmsReady(want.Before.AlarmNames, clients.Alarms, deployed, interval)},
			awschecks.Subscriptions(*want.Before, clients.Topics, interval, false)...)
	case inputs.DeploymentsGroup:
		return forEach(want.Before.Services, func(role string, service outputs.Service) check.Check {
			return serviceSteady(role, want.Before.ClusterArn, service.ServiceName, clients.Services, interval)
		})
	case inputs.ImagesGroup:
		return forEach(want.Digests, func(url, digest string) check.Check { return imageExists(url, digest, clients.Images, interval) })
	}
	panic("preflight: no checks for the group " + group)
}

// forEach is a check for each entry, by key.
func forEach[V any](entries map[string]V, of func(string, V) check.Check) []check.Check {
	var checks []check.Check
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		checks = append(checks, of(key, entries[key]))
	}
	return checks
}

// refused is a failure that does not pass by itself.
func refused(next, cause string, args ...any) error {
	return poll.Permanent(&check.Failure{Cause: fmt.Sprintf(cause, args...), Next: next})
}
