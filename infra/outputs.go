package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/flowcomply/infrastructure/components/alarm"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/internal/decode"
	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// outputs are the stack's exports: exactly the keys of package verify/outputs, which a test compares both ways.
func (e *environment) outputs() (pulumi.Map, error) {
	secrets := pulumi.StringMap{}
	for variable, one := range e.secrets {
		if variable != stacks.SmokeUser { // no service's
			secrets[variable] = one.Arn
		}
	}
	objectives, err := e.objectives()
	if err != nil {
		return nil, err
	}
	return pulumi.Map{
		"stack":                pulumi.String(e.ctx.Stack()),
		"region":               pulumi.String(e.spec.Account.Region),
		"accountId":            pulumi.String(e.spec.Account.ID),
		"version":              pulumi.String(e.spec.Release.Version),
		"siteUrl":              pulumi.String(e.spec.Site.URL()),
		"apiUrl":               pulumi.String(e.spec.Site.APIURL()),
		"clusterArn":           e.cluster.Arn,
		"clusterName":          pulumi.String(e.cluster.Name),
		"services":             e.serviceOutputs(),
		"alarmNames":           pulumi.ToStringArray(e.alarmNames()),
		"dashboardName":        pulumi.String(e.names.Dashboard()),
		"databaseIdentifier":   pulumi.String(e.database.Identifier),
		"cacheId":              pulumi.String(e.names.Cache()),
		"documentsBucket":      pulumi.String(e.names.DocumentsBucket()),
		"secretArns":           secrets,
		"smokeSecretArn":       e.secrets[stacks.SmokeUser].Arn,
		"mailIdentity":         pulumi.String(e.spec.Mail.Domain()),
		"mailConfigurationSet": e.mail.ConfigurationSet,
		"objectives":           objectives,
		"errorPattern":         pulumi.String(e.spec.Errors()),
		"certificateArn":       e.ingress.certificate.CertificateArn,
		"notifyTopicArn":       e.topics.NotifyTopicArn,
		"topics":               e.topicOutputs(),
		"release":              e.releaseOutput(),
		"releases":             e.releaseHistory(),
	}, nil
}

// topicOutputs are the topics with how many were subscribed to each.
func (e *environment) topicOutputs() pulumi.Map {
	page, notify := e.spec.Alerts.Subscriptions()
	return pulumi.Map{
		"page":   exported(outputs.Topic{Subscriptions: page}, pulumi.Map{"arn": e.topics.PageTopicArn}),
		"notify": exported(outputs.Topic{Subscriptions: notify}, pulumi.Map{"arn": e.topics.NotifyTopicArn}),
	}
}

func (e *environment) serviceOutputs() pulumi.Map {
	services := pulumi.Map{}
	for name, one := range e.services {
		host, port := "", 0 // what a service answers for through the load balancer, and where
		if spec := e.spec.Services[name]; spec.Routed() {
			host, port = spec.Route.Host, spec.Port
		}
		shown := exported(outputs.Service{
			ServiceName: one.ServiceName, MinimumTasks: e.spec.Services[name].MinTasks, LogGroup: one.LogGroup, Host: host, Port: port,
		}, pulumi.Map{
			"taskDefinitionArn": one.TaskDefinitionArn,
			"imageRepository":   e.repositories[name].URL,
			"imageDigest":       one.ImageDigest,
			"targetGroupArn":    one.TargetGroupArn,
			"executionRoleArn":  one.ExecutionRoleArn,
		})
		// A release that an earlier program made has none. An output more would have it verified again.
		if port == 0 || e.release.kind == releaseUnchanged && e.release.previous.Services[name].Port == 0 {
			delete(shown, "port")
		}
		services[name] = shown
	}
	return services
}

// objectives are the rows that verification measures, for every target that has alarms. Numbers and dimensions are the
// alarms' own, so that the two cannot disagree.
func (e *environment) objectives() (pulumi.Array, error) {
	sets := slices.Clone(e.alarms)
	slices.SortStableFunc(sets, func(a, b *alarm.Set) int { return strings.Compare(a.Target.Role, b.Target.Role) })
	out := pulumi.Array{}
	for _, set := range sets {
		for _, row := range set.Rows() {
			if row.Direct {
				continue
			}
			threshold, err := row.Limit(set.Target.Limits)
			if err != nil {
				return nil, err
			}
			out = append(out, e.objective(set.Target, row, threshold))
		}
	}
	return out, nil
}

func (e *environment) objective(target alarm.Target, row slo.Objective, threshold float64) pulumi.Map {
	dimensions, metrics := pulumi.StringMap{}, pulumi.Array{}
	for name, value := range target.Dimensions {
		dimensions[name] = value
	}
	for _, m := range row.Metrics {
		metrics = append(metrics, exported(outputs.Metric{
			ID: m.ID, Namespace: m.Namespace, Name: row.MetricName(m, e.names.Stack, target.Role), Stat: m.Stat,
		}, pulumi.Map{"dimensions": dimensions}))
	}
	return exported(outputs.Objective{
		Name: target.Role + "-" + row.ID, AlarmName: row.AlarmName(e.names.Stack, target.Role),
		Title: row.Title, Runbook: e.spec.RunbookURL + "#" + row.Anchor,
		Unit: string(row.Unit), Comparison: string(row.Comparison), Threshold: threshold, PeriodSeconds: row.PeriodSeconds,
		MinimumSamples: row.Least, Samples: row.Samples, MissingData: string(row.MissingData), Expression: row.Expression,
	}, pulumi.Map{"metrics": metrics})
}

// exported is a part of the outputs under its keys in JSON, with what is known only after the update.
func exported(part any, later pulumi.Map) pulumi.Map {
	value, out := reflect.ValueOf(part), pulumi.Map{}
	for _, field := range decode.Fields(value.Type()) {
		switch one := value.FieldByName(field.Name).Interface().(type) {
		case []string:
			out[field.Key] = pulumi.ToStringArray(one) // one that is nil is empty, as verification wants it
		case outputs.Mark:
			out[field.Key] = exported(one, nil)
		case map[string]outputs.Image:
			images := pulumi.Map{}
			for name, image := range one {
				images[name] = exported(image, nil)
			}
			out[field.Key] = images
		default:
			out[field.Key] = pulumi.Any(one)
		}
	}
	maps.Copy(out, later)
	return out
}
