package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowcomply/infrastructure/stacks"
	"github.com/flowcomply/infrastructure/verify/outputs"
)

// Target is the release to go back to.
type Target struct {
	Record outputs.Record
	// Since is when it was last verified, and Config what the stack file said then. Both are empty where the history no longer
	// has it.
	Since  time.Time
	Config stacks.Source
}

// NothingToDoError says why there is nothing to do: the release already runs, and is verified.
type NothingToDoError struct{ Why string }

func (s *NothingToDoError) Error() string { return s.Why }

// Choose returns the rollback target: the named release, or else the last verified one before the current one. If the
// current one was never verified, the target is the last verified one. Entries are the history of the stack, newest first,
// and now is the stack file. With undo the last update counts as failed, whatever the history says.
//
//runbook:rollback.1#1 takes the last release that was proven before, with the images that all its services ran.
func Choose(entries []Entry, releases []outputs.Record, now stacks.Source, to string, undo bool) (Target, error) {
	if err := checkNoUpdate(entries); err != nil {
		return Target{}, err
	}
	if len(releases) == 0 {
		return Target{}, Refusef("no release of this stack was proven yet: there is none to go back to").Then("correct what fails, and release again")
	}
	last := releases[len(releases)-1]
	version, pins := releaseOf(now)
	unchanged := !undo && len(entries) > 0 && succeeded(entries[0]) && entries[0].Version == last.Version
	chosen := &last
	switch {
	case to != "":
		if chosen = newest(releases, func(r outputs.Record) bool { return r.Version == to }); chosen == nil {
			return Target{}, Refusef("%s was never proven on this stack", to).Then("choose one of " + strings.Join(versions(releases), ", "))
		}
	case unchanged && identityOf(version, pins) == entries[0].identity():
		first := origin(releases, last)
		chosen = newest(releases, func(r outputs.Record) bool { return r.Number < first.Number && !sameImages(r, last) })
		if chosen == nil {
			return Target{}, Refusef("%s is the first release that was proven: there is none before it", last.Version).
				Then("name another; proven were " + strings.Join(versions(releases), ", "))
		}
	}
	if unchanged && sameImages(*chosen, last) {
		why := fmt.Sprintf("%s is what runs, and it is proven: nothing to do", last.Version)
		if version != last.Version {
			why += fmt.Sprintf("; the stack file names %s, which was not released: set it back with `pulumi config set flowcomply:release.version %s`",
				version, last.Version)
		}
		return Target{}, &NothingToDoError{why}
	}
	return attachConfig(entries, *chosen), nil
}

// checkNoUpdate refuses while another update runs. The history of Pulumi Cloud shows one; on other backends the lock does.
func checkNoUpdate(entries []Entry) error {
	if len(entries) == 0 || entries[0].Result != "in-progress" {
		return nil
	}
	return Refusef("another update of the stack is running, since %s", at(entries[0].Start)).Then(whenLocked)
}

const whenLocked = "wait for it; if whoever began it is gone, `flowcomply recover` says what is left of it"

// attachConfig adds when the release was last verified, and with which configuration. A record of an older program names no
// configuration: then it is that of the newest update.
func attachConfig(entries []Entry, record outputs.Record) Target {
	target := Target{Record: record}
	ofRelease := func(e Entry) bool { return e.Record != nil && e.Record.Number == record.Number }
	asLast := func(e Entry) bool {
		last := len(record.Configurations) - 1
		return ofRelease(e) && last >= 0 && e.fingerprint == record.Configurations[last]
	}
	for _, is := range []func(Entry) bool{asLast, ofRelease} {
		if i := slices.IndexFunc(entries, is); i >= 0 {
			target.Since, target.Config = entries[i].End, entries[i].Config
			break
		}
	}
	return target
}

// origin is the first record of a release, which is one of the releases. A rollback to it makes another record of it.
func origin(releases []outputs.Record, record outputs.Record) outputs.Record {
	return releases[slices.IndexFunc(releases, func(earlier outputs.Record) bool { return sameImages(earlier, record) })]
}

func sameImages(a, b outputs.Record) bool {
	return a.Version == b.Version && maps.Equal(digests(a), digests(b))
}

func newest(releases []outputs.Record, fits func(outputs.Record) bool) *outputs.Record {
	for _, release := range slices.Backward(releases) {
		if fits(release) {
			return &release
		}
	}
	return nil
}

// versions are those of the releases, newest first, each once.
func versions(releases []outputs.Record) []string {
	var out []string
	for _, release := range slices.Backward(releases) {
		if !slices.Contains(out, release.Version) {
			out = append(out, release.Version)
		}
	}
	return out
}

// digests are a record's images by service.
func digests(r outputs.Record) map[string]string {
	out := map[string]string{}
	for service, image := range r.Images {
		out[service] = image.Digest
	}
	return out
}

// pinsOf are the pins in the stack file that run a release again.
func pinsOf(r outputs.Record) *stacks.Pins {
	return &stacks.Pins{Version: r.Version, Number: r.Number, Commit: r.Commit, Digests: digests(r)}
}

// at is a time for people.
func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
