package release

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/verify/outputs"
)

func TestChoose_PicksTheRelease(t *testing.T) {
	for name, row := range map[string]struct {
		history []Update
		ledger  []outputs.Record
		version string // of the stack file
		pinned  int
		to      string
		undo    bool
		want    int // the record's number; 0: an error that says
		says    string
	}{
		"the one before": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.2.0"), version: "v1.2.0", want: 2,
		},
		"the last proven, after a failure": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 failed"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.2.0", want: 2,
		},
		"the last proven, after a failure of its configuration": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.1.0 failed"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.1.0", want: 2,
		},
		"the last proven, when the failure is not in history": {
			history: past("v1.0.0 ok", "v1.1.0 ok"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.2.0", undo: true, want: 2,
		},
		"configuration only is no release before": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.1.0 ok"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.1.0", want: 1,
		},
		"before what was gone back to, not what was left": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 ok", "v1.1.0@2 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.2.0", "v1.1.0"),
			version: "v1.1.0", pinned: 2, want: 1,
		},
		"before a release that came after going back": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.0.0@1 ok", "v1.2.0 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.0.0", "v1.2.0"),
			version: "v1.2.0", want: 3,
		},
		"a named one": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.2.0"), version: "v1.2.0", to: "v1.0.0", want: 1,
		},
		"a named one, as it last was": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.0.0@1 ok", "v1.2.0 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.0.0", "v1.2.0"),
			version: "v1.2.0", to: "v1.0.0", want: 3,
		},
		"forward again": {
			history: past("v1.0.0 ok", "v1.1.0 ok", "v1.0.0@1 ok"), ledger: releases("v1.0.0", "v1.1.0", "v1.0.0"), version: "v1.0.0", pinned: 1, to: "v1.1.0", want: 2,
		},
		"the one that runs": {
			history: past("v1.0.0 ok", "v1.1.0 ok"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.1.0", to: "v1.1.0",
			says: "v1.1.0 is what runs, and it is proven: nothing to do",
		},
		"the one that runs, named though its update failed": {
			history: past("v1.0.0 ok", "v1.0.0 failed"), ledger: releases("v1.0.0"), version: "v1.0.0", to: "v1.0.0", want: 1,
		},
		"a stack file that is ahead": {
			history: past("v1.0.0 ok", "v1.1.0 ok"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.2.0",
			says: "v1.1.0 is what runs, and it is proven: nothing to do; the stack file names v1.2.0, which was not released: " +
				"set it back with `pulumi config set flowcomply:release.version v1.1.0`",
		},
		"a stack file that is ahead, and a name": {
			history: past("v1.0.0 ok", "v1.1.0 ok"), ledger: releases("v1.0.0", "v1.1.0"), version: "v1.2.0", to: "v1.0.0", want: 1,
		},
		"nothing before": {
			history: past("v1.0.0 ok"), ledger: releases("v1.0.0"), version: "v1.0.0", says: "v1.0.0 is the first release that was proven: there is none before it",
		},
		"nothing proven": {history: past("v1.0.0 failed"), version: "v1.0.0", says: "no release of this stack was proven yet"},
		"an unknown one": {
			history: past("v1.0.0 ok"), ledger: releases("v1.0.0"), version: "v1.0.0", to: "v1.0.1", says: "v1.0.1 was never proven on this stack\nnext: choose one of v1.0.0",
		},
		"while another runs": {history: past("v1.0.0 ok", "v1.1.0 running"), ledger: releases("v1.0.0"), version: "v1.1.0", says: "another update of the stack is running"},
		"without history":    {ledger: releases("v1.0.0", "v1.1.0"), version: "v1.1.0", want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			target, err := Choose(Entries(row.history, row.ledger), row.ledger, flat(row.version, row.pinned), row.to, row.undo)
			if row.want == 0 {
				require.ErrorContains(t, err, row.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, target.Record.Number)
		})
	}
}

func TestChoose_TakesTheConfigurationOfTheLastProof(t *testing.T) {
	history := past("v1.0.0 ok", "v1.0.0 ok", "v1.0.0 failed", "v1.1.0 ok")
	for i, cpu := range []string{"fourth", "failed", "second", "first"} {
		history[i].Config.Values[prefix+"owner"] = cpu
	}
	known := releases("v1.0.0", "v1.1.0")
	target, err := Choose(Entries(history, known), known, flat("v1.1.0", 0), "", false)
	require.NoError(t, err)
	assert.Equal(t, "second", target.Config.Values[prefix+"owner"])
	assert.Equal(t, history[2].End, target.Since)

	target, err = Choose(nil, known, flat("v1.1.0", 0), "v1.0.0", false)
	require.NoError(t, err)
	assert.Nil(t, target.Config.Values, "history no longer has it")
}

func TestContracted_IsWhatWasTakenSince(t *testing.T) {
	allowing := func(update Update, names string) Update {
		update.Config = flat(lookup(update.Config, "release", "version").(string), 0, "migration", `{"allowDestructive":`+names+`}`)
		return update
	}
	for name, row := range map[string]struct {
		ledger  []outputs.Record
		history func() []Update
		want    []Contraction
	}{
		"nothing": {ledger: []outputs.Record{record(1, "v1.0.0", "0_old"), record(2, "v1.1.0", "0_old")}},
		"by the release that runs": {
			ledger: []outputs.Record{record(1, "v1.0.0", "0_old"), record(2, "v1.1.0", "0_old", "2_drop")}, want: []Contraction{{"2_drop", true}},
		},
		"by one between, which the last no longer names": {
			ledger: []outputs.Record{record(1, "v1.0.0"), record(2, "v1.1.0", "2_drop"), record(3, "v1.2.0")}, want: []Contraction{{"2_drop", true}},
		},
		"perhaps, by one that failed": {
			ledger: []outputs.Record{record(1, "v1.0.0"), record(2, "v1.1.0")},
			history: func() []Update {
				all := past("v1.0.0 ok", "v1.1.0 ok", "v1.2.0 failed")
				all[0] = allowing(all[0], `["3_drop","2_rename"]`)
				return all
			},
			want: []Contraction{{"2_rename", false}, {"3_drop", false}},
		},
		"not by one that failed before": {
			ledger: []outputs.Record{record(1, "v1.0.0"), record(2, "v1.1.0")},
			history: func() []Update {
				all := past("v0.9.0 failed", "v1.0.0 ok", "v1.1.0 ok")
				all[2] = allowing(all[2], `["0_drop"]`)
				return all
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			history := past("v1.0.0 ok", "v1.1.0 ok")
			if row.history != nil {
				history = row.history()
			}
			entries := Entries(history, row.ledger)
			assert.Equal(t, row.want, Contracted(outputsWith(row.ledger...), entries, attachConfig(entries, row.ledger[0])))
		})
	}
}
