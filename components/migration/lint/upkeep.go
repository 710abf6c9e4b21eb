package lint

const rewritesAny = "nobody reads or writes a table while it is rewritten"

func clusters(p *pass, s fields) {
	if s.Relation.Relname == "" {
		p.report(Locks, rewritesAny)
		return
	}
	p.reportUnlessNew(s.Relation, Locks, "nobody reads or writes %q while it is rewritten", s.Relation)
}

// reportUnlessNew notes an effect, unless the new migrations made the table.
func (p *pass) reportUnlessNew(table rangeVar, kind Kind, format string, args ...any) {
	if !p.catalog.table(table).isNew() {
		p.report(kind, format, args...)
	}
}

func vacuums(p *pass, s fields) {
	if s.Options.on("full") {
		p.report(Locks, rewritesAny)
	}
}

func reindexes(p *pass, s fields) {
	switch {
	case s.Params.on("concurrently"):
	case s.Relation.Relname == "":
		p.report(Locks, "nobody writes to a table while its indexes are built anew; CONCURRENTLY, alone in its migration, lets them")
	default:
		p.reportUnlessNew(s.Relation, Locks, "nobody writes to the table while indexes are built anew; "+
			"CONCURRENTLY, alone in its migration, lets them")
	}
}

func refreshes(p *pass, s fields) {
	switch {
	case s.Concurrent:
	case s.SkipData:
		p.reportUnlessNew(s.Relation, Contract, "%q cannot be read until it is refreshed with data", s.Relation)
	default:
		p.reportUnlessNew(s.Relation, Locks, "nobody reads %q while it is computed anew; CONCURRENTLY lets them", s.Relation)
	}
}

// shareLock is ShareLock of PostgreSQL's lockdefs.h, the weakest lock that keeps others from writing.
const shareLock = 5

func locksTables(p *pass, s fields) {
	for _, one := range s.Relations {
		if s.Mode >= shareLock {
			p.reportUnlessNew(one.RangeVar, Locks, "others wait for %q until the migration ends", one.RangeVar)
		}
	}
}
