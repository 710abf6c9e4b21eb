package verify

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	digestPattern   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	variablePattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	hostPattern     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	revisionPattern = regexp.MustCompile(`^task-definition/[A-Za-z0-9_-]+:[1-9][0-9]*$`)
)

// problems lists the values that cannot be right, in the order of the fields.
func (o Outputs) problems() problems {
	var p problems
	p.present("stack", o.Stack)
	p.present("region", o.Region)
	if !accountPattern.MatchString(o.AccountID) {
		p.add("accountId", "is %q; must be 12 digits", o.AccountID)
	}
	p.present("version", o.Version)
	p.address("siteUrl", o.SiteURL)
	p.address("apiUrl", o.APIURL)
	p.present("clusterName", o.ClusterName)
	if at, ok := o.arn(&p, "clusterArn", o.ClusterArn, "ecs"); ok && at != "cluster/"+o.ClusterName {
		p.add("clusterArn", "names %q; must end in cluster/%s", at, o.ClusterName)
	}
	if len(o.Services) == 0 {
		p.add("services", "is empty; must hold at least one service")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Services)) {
		o.serviceProblems(&p, "services."+name, o.Services[name])
	}
	o.answered(&p, "siteUrl", o.SiteURL)
	o.answered(&p, "apiUrl", o.APIURL)
	p.names("alarmNames", o.AlarmNames)
	p.present("dashboardName", o.DashboardName)
	p.present("databaseIdentifier", o.DatabaseIdentifier)
	p.present("cacheId", o.CacheID)
	p.present("documentsBucket", o.DocumentsBucket)
	for _, variable := range slices.Sorted(maps.Keys(o.SecretArns)) {
		path := "secretArns." + variable
		if !variablePattern.MatchString(variable) {
			p.add(path, "must be named like an environment variable")
		}
		o.arn(&p, path, o.SecretArns[variable], "secretsmanager")
	}
	o.arn(&p, "smokeSecretArn", o.SmokeSecretArn, "secretsmanager")
	if !hostPattern.MatchString(o.MailIdentity) {
		p.add("mailIdentity", "is %q; must be a domain", o.MailIdentity)
	}
	o.arn(&p, "certificateArn", o.CertificateArn, "acm")
	o.arn(&p, "notifyTopicArn", o.NotifyTopicArn, "sns")
	p.present("errorPattern", o.ErrorPattern)
	o.objectiveProblems(&p)
	return p
}

// answered checks that a service has the host of an address.
func (o Outputs) answered(p *problems, path, address string) {
	for _, s := range o.Services {
		if s.Host != "" && "https://"+s.Host == address {
			return
		}
	}
	if !p.covers(path) {
		p.add(path, "is %q; must be https:// and the host of a service", address)
	}
}

func (o Outputs) serviceProblems(p *problems, path string, s Service) {
	p.present(path+".serviceName", s.ServiceName)
	if at, ok := o.arn(p, path+".taskDefinitionArn", s.TaskDefinitionArn, "ecs"); ok && !revisionPattern.MatchString(at) {
		p.add(path+".taskDefinitionArn", "names %q; must end in task-definition/<family>:<revision>", at)
	}
	p.present(path+".imageRepository", s.ImageRepository)
	if strings.Contains(s.ImageRepository, "@") {
		p.add(path+".imageRepository", "is %q; must hold no digest", s.ImageRepository)
	}
	if !digestPattern.MatchString(s.ImageDigest) {
		p.add(path+".imageDigest", "is %q; must be sha256: and 64 hex digits", s.ImageDigest)
	}
	if s.MinimumTasks < 1 {
		p.add(path+".minimumTasks", "is %d; must be 1 or more", s.MinimumTasks)
	}
	p.present(path+".logGroup", s.LogGroup)
	if s.TargetGroupArn != "" {
		o.arn(p, path+".targetGroupArn", s.TargetGroupArn, "elasticloadbalancing")
	}
	if at, ok := globalARN(p, path+".executionRoleArn", s.ExecutionRoleArn, "iam", o.AccountID); ok && !strings.HasPrefix(at, "role/") {
		p.add(path+".executionRoleArn", "names %q; must be a role", at)
	}
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		p.add(path+".host", "is %q; must be a full domain name", s.Host)
	}
	if (s.Host == "") != (s.TargetGroupArn == "") {
		p.add(path+".host", "is %q with target group %q; must have both or neither", s.Host, s.TargetGroupArn)
	}
}

func (p *problems) present(path, value string) {
	if strings.TrimSpace(value) == "" {
		p.add(path, "is empty")
	}
}

func (p *problems) address(path, value string) {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		p.add(path, "must be https://<host>")
	}
}

func (p *problems) names(path string, values []string) {
	if len(values) == 0 {
		p.add(path, "is empty; must hold at least one name")
	}
	known := map[string]bool{}
	for _, value := range values {
		switch {
		case strings.TrimSpace(value) == "":
			p.add(path, "holds an empty name")
		case known[value]:
			p.add(path, "holds %q twice", value)
		}
		known[value] = true
	}
}

// arn checks that value is an ARN of the service in this stack's region and
// account, and returns what it names there.
func (o Outputs) arn(p *problems, path, value, service string) (string, bool) {
	parts, ok := arnParts(p, path, value, service)
	if ok && (parts[3] != o.Region || parts[4] != o.AccountID) {
		p.add(path, "is in %s, account %s; must be in %s, account %s", parts[3], parts[4], o.Region, o.AccountID)
		return "", false
	}
	return parts[5], ok
}

// globalARN is arn for a service that has no regions.
func globalARN(p *problems, path, value, service, account string) (string, bool) {
	parts, ok := arnParts(p, path, value, service)
	if ok && (parts[3] != "" || parts[4] != account) {
		p.add(path, "is %q; must be in account %s, and in no region", value, account)
		return "", false
	}
	return parts[5], ok
}

func arnParts(p *problems, path, value, service string) ([6]string, bool) {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service || parts[5] == "" {
		p.add(path, "is %q; must be an ARN of %s", value, service)
		return [6]string{}, false
	}
	return [6]string(parts), true
}
