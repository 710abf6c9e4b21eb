package dates

const (
	program = "github.com/flowcomply/infrastructure/"
	ownTime = "it moves the clock of other programs, and compares theirs with its own"
	engine  = "the engine and the program under it are processes, which keep the machine's clock: another one in the test proves nothing of them"
	servers = "it starts servers, which keep the machine's clock: PostgreSQL, Redis, containers"
)

// leftOut are the packages whose tests keep the machine's clock, with the reason.
var leftOut = map[string]string{
	program + "local/dates":                      ownTime,
	program + "local/alb":                        "the certificates are from an emulated AWS, a process that keeps the machine's clock",
	program + "local/tests/limited":              engine,
	program + "local/tests/recovery":             engine,
	program + "local/tests/releases":             engine,
	program + "local/sampleapp/internal/migrate": servers,
	program + "local/databases":                  servers,
}

// skipped are the tests that keep the machine's clock in packages that do not, with the reason.
var skipped = map[test]string{
	{program + "release/recover", "TestProcesses_SayWhoseTheyAre"}:       "when a process began, the kernel says",
	{program + "local/tests/faults", "TestMisnamed_IsCaughtAndPutRight"}: "the certificate is from an emulated AWS, a process that keeps the machine's clock",
}

// test is a test of a package.
type test struct{ in, name string }

// leftOutOfPython are the emulator's tests that keep the machine's clock, with the reason.
var leftOutOfPython = map[string]string{
	"test_compute_docker.Services.test_use_is_measured": "the use is a container's, by Docker's clock",
}
