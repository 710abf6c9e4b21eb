package lint

import "slices"

type createSchemaStmt struct {
	Schemaname  string
	IfNotExists bool `json:"if_not_exists"`
}

// createsSchema need not look at what is made in the schema: all of it is as new.
func createsSchema(p *pass, s createSchemaStmt) []effect {
	p.enter("OBJECT_SCHEMA", key("", s.Schemaname), s.IfNotExists)
	return nil
}

// enter notes an object. One that IF NOT EXISTS may have found is not taken for new.
func (p *pass) enter(kind, name string, ifNotExists bool) {
	p.catalog.others[other(kind, name)] = p.fresh && !ifNotExists
}

type createSeqStmt struct {
	Sequence    rangeVar
	IfNotExists bool `json:"if_not_exists"`
}

func createsSequence(p *pass, s createSeqStmt) []effect {
	p.enter("OBJECT_SEQUENCE", s.Sequence.key(), s.IfNotExists)
	return nil
}

type alterSeqStmt struct {
	Sequence rangeVar
	Options  []node
}

// altersSequence lets pass what changes no number that comes next.
func altersSequence(p *pass, s alterSeqStmt) []effect {
	if p.catalog.others[other("OBJECT_SEQUENCE", s.Sequence.key())] {
		return nil
	}
	for name := range options(s.Options) {
		if !slices.Contains([]string{"owned_by", "cache", "start"}, name) {
			return contract("sequence %q gives other numbers, and one that is there already is refused", s.Sequence)
		}
	}
	return nil
}

type defineStmt struct {
	Kind     string
	Defnames dotted
	Replace  bool
}

// defines evaluates CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and TEXT SEARCH.
func defines(p *pass, s defineStmt) []effect {
	switch s.Kind {
	case "OBJECT_TYPE":
		p.catalog.types[s.Defnames.key()] = &kindOfType{isNew: p.fresh}
	case "OBJECT_AGGREGATE":
		if s.Replace && !p.objectIsNew(s.Kind, s.Defnames) {
			return contract("if there is a function %q, it does another thing for the running version from now on", s.Defnames)
		}
		p.catalog.functions[s.Defnames.key()] = &function{isNew: p.fresh}
	default:
		p.enter(s.Kind, s.Defnames.key(), false)
	}
	return nil
}

type createCastStmt struct{ Context string }

func createsCast(_ *pass, s createCastStmt) []effect {
	if s.Context == "COERCION_EXPLICIT" {
		return nil
	}
	return contract("PostgreSQL converts by itself what it has refused so far, also in the running version's queries")
}

type grantStmt struct {
	IsGrant bool `json:"is_grant"`
	Objtype string
	Objects []node
}

func grants(p *pass, s grantStmt) []effect {
	old := func(one node) bool { return !p.objectIsNew(s.Objtype, nameOf(one)) }
	if s.IsGrant || len(s.Objects) > 0 && !slices.ContainsFunc(s.Objects, old) {
		return nil
	}
	return contract("the running version may connect as a role that loses this right")
}

type createEventTrigStmt struct{ Trigname, Eventname string }

func createsEventTrigger(_ *pass, s createEventTrigStmt) []effect {
	if s.Eventname == "login" {
		return contract("event trigger %q runs also for the running version's connections", s.Trigname)
	}
	return nil // those of statements that change the schema
}

type variableSetStmt struct {
	Kind, Name string
	Args       []node
	IsLocal    bool `json:"is_local"`
}

// searchPath is what changes which table a name means, for the lint and for Prisma.
var searchPath = contract("names without a schema mean other tables from here on, which the lint does not follow, and Prisma may not find its own table")

func sets(_ *pass, s variableSetStmt) []effect {
	switch s.Name {
	case "search_path":
		return searchPath
	case "session_replication_role":
		return contract("no trigger runs and no foreign key is checked, so that rows may be written that the running version does not expect")
	}
	return nil
}
