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
	if !AccountPattern.MatchString(o.AccountID) {
		p.Add("accountId", "is %q; must be 12 digits", o.AccountID)
	}
	p.Present("version", o.Version)
	address(&p, "siteUrl", o.SiteURL)
	address(&p, "apiUrl", o.APIURL)
	p.Present("clusterName", o.ClusterName)
	if at, ok := o.arn(&p, "clusterArn", o.ClusterArn, "ecs"); ok && at != "cluster/"+o.ClusterName {
		p.Add("clusterArn", "names %q; must end in cluster/%s", at, o.ClusterName)
	}
	if len(o.Services) == 0 {
		p.Add("services", "is empty; must hold at least one service")
	}
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
		if !variablePattern.MatchString(variable) {
			p.Add(path, "must be named like an environment variable")
		}
		o.arn(&p, path, o.SecretArns[variable], "secretsmanager")
	}
	o.arn(&p, "smokeSecretArn", o.SmokeSecretArn, "secretsmanager")
	if !hostPattern.MatchString(o.MailIdentity) {
		p.Add("mailIdentity", "is %q; must be a domain", o.MailIdentity)
	}
	o.arn(&p, "certificateArn", o.CertificateArn, "acm")
	o.arn(&p, "notifyTopicArn", o.NotifyTopicArn, "sns")
	p.Present("errorPattern", o.ErrorPattern)
	o.objectiveProblems(&p)
	return p
}

// answered checks that a service has the host of an address.
func (o Outputs) answered(p *decode.Problems, path, address string) {
	for _, s := range o.Services {
		if s.Host != "" && "https://"+s.Host == address {
			return
		}
	}
	if !p.Covers(path) {
		p.Add(path, "is %q; must be https:// and the host of a service", address)
	}
}

func (o Outputs) serviceProblems(p *decode.Problems, path string, s Service) {
	p.Present(path+".serviceName", s.ServiceName)
	if at, ok := o.arn(p, path+".taskDefinitionArn", s.TaskDefinitionArn, "ecs"); ok && !revisionPattern.MatchString(at) {
		p.Add(path+".taskDefinitionArn", "names %q; must end in task-definition/<family>:<revision>", at)
	}
	p.Present(path+".imageRepository", s.ImageRepository)
	if strings.Contains(s.ImageRepository, "@") {
		p.Add(path+".imageRepository", "is %q; must hold no digest", s.ImageRepository)
	}
	if !DigestPattern.MatchString(s.ImageDigest) {
		p.Add(path+".imageDigest", "is %q; must be sha256: and 64 hex digits", s.ImageDigest)
	}
	if s.MinimumTasks < 1 {
		p.Add(path+".minimumTasks", "is %d; must be 1 or more", s.MinimumTasks)
	}
	p.Present(path+".logGroup", s.LogGroup)
	if s.TargetGroupArn != "" {
		o.arn(p, path+".targetGroupArn", s.TargetGroupArn, "elasticloadbalancing")
	}
	if at, ok := globalARN(p, path+".executionRoleArn", s.ExecutionRoleArn, "iam", o.AccountID); ok && !strings.HasPrefix(at, "role/") {
		p.Add(path+".executionRoleArn", "names %q; must be a role", at)
	}
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		p.Add(path+".host", "is %q; must be a full domain name", s.Host)
	}
	if (s.Host == "") != (s.TargetGroupArn == "") {
		p.Add(path+".host", "is %q with target group %q; must have both or neither", s.Host, s.TargetGroupArn)
	}
}

func address(p *decode.Problems, path, value string) {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		p.Add(path, "must be https://<host>")
	}
}

func distinct(p *decode.Problems, path string, values []string) {
	if len(values) == 0 {
		p.Add(path, "is empty; must hold at least one name")
	}
	known := map[string]bool{}
	for _, value := range values {
		switch {
		case strings.TrimSpace(value) == "":
			p.Add(path, "holds an empty name")
		case known[value]:
			p.Add(path, "holds %q twice", value)
		}
		known[value] = true
	}
}

// arn checks that value is an ARN of the service in this stack's region and
// account, and returns what it names there.
func (o Outputs) arn(p *decode.Problems, path, value, service string) (string, bool) {
	parts, ok := arnParts(p, path, value, service)
	if ok && (parts[3] != o.Region || parts[4] != o.AccountID) {
		p.Add(path, "is in %s, account %s; must be in %s, account %s", parts[3], parts[4], o.Region, o.AccountID)
		return "", false
	}
	return parts[5], ok
}

// globalARN is arn for a service that has no regions.
func globalARN(p *decode.Problems, path, value, service, account string) (string, bool) {
	parts, ok := arnParts(p, path, value, service)
	if ok && (parts[3] != "" || parts[4] != account) {
		p.Add(path, "is %q; must be in account %s, and in no region", value, account)
		return "", false
	}
	return parts[5], ok
}

func arnParts(p *decode.Problems, path, value, service string) ([6]string, bool) {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service || parts[5] == "" {
		p.Add(path, "is %q; must be an ARN of %s", value, service)
		return [6]string{}, false
	}
	return [6]string(parts), true
}
