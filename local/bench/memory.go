package bench

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/flowcomply/infrastructure/local/procfs"
)

// status is what the kernel says of one process.
type status struct {
	parent   int
	resident uint64 // bytes
}

// resident is the resident memory of a process and of all below it.
func resident(root int) uint64 {
	all := map[int]status{}
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
		if err != nil {
			continue
		}
		if text, err := os.ReadFile(entry); err == nil {
			if one, ok := parseStat(text, uint64(os.Getpagesize())); ok {
				all[pid] = one
			}
		}
	}
	return below(all, root)
}

// below adds up a process and its descendants.
func below(all map[int]status, root int) uint64 {
	var total uint64
	for pid, one := range all {
		above := pid
		for depth := 0; above != root && above > 1 && depth < len(all); depth++ {
			above = all[above].parent
		}
		if above == root {
			total += one.resident
		}
	}
	return total
}

// parseStat reads /proc/<pid>/stat.
func parseStat(text []byte, page uint64) (status, bool) {
	stat, err := procfs.Parse(text)
	if err != nil {
		return status{}, false
	}
	return status{parent: stat.Number(procfs.Parent), resident: uint64(stat.Number(procfs.Resident)) * page}, true
}
