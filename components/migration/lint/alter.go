package lint

import "strings"

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
func altersTable(p *pass, s fields) {
	for _, one := range s.Cmds {
		command := one.AlterTableCmd
		evaluate, there := parts[command.Subtype]
		switch {
		case !there:
			p.report(Contract, "the lint has no rule for %s, so that nobody knows whether the running version survives it", command.Subtype)
		case p.alteredIsNew(s) && command.Subtype != "AT_DropColumn":
			p.effectsOf(func() { evaluate(p, s, command) }) // for what it enters into the catalog
		default:
			evaluate(p, s, command)
		}
	}
}

// alteredIsNew tells whether the new migrations made what is altered, or the table of an index.
func (p *pass) alteredIsNew(s fields) bool {
	known := p.catalog[id(s.Objtype, s.Relation.key())]
	return known.isNew() || known != nil && p.catalog[known.table].isNew()
}

// part reports what one part of an ALTER TABLE does.
type part func(*pass, fields, alterCommand)

// nothing is the part that never does more than expand.
func nothing(*pass, fields, alterCommand) {}

// says is the part that has one effect. TABLE in it stands for the table, NAME for what the part names.
func says(kind Kind, format string) part {
	return func(p *pass, s fields, command alterCommand) {
		p.report(kind, "%s", strings.NewReplacer("TABLE", `"`+s.Relation.String()+`"`, "NAME", `"`+command.Name+`"`).Replace(format))
	}
}

// parts has an entry for every AlterTableType of PostgreSQL's parsenodes.h that its grammar gives.
var parts = spread(map[string]part{
	// columns; see columns.go
	"AT_AddColumn":                 addsColumn,
	"AT_DropColumn":                dropsColumn,
	"AT_AlterColumnType":           changesType,
	"AT_SetNotNull":                setsNotNull,
	"AT_DropNotNull":               dropsNotNull,
	"AT_ColumnDefault":             changesDefault,
	"AT_AddIdentity":               addsIdentity,
	"AT_SetIdentity":               setsIdentity,
	"AT_DropIdentity":              says(Contract, "column NAME no longer fills itself, and the running version's inserts leave it out"),
	"AT_SetExpression":             says(Contract, "the values of column NAME become others, and nobody reads or writes TABLE while it is rewritten"),
	"AT_DropExpression":            says(Contract, "column NAME is no longer computed, and the running version does not write it"),
	"AT_AlterColumnGenericOptions": says(Contract, "column NAME is read from the other server in another way"),
	"AT_SetStatistics AT_SetOptions AT_ResetOptions AT_SetStorage AT_SetCompression": nothing,

	// constraints; see constraints.go
	"AT_AddConstraint":      addsConstraint,
	"AT_DropConstraint":     dropsConstraint,
	"AT_ValidateConstraint": says(Locks, "it reads all of TABLE; alone in its migration, it lets others read and write meanwhile"),
	"AT_AlterConstraint":    nothing, // when it is checked

	// the whole table
	"AT_ClusterOn AT_DropCluster AT_SetRelOptions AT_ResetRelOptions AT_AddOf AT_DropOf": nothing,
	"AT_SetLogged AT_SetAccessMethod": says(Locks, "nobody reads or writes TABLE while it is rewritten"),
	"AT_SetUnLogged": says(Destructive, "a crash or a fail-over empties an unlogged table; "+
		"nobody reads or writes TABLE while it is rewritten"),
	"AT_SetTableSpace":   says(Locks, "nobody reads or writes TABLE while it is copied"),
	"AT_GenericOptions":  says(Contract, "TABLE is read from the other server in another way"),
	"AT_ReplicaIdentity": setsIdentityOfRows,
	"AT_ChangeOwner": says(Contract, "the owner of TABLE before loses what only an owner may do, "+
		"and the running version may connect as that role"),
	"AT_AddInherit":      says(Contract, "rows of TABLE appear in what the running version reads from its new parent"),
	"AT_DropInherit":     says(Contract, "rows of TABLE are missing in what the running version reads from its parent"),
	"AT_AttachPartition": attaches,
	"AT_DetachPartition AT_DetachPartitionFinalize": says(Contract, "rows of the partition are missing in "+
		"what the running version reads from TABLE"),

	// triggers, rules, row security
	"AT_EnableTrig AT_EnableAlwaysTrig":   says(Contract, "trigger NAME runs also for what the running version writes to TABLE"),
	"AT_EnableReplicaTrig AT_DisableTrig": says(Contract, "trigger NAME no longer runs for what the running version writes to TABLE"),
	"AT_EnableTrigAll AT_EnableTrigUser":  says(Contract, "the triggers of TABLE run also for what the running version writes"),
	"AT_DisableTrigAll":                   says(Contract, "the triggers of TABLE no longer run, nor are its foreign keys checked"),
	"AT_DisableTrigUser":                  says(Contract, "the triggers of TABLE no longer run for what the running version writes"),
	"AT_EnableRule AT_EnableAlwaysRule":   says(Contract, "rule NAME rewrites also the running version's statements on TABLE"),
	"AT_EnableReplicaRule AT_DisableRule": says(Contract, "rule NAME no longer rewrites the running version's statements on TABLE"),
	"AT_EnableRowSecurity":                says(Contract, "the running version sees and writes only those rows of TABLE that a policy gives it"),
	"AT_ForceRowSecurity": says(Contract, "the running version sees and writes only those rows of TABLE that a policy gives it, "+
		"also as the owner"),
	"AT_DisableRowSecurity": says(Contract, "no policy keeps rows of TABLE from the running version, which may rely on that"),
	"AT_NoForceRowSecurity": says(Contract, "no policy keeps rows of TABLE from its owner, and the running version may rely on that"),
})

func setsIdentityOfRows(p *pass, s fields, command alterCommand) {
	identity := as[struct {
		Type string `json:"identity_type"`
	}](command.Def, "ReplicaIdentityStmt")
	if identity.Type == "n" {
		p.report(Contract, "PostgreSQL refuses updates and deletes of %q, if it is published", s.Relation)
	}
}

// attaches evaluates ATTACH PARTITION, of a table or of an index. A table that the new migrations made is one more partition.
func attaches(p *pass, s fields, command alterCommand) {
	of := as[struct{ Name rangeVar }](command.Def, "PartitionCmd").Name
	if s.Objtype == "OBJECT_INDEX" || p.catalog.table(of).isNew() {
		return
	}
	p.report(Contract, "%q takes only rows that belong to the partition, and they appear in what the running version reads from %q", of, s.Relation)
	p.report(Locks, "nobody reads or writes %q while its rows are checked", of)
}
