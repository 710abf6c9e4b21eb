package ordering

import "fmt"

// Coverage counts what has to be seen in some schedules for the others to mean anything: that parts which may run side
// by side do, and that neither of them is always the first.
type Coverage struct {
	SideBySide       int // an image was built while the snapshot was taken
	SnapshotFirst    int // the snapshot was there before the last image
	ImagesFirst      int // the other way round
	ServicesTogether int // two services rolled at a time
}

// Add counts one update in.
func (c *Coverage) Add(update Update) {
	operations, _ := pair(update.Events)
	var sideBySide, together bool
	last := map[role]int{} // where the part's last operation ended
	for i, o := range operations {
		if o.well() {
			last[o.role] = max(last[o.role], o.to)
		}
		for _, other := range operations[i+1:] {
			overlap := o.from < other.to && other.from < o.to
			sideBySide = sideBySide || overlap && (o.role == image && other.role == snapshot || o.role == snapshot && other.role == image)
			together = together || overlap && o.role == service && other.role == service
		}
	}
	c.SideBySide += count(sideBySide)
	c.ServicesTogether += count(together)
	if last[snapshot] > 0 && last[image] > 0 {
		c.SnapshotFirst += count(last[snapshot] < last[image])
		c.ImagesFirst += count(last[image] < last[snapshot])
	}
}

// Missing lists what was never seen.
func (c Coverage) Missing() []string {
	var missing []string
	for _, one := range []struct {
		seen int
		what string
	}{
		{c.SideBySide, "an image and the snapshot side by side"},
		{c.SnapshotFirst, "the snapshot done before the last image"},
		{c.ImagesFirst, "the last image done before the snapshot"},
		{c.ServicesTogether, "two services that roll side by side"},
	} {
		if one.seen == 0 {
			missing = append(missing, one.what)
		}
	}
	return missing
}

func (c Coverage) String() string {
	return fmt.Sprintf("images beside the snapshot in %d, the snapshot first in %d, the images first in %d, services side by side in %d",
		c.SideBySide, c.SnapshotFirst, c.ImagesFirst, c.ServicesTogether)
}

func count(seen bool) int {
	if seen {
		return 1
	}
	return 0
}
