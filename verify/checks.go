package verify

import (
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
	ECS interface { // *ecs.Client
		awschecks.ServiceReader
		awschecks.TaskReader
	}
	CloudWatch interface { // *cloudwatch.Client
		awschecks.AlarmReader
		awschecks.MetricReader
	}
	Logs     awschecks.LogReader      // *cloudwatchlogs.Client
	Balancer awschecks.BalancerReader // *elasticloadbalancingv2.Client
	Scaling  awschecks.ScalingReader  // *applicationautoscaling.Client
	Secrets  interface {              // *secretsmanager.Client
		awschecks.SecretReader
		web.SmokeReader
	}
	Roles awschecks.RoleReader // *iam.Client
	Mail  awschecks.MailReader // *sesv2.Client
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

// Checks lists every check of a stack: identity, HTTP, targets, mail, secrets, alarms, metrics, logs, and the
// operator's own. The list is the same for every stack, and for real and emulated AWS.
func Checks(out outputs.Outputs, clients Clients, settings Settings) []check.Check {
	settings = settings.filled()
	each := settings.Interval
	sources := clients.Diagnosis(settings.Hide)
	var identities, targets, readable, logs []check.Check
	for _, role := range slices.Sorted(maps.Keys(out.Services)) {
		service := out.Services[role]
		identities = append(identities, awschecks.Identity(role, out.ClusterArn, service, clients.ECS, clients.ECS, sources.Logs, settings.Hide, each))
		if service.TargetGroupArn != "" {
			targets = append(targets, awschecks.Targets(role, service, sources.Targets, each))
		}
		readable = append(readable, awschecks.SecretsReadable(role, service, out, clients.ECS, clients.Secrets, clients.Roles, each))
		terms := awschecks.LogTerms{Pattern: out.ErrorPattern, Allowed: settings.AllowedErrors, Since: settings.Since}
		logs = append(logs, awschecks.Errors(role, out.ClusterArn, service, terms, clients.ECS, clients.Logs, settings.Hide, each))
	}
	var since awschecks.Deployed
	if settings.InUpdate {
		since = awschecks.DeploymentTime(out, clients.ECS)
	}
	alarms := awschecks.Alarms(out.AlarmNames, clients.CloudWatch, settings.Watch, each, since)
	alarms.Timeout = settings.Timeout + settings.Watch // watching is no delay
	if settings.InUpdate {
		alarms.Timeout += awschecks.RecoveryTime
	}
	var metrics []check.Check
	for _, objective := range out.Objectives {
		metrics = append(metrics, awschecks.Measured(objective, settings.Window, clients.CloudWatch, each, since))
	}
	return slices.Concat(identities, settings.web(out, clients).Checks(each), targets,
		[]check.Check{awschecks.Mail(out.MailIdentity, clients.Mail, each), awschecks.SecretsStored(out, clients.Secrets, each)}, readable,
		[]check.Check{alarms}, metrics, logs, settings.custom(out))
}

func (s Settings) filled() Settings {
	for value, fallback := range map[*time.Duration]time.Duration{
		&s.Interval: check.PollInterval, &s.Timeout: check.DefaultTimeout, &s.Window: awschecks.DefaultWindow, &s.Since: awschecks.DefaultSince,
	} {
		if *value == 0 {
			*value = fallback
		}
	}
	return s
}

// Diagnosis returns what Diagnose reads with these clients; identity and targets read with it too.
func (c Clients) Diagnosis(hide *check.Redactor) awschecks.Sources {
	return awschecks.NewSources(awschecks.DiagnosisClients{
		Tasks: c.ECS, Balancers: c.Balancer, Logs: c.Logs, Scaling: c.Scaling, Metrics: c.CloudWatch,
	}, hide)
}

// web is for the checks over HTTP. The API is the service that answers for its host.
func (s Settings) web(out outputs.Outputs, clients Clients) web.Web {
	return web.Web{
		SiteURL: out.SiteURL, APIURL: out.APIURL, Version: out.Version, API: out.API(), SmokeSecretArn: out.SmokeSecretArn,
		Secrets: clients.Secrets, Client: clients.HTTP, Hide: s.Hide, Before: s.Before,
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
