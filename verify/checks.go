package verify

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/flowcomply/infrastructure/verify/awschecks"
	"github.com/flowcomply/infrastructure/verify/check"
	"github.com/flowcomply/infrastructure/verify/outputs"
	"github.com/flowcomply/infrastructure/verify/web"
)

// Clients are what the checks read with: AWS's own clients, and one for HTTP.
type Clients struct {
	awschecks.Clients

	Smoke web.SmokeReader // *secretsmanager.Client
	HTTP  *http.Client
}

// Settings are what a run may vary. A zero length of time means its default, except for Watch, where it means a single
// look.
type Settings struct {
	Interval      time.Duration  // between looks; 0: PollInterval
	Timeout       time.Duration  // deadline of one check; 0: DefaultTimeout
	Window        time.Duration  // that metrics are measured over; 0: DefaultWindow
	Watch         time.Duration  // that alarms are watched
	Since         time.Duration  // that logs are read back at most; 0: DefaultSince
	AllowedErrors int            // in each service's log
	Before        check.Baseline // an earlier run's numbers; may be zero
	Custom        []Command      // the operator's own checks
	// InUpdate: verification is the last step of an update. The first release may have no smoke user yet, and what was
	// measured or fired before the deployment does not count.
	InUpdate bool
	Hide     *check.Redactor // must be that of Options
}

// Checks lists every check of a stack: identity, HTTP, targets, images, backups, mail, secrets, permissions, alarms, metrics, logs, and the
// operator's own. The list is the same for every stack, and for real and emulated AWS.
func Checks(out outputs.Outputs, clients Clients, settings Settings) []check.Check {
	settings = settings.filled()
	stack := awschecks.Stack{Outputs: out, Clients: clients.Clients, Hide: settings.Hide, Interval: settings.Interval, InUpdate: settings.InUpdate}
	var identities, targets, images, readable, permissions, logs []check.Check
	for _, role := range slices.Sorted(maps.Keys(out.Services)) {
		identities = append(identities, stack.Identity(role))
		if out.Services[role].TargetGroupArn != "" {
			targets = append(targets, stack.Targets(role))
		}
		images = append(images, stack.Image(role))
		readable = append(readable, stack.SecretsReadable(role))
		permissions = append(permissions, stack.Permissions(role))
		logs = append(logs, stack.Errors(role, settings.AllowedErrors, settings.Since))
	}
	var since awschecks.Deployed
	deployed := awschecks.DeploymentTime(out, clients.ECS)
	if settings.InUpdate {
		since = deployed
	}
	alarms := awschecks.Alarms(out.AlarmNames, clients.Alarms, settings.Watch, settings.Interval, since, deployed)
	alarms.Timeout = settings.Timeout + settings.Watch // watching is no delay
	if settings.InUpdate {
		alarms.Timeout += awschecks.RecoveryTime
	}
	window := awschecks.NewWindow(out.Objectives, settings.Window, clients.Metrics)
	var metrics []check.Check
	for _, objective := range out.Objectives {
		metrics = append(metrics, awschecks.Measured(objective, window, settings.Interval, since))
	}
	asked := settings.web(out, clients).Checks(settings.Interval)
	if settings.InUpdate {
		for i := range asked {
			asked[i].Longest = web.LimitTime
		}
	}
	checks := slices.Concat(identities, asked, targets, images, []check.Check{
		stack.Restorable(),
		awschecks.Mail(out.MailIdentity, out.MailConfigurationSet, clients.Mail, settings.Interval), awschecks.SecretsStored(out, clients.Secrets, settings.Interval),
	}, readable, permissions, []check.Check{alarms, awschecks.AlarmActions(out.AlarmNames, clients.Alarms, settings.Interval)},
		awschecks.Subscriptions(out, clients.Topics, settings.Interval, settings.InUpdate), metrics, logs, settings.custom(out))
	if settings.InUpdate {
		settings.afterRollout(checks, slices.Concat(identities, targets))
	}
	return checks
}

// afterRollout lets checks wait for the deployments to come to their end: those of the rollout, which ask for services and
// targets, for as long as AWS may take, the others until these have ended. What answers before that is not yet, or not alone,
// what is to be verified; and each request that comes too early counts toward the application's limits.
func (s Settings) afterRollout(checks, rollout []check.Check) {
	var keys []string
	for _, one := range rollout {
		keys = append(keys, one.Key())
	}
	for i := range checks {
		if slices.Contains(keys, checks[i].Key()) {
			checks[i].Timeout = max(s.Timeout, awschecks.RolloutTime)
		} else {
			checks[i].After = keys
		}
	}
}

func (s Settings) filled() Settings {
	s.Interval, s.Timeout = cmp.Or(s.Interval, check.PollInterval), cmp.Or(s.Timeout, check.DefaultTimeout)
	s.Window, s.Since = cmp.Or(s.Window, awschecks.DefaultWindow), cmp.Or(s.Since, awschecks.DefaultSince)
	return s
}

// web is for the checks over HTTP. The API is the service that answers for its host.
func (s Settings) web(out outputs.Outputs, clients Clients) web.Web {
	return web.Web{
		SiteURL: out.SiteURL, APIURL: out.APIURL, Version: out.Version, API: out.API(), SmokeSecretArn: out.SmokeSecretArn,
		Secrets: clients.Smoke, Client: clients.HTTP, Hide: s.Hide, Before: s.Before,
		First: s.InUpdate && out.Release.First,
	}
}

// custom are the operator's commands, told where the stack is.
func (s Settings) custom(out outputs.Outputs) []check.Check {
	var checks []check.Check
	for _, command := range s.Custom {
		command.SiteURL, command.APIURL = out.SiteURL, out.APIURL
		checks = append(checks, Custom(command, s.Hide))
	}
	return checks
}
