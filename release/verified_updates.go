package release

import (
	"slices"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// matchVerified finds the updates that verified the releases, from the newest on: those with a configuration that the
// release was verified with. Several updates of one release have one record. Of updates that are older than all records,
// only their success is known.
func matchVerified(entries []Entry, releases []outputs.Record) {
	next := 0 // the newest entry that is not joined yet
	for i := len(releases) - 1; i >= 0; i-- {
		is := matcher(entries[next:], releases[i])
		first := slices.IndexFunc(entries[next:], is)
		if first < 0 {
			continue // history no longer has it
		}
		for at := next + first; at < len(entries) && !older(entries[at], releases[:i], is); at++ {
			if is(entries[at]) {
				entries[at].Record, entries[at].verified, next = &releases[i], true, at+1
			}
		}
	}
	for i := next; i < len(entries) && next > 0; i++ {
		entries[i].verified = succeeded(entries[i])
	}
}

// older tells whether an entry belongs to an earlier release.
func older(entry Entry, releases []outputs.Record, newer func(Entry) bool) bool {
	return !newer(entry) && slices.ContainsFunc(releases, func(r outputs.Record) bool {
		return succeeded(entry) && (ranVerifiedConfig(entry, r) || len(r.Configurations) == 0 && entry.Version == r.Version)
	})
}

// matcher returns the test for updates that verified a release. Records of an older program name no configuration, and then
// the version decides. A limited update counts only where no other fits: it may have been the last step.
func matcher(entries []Entry, r outputs.Record) func(Entry) bool {
	for _, is := range []func(Entry) bool{
		func(e Entry) bool { return succeeded(e) && ranVerifiedConfig(e, r) && !e.Limited },
		func(e Entry) bool { return succeeded(e) && ranVerifiedConfig(e, r) },
		func(e Entry) bool { return e.Kind == "update" && e.Result == "failed" && ranVerifiedConfig(e, r) }, // by something else, after verification
	} {
		if slices.ContainsFunc(entries, is) {
			return is
		}
	}
	return func(e Entry) bool { return succeeded(e) && e.Version == r.Version }
}

func succeeded(e Entry) bool { return e.Kind == "update" && e.Result == "succeeded" }

// ranVerifiedConfig tells whether an update ran with a configuration that the release was verified with.
func ranVerifiedConfig(e Entry, r outputs.Record) bool {
	return e.Version == r.Version && slices.Contains(r.Configurations, e.fingerprint)
}
