package service

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/validate"
)

// These tests show that each rule refuses what it should and says where. They do not show that AWS accepts all that
// the rules accept.

func TestValidate_TheFixturesAreValid(t *testing.T) {
	require.NoError(t, parse(t, two, third).Validate())
}

func TestSpecValidate_RefusesEachMistake(t *testing.T) {
	for problem, change := range map[string]func(*Spec){
		"image.context: ":                        func(s *Spec) { s.Image.Context = "" },
		"port: 0 is out of range":                func(s *Spec) { s.Port = 0 },
		"port: 443 is out of range":              func(s *Spec) { s.Port = 443 },
		"port: 65536 is out of range":            func(s *Spec) { s.Port = 65536 },
		"cpu: 1000 is not offered":               func(s *Spec) { s.CPU = 1000 },
		"memoryMiB: 9216 is not offered":         func(s *Spec) { s.MemoryMiB = 9216 },
		"minTasks: 0 is too small":               func(s *Spec) { s.MinTasks = 0 },
		"maxTasks: 1 is out of range":            func(s *Spec) { s.MaxTasks = 1 },
		"maxTasks: 101 is out of range":          func(s *Spec) { s.MaxTasks = 101 },
		"cpuTargetPercent: 80 is out of range":   func(s *Spec) { s.CPUTargetPercent = 80 },
		"memoryTargetPercent: 9 is out of range": func(s *Spec) { s.MemoryTargetPercent = 9 },
		"health.path: is missing":                func(s *Spec) { s.Health.Path = "" },
		"health.path: nothing requests it":       func(s *Spec) { s.Route = nil },
		"health.path: \"health\" is malformed":   func(s *Spec) { s.Health.Path = "health" },
		"health.command[0]: \"/bin/true\"":       func(s *Spec) { s.Health.Command = []string{"/bin/true", "x"} },
		"health.command: says how to run":        func(s *Spec) { s.Health.Command = []string{"CMD"} },
		"health.intervalSeconds: 4 is out":       func(s *Spec) { s.Health.IntervalSeconds = 4 },
		"health.timeoutSeconds: 15 is out":       func(s *Spec) { s.Health.TimeoutSeconds = 15 },
		"health.timeoutSeconds: 1 is out":        func(s *Spec) { s.Health.TimeoutSeconds = 1 },
		"health.failures: 1 is out":              func(s *Spec) { s.Health.Failures = 1 },
		"health.graceSeconds: 301 is out":        func(s *Spec) { s.Health.GraceSeconds = 301 },
		"route.host: \"localhost\" is malformed": func(s *Spec) { s.Route.Host = "localhost" },
		"route.host: is too long":                func(s *Spec) { s.Route.Host = strings.Repeat("abcdefgh.", 15) + "com" },
		"route.priority: 0 is out":               func(s *Spec) { s.Route.Priority = 0 },
		"route.priority: 50001 is out":           func(s *Spec) { s.Route.Priority = 50001 },
		"route.paths[1]: \"/a\" is given twice":  func(s *Spec) { s.Route.Paths = []string{"/a", "/a"} },
		"route.paths[0]: \"a\" is malformed":     func(s *Spec) { s.Route.Paths = []string{"a"} },
		"route.paths: are too many":              func(s *Spec) { s.Route.Paths = []string{"/1", "/2", "/3", "/4", "/5"} },
		"environment.lower: \"lower\" is":        func(s *Spec) { s.Environment = map[string]string{"lower": "x"} },
		"environment.PORT: is set by":            func(s *Spec) { s.Environment = map[string]string{"PORT": "1"} },
		"environment.AWS_REGION: is set by":      func(s *Spec) { s.Environment = map[string]string{"AWS_REGION": "x"} },
		"environment.JWT_SECRET: looks like":     func(s *Spec) { s.Environment = map[string]string{"JWT_SECRET": "x"}; s.Secrets = nil },
		"environment.STORE: looks like a secret": func(s *Spec) { s.Environment = map[string]string{"STORE": "redis://:hunter2@host:1"} },
		"environment.REDIS_URL: is in secrets":   func(s *Spec) { s.Environment = map[string]string{"REDIS_URL": "redis://host"} },
		"secrets[1]: \"A\" is given twice":       func(s *Spec) { s.Secrets = []string{"A", "A"} },
		"secrets[0]: \"a\" is malformed":         func(s *Spec) { s.Secrets = []string{"a"} },
		"access[0]: \"queue\" is not known":      func(s *Spec) { s.Access = []string{"queue"} },
		"access[1]: \"mail\" is given twice":     func(s *Spec) { s.Access = []string{"mail", "mail"} },
		"logDays: 100 is not offered":            func(s *Spec) { s.LogDays = 100 },
		"drainSeconds: 29 is out":                func(s *Spec) { s.DrainSeconds = 29 },
		"drainSeconds: 901 is out":               func(s *Spec) { s.DrainSeconds = 901 },
		"stopTimeoutSeconds: 29 is out":          func(s *Spec) { s.StopTimeoutSeconds = 29 },
		"stopTimeoutSeconds: 121 is out":         func(s *Spec) { s.StopTimeoutSeconds = 121 },
		"user: \"root\" is malformed":            func(s *Spec) { s.User = "root" },
		"user: \"0:1\" is malformed":             func(s *Spec) { s.User = "0:1" },
		"user: \"1:0\" is malformed":             func(s *Spec) { s.User = "1:0" },
		"user: \"\" is malformed":                func(s *Spec) { s.User = "" },
		"writable[0]: \"tmp\" is malformed":      func(s *Spec) { s.Writable = []string{"tmp"} },
		"writable[0]: \"/\" is malformed":        func(s *Spec) { s.Writable = []string{"/"} },
		"writable[0]: \"/tmp/\" is not the":      func(s *Spec) { s.Writable = []string{"/tmp/"} },
		"writable[1]: its volume would be":       func(s *Spec) { s.Writable = []string{"/a/b", "/a-b"} },
		"writable[0]: its volume would be":       func(s *Spec) { s.Writable = []string{"/managed-agents"} },
	} {
		t.Run(problem, func(t *testing.T) {
			spec := parse(t, two)["backend"]
			change(&spec)
			err := spec.Validate()
			require.Error(t, err)
			leaves := validate.Problems(err)
			assert.Len(t, leaves, 1, "%v", err)
			assert.True(t, strings.HasPrefix(leaves[0].Error(), problem), "%v", err)
			assert.Contains(t, leaves[0].Error(), "; allowed: ")
			assert.NotContains(t, err.Error(), "hunter2", "a value that looks like a secret must not be shown")
		})
	}
}

func TestSpecValidate_ReportsAllMistakesAtOnce(t *testing.T) {
	assert.GreaterOrEqual(t, len(validate.Problems(Spec{}.Validate())), 8)
}

func TestSpecValidate_PublicNamesAreNoSecrets(t *testing.T) {
	assert.False(t, isSecret("NEXT_PUBLIC_MAP_API_KEY", "x"))
	assert.True(t, isSecret("NEXT_PUBLIC_MAP", "https://me:word@host"))
	assert.False(t, isSecret("TOKEN_LIFETIME_SECONDS", "60"))
	assert.True(t, isSecret("AWS_ACCESS_KEY_ID", "x"))
}

func TestSetValidate_RefusesNamesAndRoutesThatCollide(t *testing.T) {
	for problem, change := range map[string]func(Set){
		"Backend: \"Backend\" is malformed":                      func(s Set) { s["Backend"] = s["worker"] },
		"eighteen-letters-x: \"eighteen-letters-x\" is":          func(s Set) { s["eighteen-letters-x"] = s["worker"] },
		"trailing-: \"trailing-\" is malformed":                  func(s Set) { s["trailing-"] = s["worker"] },
		"database: is what services have access to":              func(s Set) { s["database"] = s["worker"] },
		"frontend.route.priority: 100 is taken by backend":       func(s Set) { s["frontend"].Route.Priority = 100 },
		"frontend.route: backend answers for all of api.flowcom": func(s Set) { s["frontend"].Route.Host = "api.flowcomply.com" },
		"worker.logDays: 0 is not offered":                       func(s Set) { w := s["worker"]; w.LogDays = 0; s["worker"] = w },
	} {
		t.Run(problem, func(t *testing.T) {
			all := parse(t, two, third)
			change(all)
			err := all.Validate()
			require.Error(t, err)
			assert.Len(t, validate.Problems(err), 1, "%v", err)
			assert.True(t, strings.HasPrefix(err.Error(), problem), "%v", err)
		})
	}
}

func TestSetValidate_PathsMayComeBeforeTheWholeHost(t *testing.T) {
	all := parse(t, two)
	all["frontend"].Route.Host = "api.flowcomply.com"
	all["frontend"].Route.Paths = []string{"/pages/*"}
	require.Error(t, all.Validate(), "the whole host comes first")
	all["frontend"].Route.Priority = 50
	require.NoError(t, all.Validate())
}

// Every configuration type says what it accepts.
func TestValidate_NoTypeIsWithout(t *testing.T) {
	for _, v := range []any{Set{}, Spec{}, Health{}, Route{}} {
		_, ok := v.(interface{ Validate() error })
		assert.True(t, ok, "%T", v)
	}
	structs := map[string]bool{}
	spec := reflect.TypeFor[Spec]()
	for i := range spec.NumField() {
		typ := spec.Field(i).Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Struct {
			structs[typ.Name()] = true
			assert.True(t, typ.Implements(reflect.TypeFor[interface{ Validate() error }]()), typ.Name())
		}
	}
	assert.Len(t, structs, 3)
}

func TestFargate_OffersItsTable(t *testing.T) {
	for cpu, memories := range map[int][]int{
		256: {512, 1024, 2048}, 512: {1024, 2048, 3072, 4096}, 1024: {2048, 3072, 8192}, 2048: {4096, 5120, 16384},
		4096: {8192, 9216, 30720}, 8192: {16384, 20480, 61440}, 16384: {32768, 40960, 122880},
	} {
		for _, memory := range memories {
			require.NoError(t, fargate(cpu, memory), "%d/%d", cpu, memory)
		}
	}
	for cpu, memories := range map[int][]int{
		256: {0, 256, 1536, 3072}, 512: {512, 1536, 5120}, 1024: {1024, 2500, 9216}, 2048: {3072, 17408}, 4096: {7168, 31744},
		8192: {12288, 17408, 65536}, 16384: {28672, 36864, 131072}, 0: {512}, 128: {512}, 300: {512}, 32768: {131072},
	} {
		for _, memory := range memories {
			require.Error(t, fargate(cpu, memory), "%d/%d", cpu, memory)
		}
	}
	count := 0
	for cpu := range 20000 {
		for memory := 512; memory <= 131072; memory += 512 {
			if cpu%256 == 0 && fargate(cpu, memory) == nil {
				count++
			}
		}
	}
	assert.Equal(t, 3+4+7+13+23+12+12, count, "the number of pairs in AWS's table")
}
