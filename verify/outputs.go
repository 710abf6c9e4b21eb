package verify

import (
	"reflect"
	"slices"
	"strings"
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
	SecretArns         map[string]string `json:"secretArns"`   // by environment variable, such as DATABASE_URL
	ErrorPattern       string            `json:"errorPattern"` // what is an error in a log, as a CloudWatch Logs filter pattern
}

// Service is what one ECS service was asked to run.
type Service struct {
	ServiceName       string `json:"serviceName"`
	TaskDefinitionArn string `json:"taskDefinitionArn"` // with its revision
	ImageRepository   string `json:"imageRepository"`   // registry/name, without tag or digest
	ImageDigest       string `json:"imageDigest"`       // sha256:<64 hex digits>
	MinimumTasks      int    `json:"minimumTasks"`      // fewer running tasks are a failure; at least 1
	LogGroup          string `json:"logGroup"`
	TargetGroupArn    string `json:"targetGroupArn"` // empty for a service behind no load balancer
	Host              string `json:"host"`           // full domain name it answers for; empty behind no load balancer
}

// Image is the reference the service's task definition has to hold.
func (s Service) Image() string { return s.ImageRepository + "@" + s.ImageDigest }

// Keys lists the keys a stack exports, sorted. The program's tests compare its
// exports with it both ways.
func Keys() []string { return jsonKeys(reflect.TypeFor[Outputs]()) }

// ServiceKeys lists the keys of each entry under services, sorted.
func ServiceKeys() []string { return jsonKeys(reflect.TypeFor[Service]()) }

func jsonKeys(t reflect.Type) []string {
	keys := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		keys = append(keys, jsonKey(t.Field(i)))
	}
	slices.Sort(keys)
	return keys
}

func jsonKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return key
}
