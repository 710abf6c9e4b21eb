package outputs

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/internal/decode"
)

var (
	// AccountPattern is the id of an AWS account.
	AccountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	// DigestPattern is the digest of an image, or a hash in the same form.
	DigestPattern   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	variablePattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	hostPattern     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	revisionPattern = regexp.MustCompile(`^task-definition/[A-Za-z0-9_-]+:[1-9][0-9]*$`)
)

// problems lists the values that cannot be right, in the order of the fields.
func (o Outputs) problems() decode.Problems {
	var p decode.Problems
	p.Present("stack", o.Stack)
	p.Present("region", o.Region)
	p.Require(AccountPattern.MatchString(o.AccountID), "accountId", "is %q; must be 12 digits", o.AccountID)
	p.Present("version", o.Version)
	address(&p, "siteUrl", o.SiteURL)
	address(&p, "apiUrl", o.APIURL)
	p.Present("clusterName", o.ClusterName)
	if at := o.arn(&p, "clusterArn", o.ClusterArn, "ecs"); at != "" {
		p.Require(at == "cluster/"+o.ClusterName, "clusterArn", "names %q; must end in cluster/%s", at, o.ClusterName)
	}
	p.Require(len(o.Services) > 0, "services", "is empty; must hold at least one service")
	for _, name := range slices.Sorted(maps.Keys(o.Services)) {
		o.serviceProblems(&p, "services."+name, o.Services[name])
	}
	o.answered(&p, "siteUrl", o.SiteURL)
	o.answered(&p, "apiUrl", o.APIURL)
	distinct(&p, "alarmNames", o.AlarmNames)
	p.Present("dashboardName", o.DashboardName)
	p.Present("databaseIdentifier", o.DatabaseIdentifier)
	p.Present("cacheId", o.CacheID)
	p.Present("documentsBucket", o.DocumentsBucket)
	for _, variable := range slices.Sorted(maps.Keys(o.SecretArns)) {
		path := "secretArns." + variable
		p.Require(variablePattern.MatchString(variable), path, "must be named like an environment variable")
		o.arn(&p, path, o.SecretArns[variable], "secretsmanager")
	}
	o.arn(&p, "smokeSecretArn", o.SmokeSecretArn, "secretsmanager")
	p.Require(hostPattern.MatchString(o.MailIdentity), "mailIdentity", "is %q; must be a domain", o.MailIdentity)
	o.arn(&p, "certificateArn", o.CertificateArn, "acm")
	o.arn(&p, "notifyTopicArn", o.NotifyTopicArn, "sns")
	for _, name := range slices.Sorted(maps.Keys(o.Topics)) {
		path := "topics." + name
		o.arn(&p, path+".arn", o.Topics[name].Arn, "sns")
		p.Require(o.Topics[name].Subscriptions >= 1, path+".subscriptions", "is %d; must be 1 or more", o.Topics[name].Subscriptions)
	}
	p.Present("errorPattern", o.ErrorPattern)
	o.objectiveProblems(&p)
	return p
}

// answered checks that a service has the host of an address.
func (o Outputs) answered(p *decode.Problems, path, address string) {
	is := slices.ContainsFunc(o.Hosts(), func(host string) bool { return "https://"+host == address })
	p.Require(is || p.Covers(path), path, "is %q; must be https:// and the host of a service", address)
}

func (o Outputs) serviceProblems(p *decode.Problems, path string, s Service) {
	p.Present(path+".serviceName", s.ServiceName)
	if at := o.arn(p, path+".taskDefinitionArn", s.TaskDefinitionArn, "ecs"); at != "" {
		p.Require(revisionPattern.MatchString(at), path+".taskDefinitionArn", "names %q; must end in task-definition/<family>:<revision>", at)
	}
	p.Present(path+".imageRepository", s.ImageRepository)
	p.Require(!strings.Contains(s.ImageRepository, "@"), path+".imageRepository", "is %q; must hold no digest", s.ImageRepository)
	p.Require(DigestPattern.MatchString(s.ImageDigest), path+".imageDigest", "is %q; must be sha256: and 64 hex digits", s.ImageDigest)
	p.Require(s.MinimumTasks >= 1, path+".minimumTasks", "is %d; must be 1 or more", s.MinimumTasks)
	p.Present(path+".logGroup", s.LogGroup)
	if s.TargetGroupArn != "" {
		o.arn(p, path+".targetGroupArn", s.TargetGroupArn, "elasticloadbalancing")
	}
	if at := o.arn(p, path+".executionRoleArn", s.ExecutionRoleArn, "iam"); at != "" {
		p.Require(strings.HasPrefix(at, "role/"), path+".executionRoleArn", "names %q; must be a role", at)
	}
	p.Require(s.Host == "" || hostPattern.MatchString(s.Host), path+".host", "is %q; must be a full domain name", s.Host)
	p.Require((s.Host == "") == (s.TargetGroupArn == ""), path+".host",
		"is %q with target group %q; must have both or neither", s.Host, s.TargetGroupArn)
}

func address(p *decode.Problems, path, value string) {
	parsed, err := url.Parse(value)
	p.Require(err == nil && parsed.Scheme == "https" && parsed.Host != "" && parsed.User == nil, path, "must be https://<host>")
}

func distinct(p *decode.Problems, path string, values []string) {
	p.Require(len(values) > 0, path, "is empty; must hold at least one name")
	for i, value := range values {
		if strings.TrimSpace(value) == "" {
			p.Add(path, "holds an empty name")
		} else {
			p.Require(!slices.Contains(values[:i], value), path, "holds %q twice", value)
		}
	}
}

// arn checks that value is an ARN of the service in this stack's account, and in its region: in none for IAM, which has no
// regions. It returns what the ARN names there, empty where it is wrong.
func (o Outputs) arn(p *decode.Problems, path, value, service string) string {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service || parts[5] == "" {
		p.Add(path, "is %q; must be an ARN of %s", value, service)
		return ""
	}
	region, account := parts[3], parts[4]
	switch global := service == "iam"; {
	case global && (region != "" || account != o.AccountID):
		p.Add(path, "is %q; must be in account %s, and in no region", value, o.AccountID)
	case !global && (region != o.Region || account != o.AccountID):
		p.Add(path, "is in %s, account %s; must be in %s, account %s", region, account, o.Region, o.AccountID)
	default:
		return parts[5]
	}
	return ""
}
