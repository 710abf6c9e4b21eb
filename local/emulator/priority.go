package emulator

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// What the emulated AWS runs has a machine of its own on AWS. Here it shares one with compilers and engines, and would answer more
// slowly than a healthy stack may: so it has the processor first. Where this may not be set, for want of root, nothing changes.

// favoured is the nice value of the emulated AWS, its databases and load balancers.
const favoured = -10

// favour gives all processes of a group, and those that they start, the processor first.
func favour(group int) {
	_ = syscall.Setpriority(syscall.PRIO_PGRP, group, favoured)
	// Each session is a group of its own to the scheduler where the kernel has autogroups: nice values count within.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", group), []byte(strconv.Itoa(favoured)), 0)
}

// groups are where the kernel has the weight of Docker's containers, in its older and its newer form, and what stands for ten times
// that of one process. Where systemd looks after control groups, Docker's are elsewhere, each with a weight of its own.
var groups = []struct{ has, folder, file, weight string }{
	{"/sys/fs/cgroup/cpu/cpu.shares", "/sys/fs/cgroup/cpu/docker", "cpu.shares", "10240"},
	{"/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup/docker", "cpu.weight", "1000"},
}

// favourContainers gives all containers the processor first: without it they have, together, as much as one process.
func favourContainers() {
	for _, group := range groups {
		if _, err := os.Stat(group.has); err != nil {
			continue
		}
		if err := os.Mkdir(group.folder, 0o755); err == nil || os.IsExist(err) {
			_ = os.WriteFile(filepath.Join(group.folder, group.file), []byte(group.weight), 0)
		}
	}
}
