package drift

import (
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/stacks"
)

// expect marks the items whose every difference is expected, and keeps the expectations that are over, or that nothing fits.
func (d *Drift) expect(announced []stacks.ExpectedDrift, now time.Time) {
	var valid []stacks.ExpectedDrift
	for _, one := range announced {
		if one.Over(now) {
			d.Over = append(d.Over, Expectation(one))
		} else {
			valid = append(valid, one)
		}
	}
	used := make([]bool, len(valid))
	for i := range d.Items {
		item := &d.Items[i]
		fits := fitting(*item, valid)
		for _, at := range fits {
			used[at] = true
		}
		if covered(*item, valid, fits) {
			because := Expectation(valid[fits[0]])
			item.Expected = &because
		}
	}
	for at, one := range valid {
		if !used[at] {
			d.Unused = append(d.Unused, Expectation(one))
		}
	}
}

// fitting are the expectations that are about an item, or about one of its properties, by their place.
func fitting(item Item, valid []stacks.ExpectedDrift) []int {
	var fits []int
	for at, one := range valid {
		path, property, single := strings.Cut(one.Path, "#")
		if path == item.Path() && (!single || slices.ContainsFunc(item.Differences, func(d Difference) bool { return under(d.Path, property) })) {
			fits = append(fits, at)
		}
	}
	return fits
}

// covered tells whether each difference of the item is expected. What is gone, or in no state, is expected as a whole only.
func covered(item Item, valid []stacks.ExpectedDrift, fits []int) bool {
	whole := slices.ContainsFunc(fits, func(at int) bool { return !strings.Contains(valid[at].Path, "#") })
	if whole || len(item.Differences) == 0 {
		return whole
	}
	return !slices.ContainsFunc(item.Differences, func(d Difference) bool {
		return !slices.ContainsFunc(fits, func(at int) bool {
			_, property, _ := strings.Cut(valid[at].Path, "#")
			return under(d.Path, property)
		})
	})
}

// under tells whether a path is the property, or inside of it.
func under(path, property string) bool {
	rest, is := strings.CutPrefix(path, property)
	return is && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
