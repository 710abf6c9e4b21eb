// Package outputs is the contract between the program, which exports a stack's outputs, and whoever reads them: verification,
// releases, and the program itself at its next run.
package outputs

import (
	"maps"
	"reflect"
	"slices"

	"github.com/flowcomply/infrastructure/internal/decode"
)

// Outputs is the contract between the program, which exports exactly these
// keys, and verification. It holds names, addresses and ARNs; never a secret.
type Outputs struct {
	Stack     string `json:"stack"`     // Pulumi stack: production or staging
	Region    string `json:"region"`    // AWS region of everything below
	AccountID string `json:"accountId"` // 12 digits; verification refuses any other account
	Version   string `json:"version"`   // release that was deployed, such as v1.0.0

	SiteURL string `json:"siteUrl"` // https://flowcomply.com, no path
	APIURL  string `json:"apiUrl"`  // https://api.flowcomply.com, no path

	ClusterArn  string             `json:"clusterArn"`
	ClusterName string             `json:"clusterName"`
	Services    map[string]Service `json:"services"` // by role: backend, frontend

	AlarmNames         []string          `json:"alarmNames"` // every alarm of this stack, metric and composite
	DashboardName      string            `json:"dashboardName"`
	DatabaseIdentifier string            `json:"databaseIdentifier"` // RDS instance
	CacheID            string            `json:"cacheId"`            // ElastiCache replication group
	DocumentsBucket    string            `json:"documentsBucket"`
	SecretArns         map[string]string `json:"secretArns"` // of services, by environment variable such as DATABASE_URL

	SmokeSecretArn string `json:"smokeSecretArn"` // JSON with email and password of the user that verification logs in as
	MailIdentity   string `json:"mailIdentity"`   // domain that mail is sent from
	// MailConfigurationSet is the SES configuration set of all mail of that domain; empty where an earlier program exported none.
	MailConfigurationSet string      `json:"mailConfigurationSet,omitempty"`
	ErrorPattern         string      `json:"errorPattern"` // what is an error in a log, as a CloudWatch Logs filter pattern
	Objectives           []Objective `json:"objectives"`   // what is promised of metrics; the alarms have the same numbers

	CertificateArn string `json:"certificateArn"` // of the load balancer, with every host
	NotifyTopicArn string `json:"notifyTopicArn"` // SNS topic that is told of releases
	// Topics are what alarms are sent to, page and notify; none where an earlier program exported none.
	Topics map[string]Topic `json:"topics,omitempty"`

	Release  Release  `json:"release"`
	Releases []Record `json:"releases"` // every release that was verified, this one last
}

// Topic is an SNS topic that alarms are sent to.
type Topic struct {
	Arn           string `json:"arn"`
	Subscriptions int    `json:"subscriptions"` // how many were declared: mailboxes, and the pager
}

// Release is what makes the release; the next one is compared with it.
type Release struct {
	First      bool             `json:"first"`      // there was none before it
	Number     int              `json:"number"`     // counts the stack's verified releases, from 1; a rollback counts too
	Commit     string           `json:"commit"`     // of the source; empty where that is no Git checkout
	SnapshotID string           `json:"snapshotId"` // the last that was taken before a release; empty before the second
	Images     map[string]Image `json:"images"`     // by service
	Schema     Schema           `json:"schema"`
}

// Where an image came from.
const (
	Built    = "built"    // from the source, in the release itself
	Existing = "held"     // the registry had it under the release's version, with the same content
	Promoted = "promoted" // copied from the stack that had verified it
	Pinned   = "pinned"   // an earlier release's, by a rollback
)

// Image is what a service runs and where that came from.
type Image struct {
	Digest    string `json:"digest"`    // sha256:<64 hex digits>
	Content   string `json:"content"`   // sha256 over the build context; empty where the source was not read
	Arguments string `json:"arguments"` // sha256 over the build arguments
	Origin    string `json:"origin"`    // Built, Existing, Promoted or Pinned
}

// Record is a verified release in the release history: enough to run it again, and to tell whether the schema still
// allows that.
type Record struct {
	Version    string           `json:"version"`
	Number     int              `json:"number"`
	Commit     string           `json:"commit"`
	SnapshotID string           `json:"snapshotId"`
	Images     map[string]Image `json:"images"`
	Schema     Mark             `json:"schema"`
	// Configurations are the fingerprints (stacks.Source) of the stack files that the release was verified with, the newest
	// last. They tell which updates in the stack's history verified it.
	Configurations []string `json:"configurations"`
}

// Mark is a schema in the release history.
type Mark struct {
	Hash        string   `json:"hash"`
	Destructive []string `json:"destructive"`
}

// Schema is the migrations that the release has.
type Schema struct {
	Hash              string   `json:"hash"`              // sha256:<64 hex digits> over names and scripts
	Names             []string `json:"names"`             // in the order in which they are applied
	Destructive       []string `json:"destructive"`       // those that a release without them may not survive
	TaskDefinitionArn string   `json:"taskDefinitionArn"` // ran those that were new
}

// Service is what one ECS service was asked to run.
type Service struct {
	ServiceName       string `json:"serviceName"`
	TaskDefinitionArn string `json:"taskDefinitionArn"` // with its revision
	ImageRepository   string `json:"imageRepository"`   // registry/name, without tag or digest
	ImageDigest       string `json:"imageDigest"`       // sha256:<64 hex digits>
	MinimumTasks      int    `json:"minimumTasks"`      // fewer running tasks are a failure; at least 1
	LogGroup          string `json:"logGroup"`
	TargetGroupArn    string `json:"targetGroupArn"`   // empty for a service behind no load balancer
	ExecutionRoleArn  string `json:"executionRoleArn"` // reads the secrets when a task starts
	Host              string `json:"host"`             // full domain name it answers for; empty behind no load balancer
	Port              int    `json:"port,omitempty"`   // of its target group; 0 behind no load balancer, and where an earlier program exported none
}

// Objective is one promise about metrics of one target.
type Objective struct {
	Name           string   `json:"name"`           // <role>-<id>, such as backend-latency
	AlarmName      string   `json:"alarmName"`      // alarm on the same numbers
	Title          string   `json:"title"`          // the broken promise in a few words
	Runbook        string   `json:"runbook"`        // URL of what to do about it
	Unit           string   `json:"unit"`           // percent, seconds, count, bytes or ratio
	Comparison     string   `json:"comparison"`     // CloudWatch operator that makes a value a breach
	Threshold      float64  `json:"threshold"`      // in the unit
	PeriodSeconds  int      `json:"periodSeconds"`  // the alarm's
	MinimumSamples int      `json:"minimumSamples"` // fewer say nothing; 0: any data point does
	Samples        []string `json:"samples"`        // ids of the metrics whose sums are the number of samples; none: CloudWatch's own count
	MissingData    string   `json:"missingData"`    // notBreaching: silence is as good as a promise kept; missing: it is not
	Expression     string   `json:"expression"`     // metric math over the metrics' ids; empty for a single metric
	Metrics        []Metric `json:"metrics"`
}

// Metric is one CloudWatch series.
type Metric struct {
	ID         string            `json:"id"`
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Stat       string            `json:"stat"` // Average, Sum, Minimum, Maximum or a percentile such as p95
	Dimensions map[string]string `json:"dimensions"`
}

// Image is the reference that the service's task definition must have.
func (s Service) Image() string { return s.ImageRepository + "@" + s.ImageDigest }

// API is the service that answers under APIURL.
func (o Outputs) API() Service {
	for _, role := range slices.Sorted(maps.Keys(o.Services)) {
		if "https://"+o.Services[role].Host == o.APIURL {
			return o.Services[role]
		}
	}
	return Service{} // Validate refuses that
}

// Hosts are the names that the services answer for, sorted.
func (o Outputs) Hosts() []string {
	hosts := map[string]bool{}
	for _, service := range o.Services {
		hosts[service.Host] = true
	}
	delete(hosts, "") // behind no load balancer
	return slices.Sorted(maps.Keys(hosts))
}

// Keys lists the keys that the outputs, or one of their parts, have in JSON, sorted. The program's tests compare its
// exports with it both ways.
func Keys[T any]() []string {
	return slices.Sorted(slices.Values(decode.Keys(reflect.TypeFor[T]())))
}
