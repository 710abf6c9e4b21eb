package release

import (
	"slices"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

// matchVerified finds the updates that verified the releases of the ledger, from the newest of both back: those that were made with
// a configuration that the release was verified with. Several updates of one release have one record. What is older than
// all of the ledger is of releases that it no longer has: of these a success is all that is known.
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

// older tells whether an entry is one of an earlier release.
func older(entry Entry, releases []outputs.Record, newer func(Entry) bool) bool {
	return !newer(entry) && slices.ContainsFunc(releases, func(r outputs.Record) bool {
		return succeeded(entry) && (ranVerifiedConfig(entry, r) || len(r.Configurations) == 0 && entry.Version == r.Version)
	})
}

// matcher tells the updates that verified a release. Where none has a configuration that it was verified with (a release of
// an older program has none in its record), its version has to do. Of updates with one configuration those are not it that
// left out resources, unless there is no other: it may have been the last part that they made.
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

// ranVerifiedConfig tells whether an update was made with a configuration that the release was verified with.
func ranVerifiedConfig(e Entry, r outputs.Record) bool {
	return e.Version == r.Version && slices.Contains(r.Configurations, e.fingerprint)
}
