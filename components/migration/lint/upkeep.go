package lint

type clusterStmt struct{ Relation *rangeVar }

func clusters(p *pass, s clusterStmt) []effect {
	if s.Relation == nil {
		return locks("nobody reads or writes a table while it is rewritten")
	}
	return p.waits(*s.Relation, "nobody reads or writes %q while it is rewritten", *s.Relation)
}

// waits is a lock, unless the new migrations made the table.
func (p *pass) waits(table rangeVar, format string, args ...any) []effect {
	if p.catalog.isNew(table) {
		return nil
	}
	return locks(format, args...)
}

type vacuumStmt struct{ Options []node }

func vacuums(_ *pass, s vacuumStmt) []effect {
	if on(options(s.Options), "full") {
		return locks("nobody reads or writes a table while it is rewritten")
	}
	return nil
}

type reindexStmt struct {
	Relation *rangeVar
	Params   []node
}

func reindexes(p *pass, s reindexStmt) []effect {
	if on(options(s.Params), "concurrently") {
		return nil
	}
	if s.Relation == nil {
		return locks("nobody writes to a table while its indexes are built anew; CONCURRENTLY, alone in its migration, lets them")
	}
	return p.waits(*s.Relation, "nobody writes to the table while indexes are built anew; CONCURRENTLY, alone in its migration, lets them")
}

type refreshMatViewStmt struct {
	Concurrent bool
	SkipData   bool
	Relation   rangeVar
}

func refreshes(p *pass, s refreshMatViewStmt) []effect {
	switch {
	case p.catalog.isNew(s.Relation) || s.Concurrent:
		return nil
	case s.SkipData:
		return contract("%q cannot be read until it is refreshed with data", s.Relation)
	}
	return locks("nobody reads %q while it is computed anew; CONCURRENTLY lets them", s.Relation)
}

type lockStmt struct {
	Relations []node
	Mode      int
}

// share is ShareLock of PostgreSQL's lockdefs.h, the weakest lock that keeps others from writing.
const share = 5

func locksTables(p *pass, s lockStmt) []effect {
	var found []effect
	for _, one := range s.Relations {
		if table := as[rangeVar](one, "RangeVar"); s.Mode >= share {
			found = append(found, p.waits(table, "others wait for %q until the migration ends", table)...)
		}
	}
	return found
}
