package bench

import (
	"time"

	"github.com/flowcomply/infrastructure/release/deploylog"
)

// logged is a contender that writes a deployment log in each run.
type logged struct {
	*contender
	logs []deploylog.Deployment // of all runs, the one that is not counted included
}

// timings reads where the time of each counted run went.
func (l logged) timings() []timing {
	counted := l.logs[len(l.logs)-len(l.samples):]
	all := make([]timing, len(counted))
	for i, log := range counted {
		all[i] = timingOf(log, l.samples[i].wall)
	}
	return all
}

// timing is where the time of one run went. Asking, starting, path, between and ending are all of it.
type timing struct {
	wall time.Duration
	// asking is from the command's start to the update's: the stack's history, the registry and the preview.
	asking time.Duration
	// starting is from the update's start to the first step on the critical path: the program is compiled and declares.
	starting time.Duration
	// path is the sum of the steps on the critical path, and phases its parts; what is no step of a release is in rest.
	path   time.Duration
	phases map[deploylog.Phase]time.Duration
	rest   time.Duration
	// between is the engine's, between those steps; ending is what comes after the last of them.
	between, ending time.Duration
	// rolling is for how long ECS rolled at least one service.
	rolling time.Duration
}

// timingOf reads it off a deployment's log; wall is how long the command took, as a person waits for it.
func timingOf(log deploylog.Deployment, wall time.Duration) timing {
	t := timing{wall: wall, asking: log.Timeline.Start.Sub(log.Start), phases: map[deploylog.Phase]time.Duration{}}
	end := log.Timeline.Start
	for i, step := range log.Timeline.CriticalPath() {
		if waited := step.Start.Sub(end); i == 0 {
			t.starting = waited
		} else {
			t.between += waited
		}
		end = step.End
		t.path += step.Took()
		if step.Phase == "" {
			t.rest += step.Took()
		} else {
			t.phases[step.Phase] += step.Took()
		}
	}
	t.ending = wall - end.Sub(log.Start)
	t.rolling = deploylog.Busy(log.Timeline.Of(deploylog.Services))
	return t
}

// medianOf is the median over runs, in seconds.
func medianOf(all []timing, part func(timing) time.Duration) float64 {
	var seconds []float64
	for _, one := range all {
		seconds = append(seconds, part(one).Seconds())
	}
	return spreadOf(seconds).median
}

// share is the median over runs of a ratio within one run.
func share(all []timing, of func(timing) (time.Duration, time.Duration)) float64 {
	var ratios []float64
	for _, one := range all {
		part, whole := of(one)
		ratios = append(ratios, part.Seconds()/whole.Seconds())
	}
	return spreadOf(ratios).median
}
