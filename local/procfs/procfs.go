// Package procfs reads what Linux says of a process in /proc/<pid>/stat.
package procfs

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The fields that are used, by their numbers in proc_pid_stat(5).
const (
	State     = 3
	Parent    = 4
	UserTime  = 14 // clock ticks, as the three that follow: system time, and both of children that were waited for
	StartTime = 22 // clock ticks after boot
	Resident  = 24 // pages

	first = State
	last  = Resident
)

// Stat are the fields of a process's line from State on.
type Stat []string

// Read reads the fields of a process that runs.
func Read(pid int) (Stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Parse reads a line. The program's name, in brackets, may hold anything, so that fields count from the last bracket on.
func Parse(text []byte) (Stat, error) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) <= last-first {
		return nil, fmt.Errorf("%q is not what proc_pid_stat(5) says", text)
	}
	return fields, nil
}

// Field is the text of a field.
func (s Stat) Field(number int) string { return s[number-first] }

// Number is a field that is a number.
func (s Stat) Number(number int) int {
	value, _ := strconv.Atoi(s.Field(number)) // the kernel writes nothing else there
	return value
}
