package outputs

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold the contract's own side. They do not prove that the program
// exports these keys: its tests compare with Keys.

func example(t *testing.T) Outputs {
	t.Helper()
	out, err := Parse(exampleJSON(t))
	require.NoError(t, err)
	return out
}

func exampleJSON(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("outputstest/example.json")
	require.NoError(t, err)
	return data
}

func TestKeys_AreThoseOfTheJSON(t *testing.T) {
	var raw map[string]any
	require.NoError(t, json.Unmarshal(exampleJSON(t), &raw))
	assert.Equal(t, slices.Sorted(maps.Keys(raw)), Keys[Outputs]())
	backend := raw["services"].(map[string]any)["backend"].(map[string]any)
	assert.Equal(t, slices.Sorted(maps.Keys(backend)), Keys[Service]())
	objective := raw["objectives"].([]any)[0].(map[string]any)
	assert.Equal(t, slices.Sorted(maps.Keys(objective)), Keys[Objective]())
	assert.Equal(t, slices.Sorted(maps.Keys(objective["metrics"].([]any)[0].(map[string]any))), Keys[Metric]())
}

func TestParse_KeepsEveryField(t *testing.T) {
	data := exampleJSON(t)
	again, err := json.Marshal(example(t))
	require.NoError(t, err)
	assert.JSONEq(t, string(data), string(again))
}

// An earlier program exported none; and nothing listens behind no load balancer.
func TestParse_TakesAServiceWithoutAPort(t *testing.T) {
	out, err := Parse(change(t, func(raw map[string]any) {
		delete(raw["services"].(map[string]any)["backend"].(map[string]any), "port")
	}))
	require.NoError(t, err)
	assert.Zero(t, out.Services["backend"].Port)
	assert.Equal(t, 3001, example(t).Services["backend"].Port)
}

// An earlier program exported neither, and what is not told is not asked for.
func TestParse_TakesOutputsWithoutTopicsAndConfigurationSet(t *testing.T) {
	out, err := Parse(change(t, func(raw map[string]any) {
		delete(raw, "topics")
		delete(raw, "mailConfigurationSet")
	}))
	require.NoError(t, err)
	assert.Empty(t, out.Topics)
	assert.Empty(t, out.MailConfigurationSet)
}

func TestParse_ListsEverythingWrongAtOnce(t *testing.T) {
	data := change(t, func(raw map[string]any) {
		delete(raw, "region")
		raw["siteUrl"] = "[secret]"
		raw["alarmNames"] = "one"
		raw["cacheId"] = nil
		raw["lambdaArn"] = "arn:aws:lambda:x"
		raw["accountId"] = "123"
		backend := raw["services"].(map[string]any)["backend"].(map[string]any)
		backend["minimumTasks"] = 1.5
		backend["imageDigest"] = "sha256:abc"
		raw["objectives"].([]any)[0].(map[string]any)["threshold"] = "5"
		backend["cluster"] = "main"
		delete(backend, "logGroup")
		raw["services"].(map[string]any)["worker"] = []any{}
	})
	_, err := Parse(data)
	require.Error(t, err)
	for _, want := range []string{
		"region: missing",
		"siteUrl: is marked secret",
		"alarmNames: is a string; must be a list",
		"cacheId: missing",
		"objectives[0].threshold: is a string; must be a number",
		"lambdaArn: unknown",
		`accountId: is "123"; must be 12 digits`,
		"services.backend.minimumTasks: is 1.5; must be a whole number",
		`services.backend.imageDigest: is "sha256:abc"; must be sha256:`,
		"services.backend.cluster: unknown",
		"services.backend.logGroup: missing",
		"services.worker: is a list; must be an object",
	} {
		require.ErrorContains(t, err, want)
	}
	for line, paths := range byPath(err) {
		assert.Len(t, paths, 1, "%s is complained about more than once", line)
	}
}

// byPath groups an error's lines by the path they begin with.
func byPath(err error) map[string][]string {
	groups := map[string][]string{}
	text := strings.TrimPrefix(err.Error(), "stack outputs: ")
	for line := range strings.Lines(text) {
		path, why, _ := strings.Cut(line, ": ")
		groups[path] = append(groups[path], why)
	}
	return groups
}

func TestParse_RefusesWhatIsNoObject(t *testing.T) {
	for name, tc := range map[string]struct{ data, want string }{
		"nothing":       {"", ErrNoOutputs.Error()},
		"empty":         {"{}", ErrNoOutputs.Error()},
		"null":          {"null", ErrNoOutputs.Error()},
		"list":          {"[]", "not the JSON object"},
		"text":          {"error: no stack", "not the JSON object"},
		"two of them":   {`{"stack":"a"}{"stack":"b"}`, "more text follows"},
		"cut short":     {`{"stack":`, "not the JSON object"},
		"null in a map": {string(change(t, func(raw map[string]any) { raw["secretArns"].(map[string]any)["JWT_SECRET"] = nil })), "secretArns.JWT_SECRET: missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tc.data))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestOutputs_EachRuleCanFail(t *testing.T) {
	service := func(edit func(*Service)) func(*Outputs) {
		return func(o *Outputs) {
			s := o.Services["backend"]
			edit(&s)
			o.Services["backend"] = s
		}
	}
	objective := func(edit func(*Objective)) func(*Outputs) {
		return func(o *Outputs) { edit(&o.Objectives[0]) }
	}
	elsewhere := func(arn string) string { return strings.Replace(arn, "ap-southeast-2", "us-east-1", 1) }
	for want, edit := range map[string]func(*Outputs){
		"stack: is empty":                func(o *Outputs) { o.Stack = " " },
		"region: is empty":               func(o *Outputs) { o.Region = "" },
		"accountId: is":                  func(o *Outputs) { o.AccountID = "12345678901x" },
		"version: is empty":              func(o *Outputs) { o.Version = "" },
		"siteUrl: must be https://":      func(o *Outputs) { o.SiteURL = "http://flowcomply.com" },
		"apiUrl: must be https://":       func(o *Outputs) { o.APIURL = "https://user:pw@flowcomply.com" },
		"clusterName: is empty":          func(o *Outputs) { o.ClusterName = "" },
		"clusterArn: names":              func(o *Outputs) { o.ClusterArn += "-other" },
		"clusterArn: is in us-east-1":    func(o *Outputs) { o.ClusterArn = elsewhere(o.ClusterArn) },
		"services: is empty":             func(o *Outputs) { o.Services = nil },
		"alarmNames: is empty":           func(o *Outputs) { o.AlarmNames = nil },
		"alarmNames: holds an empty":     func(o *Outputs) { o.AlarmNames[0] = "" },
		"twice":                          func(o *Outputs) { o.AlarmNames[0] = o.AlarmNames[1] },
		"dashboardName: is empty":        func(o *Outputs) { o.DashboardName = "" },
		"databaseIdentifier: is empty":   func(o *Outputs) { o.DatabaseIdentifier = "" },
		"cacheId: is empty":              func(o *Outputs) { o.CacheID = "" },
		"documentsBucket: is empty":      func(o *Outputs) { o.DocumentsBucket = "" },
		"secretArns.jwt: must be named":  func(o *Outputs) { o.SecretArns["jwt"] = o.SecretArns["JWT_SECRET"] },
		"secretArns.JWT_SECRET: is":      func(o *Outputs) { o.SecretArns["JWT_SECRET"] = "hunter2" },
		"backend.serviceName: is empty":  service(func(s *Service) { s.ServiceName = "" }),
		"backend.taskDefinitionArn: is":  service(func(s *Service) { s.TaskDefinitionArn = "flowcomply-backend:42" }),
		"backend.taskDefinitionArn: nam": service(func(s *Service) { s.TaskDefinitionArn = strings.TrimSuffix(s.TaskDefinitionArn, ":42") }),
		"backend.imageRepository: is em": service(func(s *Service) { s.ImageRepository = "" }),
		"must hold no digest":            service(func(s *Service) { s.ImageRepository = s.Image() }),
		"backend.imageDigest: is":        service(func(s *Service) { s.ImageDigest = "v1.0.0" }),
		"backend.minimumTasks: is 0":     service(func(s *Service) { s.MinimumTasks = 0 }),
		"backend.logGroup: is empty":     service(func(s *Service) { s.LogGroup = "" }),
		"backend.targetGroupArn: is":     service(func(s *Service) { s.TargetGroupArn = "tg" }),
		"executionRoleArn: is":           service(func(s *Service) { s.ExecutionRoleArn = "backend-role" }),
		"executionRoleArn: names":        service(func(s *Service) { s.ExecutionRoleArn = strings.Replace(s.ExecutionRoleArn, "role/", "user/", 1) }),
		"and in no region": service(func(s *Service) {
			s.ExecutionRoleArn = strings.Replace(s.ExecutionRoleArn, "iam::", "iam:ap-southeast-2:", 1)
		}),
		"backend.host: is \"API":        service(func(s *Service) { s.Host = "API" }),
		"must have both or neither":     service(func(s *Service) { s.Host = "" }),
		"apiUrl: is":                    service(func(s *Service) { s.Host = "api.flowcomply.test" }),
		"siteUrl: is":                   func(o *Outputs) { o.SiteURL = "https://flowcomply.com/home" },
		"smokeSecretArn: is":            func(o *Outputs) { o.SmokeSecretArn = "" },
		"mailIdentity: is":              func(o *Outputs) { o.MailIdentity = "noreply@flowcomply.com" },
		"errorPattern: is empty":        func(o *Outputs) { o.ErrorPattern = "" },
		"objectives: is empty":          func(o *Outputs) { o.Objectives = nil },
		"objectives[1].name: is":        func(o *Outputs) { o.Objectives[1].Name = o.Objectives[0].Name },
		"objectives[0].alarmName: is":   objective(func(o *Objective) { o.AlarmName = "another" }),
		"objectives[0].name: is empty":  objective(func(o *Objective) { o.Name = "" }),
		"objectives[0].title: is empty": objective(func(o *Objective) { o.Title = "" }),
		"objectives[0].runbook: is":     objective(func(o *Objective) { o.Runbook = "" }),
		"objectives[0].unit: is":        objective(func(o *Objective) { o.Unit = "ms" }),
		"objectives[0].missingData: is": objective(func(o *Objective) { o.MissingData = "fine" }),
		"objectives[0].comparison: is":  objective(func(o *Objective) { o.Comparison = ">" }),
		"objectives[0].periodSeconds":   objective(func(o *Objective) { o.PeriodSeconds = 0 }),
		"objectives[0].minimumSamples":  objective(func(o *Objective) { o.MinimumSamples = -1 }),
		"objectives[0].metrics: are 2":  objective(func(o *Objective) { o.Expression, o.Samples = "", nil }),
		"objectives[0].metrics: are 0":  objective(func(o *Objective) { o.Metrics, o.Samples = nil, nil }),
		"objectives[0].samples: name":   objective(func(o *Objective) { o.Samples = []string{"lookups"} }),
		"metrics[0].id: is \"E":         objective(func(o *Objective) { o.Metrics[0].ID = "E" }),
		"metrics[1].id: is":             objective(func(o *Objective) { o.Metrics[1].ID = "errors" }),
		"metrics[0].id: is \"verify":    objective(func(o *Objective) { o.Metrics[0].ID = SamplesID }),
		"metrics[0].namespace: is":      objective(func(o *Objective) { o.Metrics[0].Namespace = "" }),
		"metrics[0].name: is":           objective(func(o *Objective) { o.Metrics[0].Name = "" }),
		"metrics[0].stat: is":           objective(func(o *Objective) { o.Metrics[0].Stat = "mean" }),
	} {
		t.Run(want, func(t *testing.T) {
			out := example(t)
			require.NoError(t, out.Validate())
			edit(&out)
			assert.ErrorContains(t, out.Validate(), want)
		})
	}
}

func TestOutputs_AServiceMayBeBehindNoLoadBalancer(t *testing.T) {
	out := example(t)
	s := out.Services["backend"]
	s.TargetGroupArn, s.Host = "", ""
	out.Services["worker"] = s
	assert.NoError(t, out.Validate())
}

// change edits the example as decoded JSON.
func change(t *testing.T, edit func(map[string]any)) []byte {
	t.Helper()
	var raw map[string]any
	require.NoError(t, json.Unmarshal(exampleJSON(t), &raw))
	edit(raw)
	data, err := json.Marshal(raw)
	require.NoError(t, err)
	return data
}
