package bench

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"

	"github.com/flowcomply/infrastructure/local/toolchain"
)

var (
	modelLine  = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)
	memoryLine = regexp.MustCompile(`(?m)^MemTotal:\s*(\d+) kB$`)
	loadStart  = regexp.MustCompile(`^[\d.]+`)
	loadLong   = regexp.MustCompile(`^[\d.]+ [\d.]+ ([\d.]+)`)
)

// describe says what machine this is, without its name.
func describe() []string {
	processor := fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if model := match(modelLine, "/proc/cpuinfo"); model != "" {
		processor += " (" + model + ")"
	}
	if memory, err := strconv.Atoi(match(memoryLine, "/proc/meminfo")); err == nil {
		processor += fmt.Sprintf(", %d GiB", (memory+1<<19)>>20)
	}
	facts := []string{processor}
	if load := loadStart.FindString(text("/proc/loadavg")); load != "" {
		facts = append(facts, "load of the minute before: "+load)
	}
	return append(facts, fmt.Sprintf("%s, Pulumi %s, terraform-provider-aws %s under both, through its bridge under Pulumi",
		runtime.Version(), toolchain.PulumiVersion, toolchain.TerraformVersion))
}

// meanwhile is the load of what took long, at its end; nothing where the system does not tell.
func meanwhile() []string {
	if load := match(loadLong, "/proc/loadavg"); load != "" {
		return []string{"load of the last fifteen minutes in which it was measured, its own included: " + load}
	}
	return nil
}

func match(line *regexp.Regexp, file string) string {
	if found := line.FindStringSubmatch(text(file)); found != nil {
		return found[1]
	}
	return ""
}

// text is a file's content, or nothing where the system has no such file.
func text(file string) string {
	content, _ := os.ReadFile(file)
	return string(content)
}
