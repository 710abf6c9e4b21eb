package service

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/internal/pattern"
	"github.com/flowcomply/infrastructure/components/slo"
	"github.com/flowcomply/infrastructure/components/validate"
)

var (
	// A target group's logical name is <service>-target and may have 24 characters, which leaves 17.
	serviceName  = regexp.MustCompile(`[a-z](?:[a-z0-9-]{0,15}[a-z0-9])?`)
	variableName = regexp.MustCompile(`[A-Z][A-Z0-9_]*`)
	// What the load balancer accepts in a path pattern, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html.
	pathPattern = regexp.MustCompile(`/[A-Za-z0-9_.$/~"'@:+*?&-]{0,127}`)
	healthPath  = regexp.MustCompile(`/[A-Za-z0-9_.~/?&=%-]{0,999}`)
	userAndID   = regexp.MustCompile(`[1-9][0-9]{0,9}:[1-9][0-9]{0,9}`)
	directory   = regexp.MustCompile(`/[A-Za-z0-9_./-]*[A-Za-z0-9][A-Za-z0-9_./-]*`)
	// Names that announce a secret, and values that carry a password inside a URL.
	secretName  = regexp.MustCompile(`(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_KEY|ACCESS_KEY(?:_ID)?)$`)
	secretValue = regexp.MustCompile(`://[^/@]*:[^/@]+@`)
	// What a service may be given access to.
	permissions = []string{AccessDatabase, AccessCache, AccessDocuments, AccessMail}
	// Set by this component from what it knows: a second place would be a second truth.
	derived = []string{"AWS_REGION", "IMAGE_DIGEST", "PORT"}
)

// Validate checks every service, and that their routes do not stand in each other's way.
func (s Set) Validate() error {
	errs := []error{s.routes()}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		errs = append(errs, validateName(name), validate.Nested(name, s[name].Validate()))
	}
	return validate.All(errs...)
}

// validateName keeps alarms of a service apart from those of what it has access to: both are named by role.
func validateName(name string) error {
	if slices.Contains(permissions, name) {
		return validate.Fail(name, "is what services have access to", "another name")
	}
	return validate.Match(name, name, serviceName, "a lower-case name of letters, digits and dashes, 17 characters at most")
}

// routes refuses two rules of one priority, and a rule that an earlier one for the whole host hides.
func (s Set) routes() error {
	var errs []error
	names := slices.Sorted(maps.Keys(s))
	for _, one := range names {
		for _, other := range names {
			a, b := s[one].Route, s[other].Route
			if one == other || a == nil || b == nil {
				continue
			}
			hidden := a.Host == b.Host && len(a.Paths) == 0 && a.Priority < b.Priority
			errs = append(errs,
				validate.Demand(a.Priority != b.Priority || one > other,
					other+".route.priority", fmt.Sprintf("%d is taken by %s", b.Priority, one), "each priority once"),
				validate.Demand(!hidden, other+".route",
					fmt.Sprintf("%s answers for all of %s first", one, a.Host), fmt.Sprintf("a priority below %d, or another host", a.Priority)))
		}
	}
	return errors.Join(errs...)
}

// Validate checks one service and returns every problem.
func (s Spec) Validate() error {
	return validate.All(
		validate.Nested("image", s.Image.Validate()),
		s.validatePort(),
		fargate(s.CPU, s.MemoryMiB),
		validate.Min("minTasks", s.MinTasks, 1),
		validate.Range("maxTasks", s.MaxTasks, max(s.MinTasks, 1), maxTasks),
		validate.Range("cpuTargetPercent", s.CPUTargetPercent, 10, alarmAt("cpu")-1),
		validate.Range("memoryTargetPercent", s.MemoryTargetPercent, 10, alarmAt("memory")-1),
		validate.Nested("health", s.Health.Validate()),
		s.validateRoute(),
		s.validateEnvironment(),
		validate.Unique("access", s.Access),
		validate.Each("access", s.Access, func(field, v string) error { return validate.OneOf(field, v, permissions...) }),
		validate.LogDays("logDays", s.LogDays),
		validate.Range("drainSeconds", s.Drain(), defaultDrainSeconds, 900),
		validate.Range("stopTimeoutSeconds", s.StopTimeout(), defaultStopTimeoutSeconds, 120),
		validate.Match("user", s.User, userAndID, "a numeric uid:gid, neither of them 0, such as 10001:10001"),
		s.validateWritable(),
	)
}

func (s Spec) validatePort() error {
	if s.Port == 0 && !s.Routed() {
		return nil
	}
	// Below 1024 a user other than root cannot listen once all capabilities are dropped.
	return validate.Range("port", s.Port, 1024, 65535)
}

func (s Spec) validateRoute() error {
	if !s.Routed() {
		return validate.Demand(s.Health.Path == "", "health.path", "nothing requests it without a route", "no path, or a route")
	}
	return validate.All(validate.Nested("route", s.Route.Validate()),
		validate.Demand(s.Health.Path != "", "health.path", "is missing", "a path that answers 200, as the route needs one"))
}

func (s Spec) validateEnvironment() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		field := "environment." + name
		errs = append(errs, validVariable(field, name),
			validate.Demand(!slices.Contains(derived, name), field, "is set by the program",
				"no entry; PORT is the service's port, AWS_REGION the stack's region, IMAGE_DIGEST the image's"),
			validate.Demand(!isSecret(name, s.Environment[name]), field, "looks like a secret",
				"an entry in secrets; whoever can read the task definition can read the environment"),
			validate.Demand(!slices.Contains(s.Secrets, name), field, "is in secrets as well", "one of the two"))
	}
	return validate.All(append(errs, validate.Unique("secrets", s.Secrets), validate.Each("secrets", s.Secrets, validVariable))...)
}

func validVariable(field, name string) error {
	return validate.Match(field, name, variableName, "an upper-case name of letters, digits and _")
}

// isSecret tells by the name, or by a password inside a URL. What Next.js puts into its pages is public by name.
func isSecret(name, value string) bool {
	return secretValue.MatchString(value) || secretName.MatchString(name) && !strings.HasPrefix(name, "NEXT_PUBLIC_")
}

func (s Spec) validateWritable() error {
	taken := map[string]string{}
	for _, used := range agentDirectories {
		taken[volumeName(used)] = used
	}
	return validate.Each("writable", s.Writable, func(field, v string) error {
		if err := validate.Match(field, v, directory, "an absolute directory such as /tmp"); err != nil {
			return err
		}
		if path.Clean(v) != v {
			return validate.Fail(field, fmt.Sprintf("%q is not the shortest spelling", v), path.Clean(v))
		}
		name := volumeName(v)
		if other, ok := taken[name]; ok {
			return validate.Fail(field, fmt.Sprintf("its volume would be called %s, as that of %s is", name, other), "directories with different names")
		}
		taken[name] = v
		return nil
	})
}

// Validate checks what both the load balancer and the container agent accept.
func (h Health) Validate() error {
	errs := []error{
		validate.Range("intervalSeconds", h.IntervalSeconds, 5, 300),
		validate.Range("timeoutSeconds", h.Timeout(), 2, min(60, max(h.IntervalSeconds, 5)-1)),
		validate.Range("failures", h.Threshold(), 2, 10),
		validate.Range("graceSeconds", h.GraceSeconds, 0, 300),
	}
	if h.Path != "" {
		errs = append(errs, validate.Match("path", h.Path, healthPath, "an absolute path such as /health"))
	}
	if len(h.Command) > 0 {
		errs = append(errs, validate.OneOf("command[0]", h.Command[0], "CMD", "CMD-SHELL"),
			validate.Demand(len(h.Command) > 1, "command", "says how to run but not what", `["CMD", program, arguments…]`))
	}
	return validate.All(errs...)
}

// Validate checks one rule by itself; Set.Validate checks it against the others.
func (r Route) Validate() error {
	return validate.All(
		validate.Match("host", r.Host, pattern.Domain, "a full domain name in lower case, such as api.example.com"),
		validate.Range("priority", r.Priority, 1, 50000),
		validate.Unique("paths", r.Paths),
		validate.Each("paths", r.Paths, func(field, v string) error {
			return validate.Match(field, v, pathPattern, "an absolute path with * and ? as wildcards, 128 characters at most")
		}),
		validate.Demand(len(r.Host) <= 128, "host", "is too long", "128 characters"),
		validate.Demand(len(r.Paths) <= 4, "paths", "are too many", "4, as a rule holds five values and the host is one"),
	)
}

// alarmAt is where the alarm on a service's metric fires: auto-scaling has to act below it, or the alarm would fire
// in normal work.
func alarmAt(id string) int {
	rows := slo.For(slo.Service)
	return int(rows[slices.IndexFunc(rows, func(row slo.Objective) bool { return row.ID == id })].Threshold)
}

// volumeName makes a directory a volume name: /app/.next/cache is app-next-cache.
func volumeName(directory string) string {
	words := strings.FieldsFunc(directory, func(r rune) bool { return strings.ContainsRune("/._-", r) })
	return strings.Join(words, "-")
}

// size is what Fargate offers for one amount of CPU: memory from least to most, in steps, in MiB.
type size struct{ least, most, step int }

// sizes is the table of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html.
var sizes = map[int]size{
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// small are the memory sizes of a quarter vCPU, which follow no step.
var small = []int{512, 1024, 2048}

// fargate refuses a pair of CPU and memory that Fargate does not offer.
func fargate(cpu, memoryMiB int) error {
	if cpu == 256 {
		return validate.Among("memoryMiB", memoryMiB, small...)
	}
	offer, ok := sizes[cpu]
	if !ok {
		return validate.Among("cpu", cpu, append([]int{256}, slices.Sorted(maps.Keys(sizes))...)...)
	}
	if memoryMiB < offer.least || memoryMiB > offer.most || (memoryMiB-offer.least)%offer.step != 0 {
		return validate.Fail("memoryMiB", fmt.Sprintf("%d is not offered with cpu %d", memoryMiB, cpu),
			fmt.Sprintf("%d to %d in steps of %d", offer.least, offer.most, offer.step))
	}
	return nil
}
