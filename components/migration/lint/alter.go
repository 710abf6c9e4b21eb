package lint

import "strings"

type alterTableStmt struct {
	Relation rangeVar
	Cmds     []node
	Objtype  string
}

type alterCommand struct {
	Subtype  string
	Name     string
	Def      node
	Behavior string
	// MissingOk is IF NOT EXISTS or IF EXISTS.
	MissingOk bool `json:"missing_ok"`
}

// altersTable evaluates each part of an ALTER TABLE. An ALTER of an index, a view, a sequence or a composite type has the
// same form in PostgreSQL's tree. Parts for a table that the new migrations made change nothing for the running version.
func altersTable(p *pass, s alterTableStmt) []effect {
	var found []effect
	for _, one := range s.Cmds {
		command := as[alterCommand](one, "AlterTableCmd")
		evaluate, there := parts[command.Subtype]
		switch {
		case !there:
			found = append(found, contract("the lint has no rule for %s, so that nobody knows whether the running version survives it", command.Subtype)...)
		case p.alteredIsNew(s) && command.Subtype != "AT_DropColumn":
			evaluate(p, s, command) // for what it enters into the catalog
		default:
			found = append(found, evaluate(p, s, command)...)
		}
	}
	return found
}

// alteredIsNew tells whether the new migrations made what is altered.
func (p *pass) alteredIsNew(s alterTableStmt) bool {
	name := s.Relation.key()
	switch s.Objtype {
	case "OBJECT_TYPE":
		known := p.catalog.types[name]
		return known != nil && known.isNew
	case "OBJECT_INDEX":
		known := p.catalog.indexes[name]
		return known != nil && (known.isNew || p.catalog.relations[known.table] != nil && p.catalog.relations[known.table].isNew)
	case "OBJECT_SEQUENCE":
		return p.catalog.others[other(s.Objtype, name)]
	}
	return p.catalog.isNew(s.Relation)
}

// part is what one part of an ALTER TABLE does.
type part func(*pass, alterTableStmt, alterCommand) []effect

// nothing is the part that never does more than expand.
func nothing(*pass, alterTableStmt, alterCommand) []effect { return nil }

// reports is the part that has one effect. TABLE in it stands for the table, NAME for what the part names.
func reports(what func(string, ...any) []effect, format string) part {
	return func(_ *pass, s alterTableStmt, command alterCommand) []effect {
		words := strings.NewReplacer("TABLE", `"`+s.Relation.String()+`"`, "NAME", `"`+command.Name+`"`)
		return what("%s", words.Replace(format))
	}
}

// parts has an entry for every AlterTableType of PostgreSQL's parsenodes.h that its grammar gives.
var parts = map[string]part{
	// columns; see columns.go
	"AT_AddColumn":       addsColumn,
	"AT_DropColumn":      dropsColumn,
	"AT_AlterColumnType": changesType,
	"AT_SetNotNull":      setsNotNull,
	"AT_DropNotNull":     dropsNotNull,
	"AT_ColumnDefault":   changesDefault,
	"AT_AddIdentity":     addsIdentity,
	"AT_SetIdentity":     setsIdentity,
	"AT_DropIdentity":    reports(contract, "column NAME no longer fills itself, and the running version's inserts leave it out"),
	"AT_SetExpression":   reports(contract, "the values of column NAME become others, and nobody reads or writes TABLE while it is rewritten"),
	"AT_DropExpression":  reports(contract, "column NAME is no longer computed, and the running version does not write it"),
	"AT_SetStatistics":   nothing, "AT_SetOptions": nothing, "AT_ResetOptions": nothing, "AT_SetStorage": nothing, "AT_SetCompression": nothing,
	"AT_AlterColumnGenericOptions": reports(contract, "column NAME is read from the other server in another way"),

	// constraints; see constraints.go
	"AT_AddConstraint":      addsConstraint,
	"AT_DropConstraint":     dropsConstraint,
	"AT_ValidateConstraint": validates,
	"AT_AlterConstraint":    nothing, // when it is checked

	// the whole table
	"AT_SetLogged":       reports(locks, "nobody reads or writes TABLE while it is rewritten"),
	"AT_SetUnLogged":     reports(destructive, "a crash or a fail-over empties an unlogged table; nobody reads or writes TABLE while it is rewritten"),
	"AT_SetAccessMethod": reports(locks, "nobody reads or writes TABLE while it is rewritten"),
	"AT_SetTableSpace":   reports(locks, "nobody reads or writes TABLE while it is copied"),
	"AT_ClusterOn":       nothing, "AT_DropCluster": nothing,
	"AT_SetRelOptions": nothing, "AT_ResetRelOptions": nothing,
	"AT_GenericOptions":  reports(contract, "TABLE is read from the other server in another way"),
	"AT_ReplicaIdentity": setsIdentityOfRows,
	"AT_ChangeOwner":     reports(contract, "the owner of TABLE before loses what only an owner may do, and the running version may connect as that role"),
	"AT_AddOf":           nothing, "AT_DropOf": nothing,
	"AT_AddInherit":              reports(contract, "rows of TABLE appear in what the running version reads from its new parent"),
	"AT_DropInherit":             reports(contract, "rows of TABLE are missing in what the running version reads from its parent"),
	"AT_AttachPartition":         attaches,
	"AT_DetachPartition":         reports(contract, "rows of the partition are missing in what the running version reads from TABLE"),
	"AT_DetachPartitionFinalize": reports(contract, "rows of the partition are missing in what the running version reads from TABLE"),

	// triggers, rules, row security
	"AT_EnableTrig":         reports(contract, "trigger NAME runs also for what the running version writes to TABLE"),
	"AT_EnableAlwaysTrig":   reports(contract, "trigger NAME runs also for what the running version writes to TABLE"),
	"AT_EnableReplicaTrig":  reports(contract, "trigger NAME no longer runs for what the running version writes to TABLE"),
	"AT_EnableTrigAll":      reports(contract, "the triggers of TABLE run also for what the running version writes"),
	"AT_EnableTrigUser":     reports(contract, "the triggers of TABLE run also for what the running version writes"),
	"AT_DisableTrig":        reports(contract, "trigger NAME no longer runs for what the running version writes to TABLE"),
	"AT_DisableTrigAll":     reports(contract, "the triggers of TABLE no longer run, nor are its foreign keys checked"),
	"AT_DisableTrigUser":    reports(contract, "the triggers of TABLE no longer run for what the running version writes"),
	"AT_EnableRule":         reports(contract, "rule NAME rewrites also the running version's statements on TABLE"),
	"AT_EnableAlwaysRule":   reports(contract, "rule NAME rewrites also the running version's statements on TABLE"),
	"AT_EnableReplicaRule":  reports(contract, "rule NAME no longer rewrites the running version's statements on TABLE"),
	"AT_DisableRule":        reports(contract, "rule NAME no longer rewrites the running version's statements on TABLE"),
	"AT_EnableRowSecurity":  reports(contract, "the running version sees and writes only those rows of TABLE that a policy gives it"),
	"AT_ForceRowSecurity":   reports(contract, "the running version sees and writes only those rows of TABLE that a policy gives it, also as the owner"),
	"AT_DisableRowSecurity": reports(contract, "no policy keeps rows of TABLE from the running version, which may rely on that"),
	"AT_NoForceRowSecurity": reports(contract, "no policy keeps rows of TABLE from its owner, and the running version may rely on that"),
}

type replicaIdentity struct {
	Type string `json:"identity_type"`
}

func setsIdentityOfRows(_ *pass, s alterTableStmt, command alterCommand) []effect {
	if as[replicaIdentity](command.Def, "ReplicaIdentityStmt").Type == "n" {
		return contract("PostgreSQL refuses updates and deletes of %q, if it is published", s.Relation)
	}
	return nil
}

// attaches evaluates ATTACH PARTITION, of a table or of an index. A table that the new migrations made is one more partition.
func attaches(p *pass, s alterTableStmt, command alterCommand) []effect {
	of := as[struct{ Name rangeVar }](command.Def, "PartitionCmd").Name
	if s.Objtype == "OBJECT_INDEX" || p.catalog.isNew(of) {
		return nil
	}
	return append(contract("%q takes only rows that belong to the partition, and they appear in what the running version reads from %q", of, s.Relation),
		locks("nobody reads or writes %q while its rows are checked", of)...)
}
