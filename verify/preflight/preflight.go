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
	Services     awschecks.DeploymentReader // *ecs.Client
	Images       ImageReader                // *ecr.Client
}

// Checks lists what has to hold before a release changes anything:
//
//   - the account, the checkout that is built, and what builds it
//   - what already runs and is needed: secrets, certificate, mail, alarms
//   - no deployment is under way
//   - pinned images still exist
//
// A group that is skipped is left out here, and named by Preflight.Skipped. What may pass by itself is checked again
// every interval, 0: PollInterval, until the check's deadline. Nothing is written but to a temporary folder.
func Checks(want inputs.Preflight, clients Clients, interval time.Duration) []check.Check {
	if interval == 0 {
		interval = check.PollInterval
	}
	byGroup := map[string]func() []check.Check{
		inputs.AccountGroup:  func() []check.Check { return []check.Check{accountCheck(want.AccountID, clients.Caller)} },
		inputs.CheckoutGroup: func() []check.Check { return []check.Check{checkoutCheck(want)} },
		inputs.BuilderGroup:  func() []check.Check { return []check.Check{builderReady(clients.Builder)} },
		inputs.SecretsGroup: func() []check.Check {
			return []check.Check{awschecks.SecretsStored(*want.Before, clients.Secrets, interval)}
		},
		inputs.CertificateGroup: func() []check.Check {
			return []check.Check{certificateIssued(want.Before.CertificateArn, want.Before.Hosts(), clients.Certificates, interval)}
		},
		inputs.MailGroup: func() []check.Check {
			return []check.Check{awschecks.Mail(want.Before.MailIdentity, clients.Mail, interval)}
		},
		inputs.AlarmsGroup: func() []check.Check {
			return []check.Check{alarmsReady(want.Before.AlarmNames, clients.Alarms, interval)}
		},
		inputs.DeploymentsGroup: func() []check.Check { return deploymentChecks(*want.Before, clients.Services, interval) },
		inputs.ImagesGroup:      func() []check.Check { return imageChecks(want.Digests, clients.Images, interval) },
	}
	var checks []check.Check
	for _, group := range inputs.Groups {
		if _, omitted := want.SkippedFor(group); !omitted {
			checks = append(checks, byGroup[group]()...)
		}
	}
	return checks
}

// accountCheck is awschecks.Account as a check.
func accountCheck(id string, api awschecks.Caller) check.Check {
	return check.Check{Group: inputs.AccountGroup, Name: id, Run: func(ctx context.Context) (string, error) {
		return "the credentials are for it", awschecks.Account(ctx, api, id)
	}}
}

// deploymentChecks are one for each service that runs.
func deploymentChecks(before outputs.Outputs, api awschecks.DeploymentReader, interval time.Duration) []check.Check {
	var checks []check.Check
	for _, role := range slices.Sorted(maps.Keys(before.Services)) {
		checks = append(checks, serviceSteady(role, before.ClusterArn, before.Services[role].ServiceName, api, interval))
	}
	return checks
}

// imageChecks are one for each repository with a pinned image.
func imageChecks(digests map[string]string, api ImageReader, interval time.Duration) []check.Check {
	var checks []check.Check
	for _, url := range slices.Sorted(maps.Keys(digests)) {
		checks = append(checks, imageExists(url, digests[url], api, interval))
	}
	return checks
}

// refused is a failure that does not pass by itself.
func refused(next, cause string, args ...any) error {
	return poll.Permanent(&check.Failure{Cause: fmt.Sprintf(cause, args...), Next: next})
}
