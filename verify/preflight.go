package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// The groups of preflight's checks, in the order of reports. Question.Skip names
// them.
const (
	accountGroup     = "account"
	checkoutGroup    = "checkout"
	builderGroup     = "builder"
	secretsGroup     = "secrets"
	certificateGroup = "certificate"
	mailGroup        = "mail"
	alarmsGroup      = "alarms"
	deploymentsGroup = "deployments"
	imagesGroup      = "images"
)

// preflightGroups are all of them; skippable are those that a release can do
// without. In another account every answer would be about something else, and an
// image that is gone cannot run, nor one that cannot be built.
var (
	preflightGroups = []string{
		accountGroup, checkoutGroup, builderGroup, secretsGroup, certificateGroup, mailGroup, alarmsGroup, deploymentsGroup, imagesGroup,
	}
	skippable = slices.DeleteFunc(slices.Clone(preflightGroups), func(group string) bool {
		return group == accountGroup || group == builderGroup || group == imagesGroup
	})
)

// Skippable says whether a release may go on without the group's checks, so that
// Question.Skip may name it.
func Skippable(group string) bool { return slices.Contains(skippable, group) }

// PreflightClients are what preflight's checks read with: AWS's own clients, and
// Docker.
type PreflightClients struct {
	Builder      BuilderReader     // docker.Command
	Caller       Caller            // *sts.Client
	Secrets      SecretReader      // *secretsmanager.Client
	Certificates CertificateReader // *acm.Client
	Mail         MailReader        // *sesv2.Client
	Alarms       AlarmReader       // *cloudwatch.Client
	Services     DeploymentReader  // *ecs.Client
	Images       ImageReader       // *ecr.Client
}

// PreflightChecks lists what has to hold before a release changes anything: the
// account, the checkout that is built and what builds it, what already runs and is needed (secrets,
// certificate, mail, alarms), that no deployment is under way, and that pinned
// images are still there. A group that is not made is missing here and named by
// Question.Omitted. What may pass by itself is asked again every interval, 0:
// PollInterval, until the check's deadline. Nothing is written but
// to a temporary folder.
func PreflightChecks(question Question, clients PreflightClients, interval time.Duration) []Check {
	if interval == 0 {
		interval = PollInterval
	}
	made := map[string]func() []Check{
		accountGroup:  func() []Check { return []Check{accountCheck(question.AccountID, clients.Caller)} },
		checkoutGroup: func() []Check { return []Check{checkoutCheck(question)} },
		builderGroup:  func() []Check { return []Check{builderReady(clients.Builder)} },
		secretsGroup: func() []Check {
			return []Check{SecretsStored(*question.Before, clients.Secrets, interval)}
		},
		certificateGroup: func() []Check {
			return []Check{certificateIssued(question.Before.CertificateArn, question.Before.Hosts(), clients.Certificates, interval)}
		},
		mailGroup: func() []Check {
			return []Check{Mail(question.Before.MailIdentity, clients.Mail, interval)}
		},
		alarmsGroup: func() []Check {
			return []Check{alarmsReady(question.Before.AlarmNames, clients.Alarms, interval)}
		},
		deploymentsGroup: func() []Check { return settledChecks(*question.Before, clients.Services, interval) },
		imagesGroup:      func() []Check { return imageChecks(question.Digests, clients.Images, interval) },
	}
	var checks []Check
	for _, group := range preflightGroups {
		if _, omitted := question.omission(group); !omitted {
			checks = append(checks, made[group]()...)
		}
	}
	return checks
}

// accountCheck is Account as a check.
func accountCheck(id string, api Caller) Check {
	return Check{Group: accountGroup, Name: id, Run: func(ctx context.Context) (string, error) {
		return "the credentials are for it", Account(ctx, api, id)
	}}
}

// settledChecks are one for each service that runs.
func settledChecks(before outputs.Outputs, api DeploymentReader, interval time.Duration) []Check {
	var checks []Check
	for _, role := range slices.Sorted(maps.Keys(before.Services)) {
		checks = append(checks, serviceSettled(role, before.ClusterArn, before.Services[role].ServiceName, api, interval))
	}
	return checks
}

// imageChecks are one for each repository with a pinned image.
func imageChecks(digests map[string]string, api ImageReader, interval time.Duration) []Check {
	var checks []Check
	for _, url := range slices.Sorted(maps.Keys(digests)) {
		checks = append(checks, imageHeld(url, digests[url], api, interval))
	}
	return checks
}

// refused is a failure that no waiting cures.
func refused(next, cause string, args ...any) error {
	return Permanent(&Failure{Cause: fmt.Sprintf(cause, args...), Next: next})
}
