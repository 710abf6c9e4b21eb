package service

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowcomply/infrastructure/components/validate"
)

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
