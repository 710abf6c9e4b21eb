package databases

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/local/procfs"
)

// counter turns a number that only grows into what was added since it was last looked at.
type counter struct {
	value float64
	at    time.Time
}

// since is what was added, and in how many seconds; false the first time, and after the number began anew.
func (c *counter) since(value float64, now time.Time) (added, seconds float64, ok bool) {
	before := *c
	*c = counter{value, now}
	if before.at.IsZero() || value < before.value || !now.After(before.at) {
		return 0, 0, false
	}
	return value - before.value, now.Sub(before.at).Seconds(), true
}

// ticks is how many of the kernel's clock ticks are in a second; on Linux every program sees 100.
const ticks = 100

// usage is what a process and its children use now: seconds of CPU since the beginning, ended children included, and
// bytes of memory, what they share counted once.
func usage(pid int) (cpu, memory float64) {
	page := float64(os.Getpagesize())
	var shared float64
	for _, id := range append([]int{pid}, children(pid)...) {
		stat, err := procfs.Read(id)
		if err != nil {
			continue
		}
		times := 2 // user and system time
		if id == pid {
			times = 4 // and those of children that were waited for
		}
		for field := range times {
			cpu += float64(stat.Number(procfs.UserTime+field)) / ticks
		}
		text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(id), "statm"))
		if sizes := strings.Fields(string(text)); len(sizes) > 2 {
			resident, _ := strconv.ParseFloat(sizes[1], 64)
			common, _ := strconv.ParseFloat(sizes[2], 64)
			memory += (resident - common) * page
			shared = max(shared, common*page)
		}
	}
	return cpu, memory + shared
}

func children(pid int) []int {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	var found []int
	for _, field := range strings.Fields(string(text)) {
		if id, err := strconv.Atoi(field); err == nil {
			found = append(found, id)
		}
	}
	return found
}
