package lint

import (
	"fmt"
	"slices"
)

// file is the state of one migration's file. Prisma sends a file to PostgreSQL as one simple query; if it has more than one
// statement, PostgreSQL runs them in one transaction
// (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT), also those after a COMMIT.
// Since 7.4, Prisma sends the statements of some files one by one (prisma/prisma-engines pull request 5767): where its own parser
// reads the whole file, which this lint cannot know. A file with one statement is right for every version.
type file struct {
	alone  bool            // it has one statement
	begun  *statement      // the BEGIN that no COMMIT has ended
	values map[string]bool // of an enum, that its transaction has added
}

// added notes an enum value.
func (f *file) added(value string) {
	if f.values == nil {
		f.values = map[string]bool{}
	}
	f.values[value] = true
}

const apart = "next: put it into a migration of its own"

// transaction says whether a statement can run where it stands.
func (p *pass) transaction(s statement) []effect {
	if name := outside(s.node); name != "" && !p.file.alone {
		return fails("%s cannot run in a transaction, and a file of several statements is one; %s", name, apart)
	}
	switch s.kind {
	case "TransactionStmt":
		return p.control(s)
	case "LockStmt":
		if p.file.alone {
			return fails("LOCK TABLE holds until the end of a transaction, and there is none: PostgreSQL refuses it as a file's only statement")
		}
	case "DeclareCursorStmt":
		if p.file.alone && as[struct{ Options int }](s.node, s.kind).Options&withHold == 0 {
			return fails("a cursor lives in a transaction, and there is none: PostgreSQL refuses it as a file's only statement")
		}
	}
	return nil
}

// withHold is CURSOR_OPT_HOLD of PostgreSQL's parsenodes.h.
const withHold = 0x20

// control follows BEGIN, COMMIT and their like.
func (p *pass) control(s statement) []effect {
	read := as[struct {
		Kind  string
		Chain bool
	}](s.node, s.kind)
	switch read.Kind {
	case "TRANS_STMT_BEGIN", "TRANS_STMT_START":
		if p.file.begun == nil {
			p.file.begun = &s
		}
	case "TRANS_STMT_COMMIT":
		p.file.begun, p.file.values = nil, nil
		if read.Chain {
			p.file.begun = &s
		}
	case "TRANS_STMT_ROLLBACK":
		p.file.begun = nil
		return fails("it undoes the statements before it, and Prisma counts the migration as applied; next: take them out")
	case "TRANS_STMT_PREPARE":
		p.file.begun = nil
		return contract("a prepared transaction keeps its locks until somebody ends it")
	case "TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO":
		if p.file.begun == nil {
			return fails("PostgreSQL takes savepoints only after BEGIN; next: take it out, as a file is one transaction anyway")
		}
	}
	return nil
}

// unfinished is the finding for a BEGIN without COMMIT.
func (f file) unfinished(migration string) Finding {
	return Finding{migration, f.begun.line, shorten(f.begun.text), Fails,
		"no COMMIT follows: all of it is undone when Prisma's connection ends; next: end it, or take BEGIN out, as a file is one transaction anyway"}
}

// outside is what a statement is called that cannot run in a transaction; empty for one that can. They are the callers of
// PreventInTransactionBlock in PostgreSQL's source.
func outside(n node) string {
	if evaluate := outsideTransaction[n.kind]; evaluate != nil {
		return evaluate(n)
	}
	return ""
}

var outsideTransaction = map[string]func(node) string{
	"CreatedbStmt":         func(node) string { return "CREATE DATABASE" },
	"DropdbStmt":           func(node) string { return "DROP DATABASE" },
	"CreateTableSpaceStmt": func(node) string { return "CREATE TABLESPACE" },
	"DropTableSpaceStmt":   func(node) string { return "DROP TABLESPACE" },
	"AlterSystemStmt":      func(node) string { return "ALTER SYSTEM" },
	"AlterDatabaseStmt": func(n node) string {
		return when(hasOption(n, "tablespace"), "ALTER DATABASE SET TABLESPACE")
	},
	"IndexStmt": func(n node) string {
		return when(as[struct{ Concurrent bool }](n, n.kind).Concurrent, "CREATE INDEX CONCURRENTLY")
	},
	"DropStmt": func(n node) string {
		return when(as[struct{ Concurrent bool }](n, n.kind).Concurrent, "DROP INDEX CONCURRENTLY")
	},
	"VacuumStmt": func(n node) string {
		return when(as[struct {
			Vacuum bool `json:"is_vacuumcmd"`
		}](n, n.kind).Vacuum, "VACUUM")
	},
	"ClusterStmt": func(n node) string {
		return when(as[struct{ Relation *rangeVar }](n, n.kind).Relation == nil, "CLUSTER of all tables")
	},
	"DiscardStmt": func(n node) string {
		return when(as[struct{ Target string }](n, n.kind).Target == "DISCARD_ALL", "DISCARD ALL")
	},
	"ReindexStmt":            reindexOutside,
	"AlterTableStmt":         detachOutside,
	"CreateSubscriptionStmt": subscriptionOutside,
	"AlterSubscriptionStmt":  subscriptionOutside,
	"DropSubscriptionStmt":   func(node) string { return "DROP SUBSCRIPTION" },
	"TransactionStmt": func(n node) string {
		kind := as[struct{ Kind string }](n, n.kind).Kind
		return when(kind == "TRANS_STMT_COMMIT_PREPARED" || kind == "TRANS_STMT_ROLLBACK_PREPARED", "COMMIT PREPARED or ROLLBACK PREPARED")
	},
}

func when(is bool, name string) string {
	if is {
		return name
	}
	return ""
}

func hasOption(n node, name string) bool {
	_, there := options(as[struct{ Options []node }](n, n.kind).Options)[name]
	return there
}

func reindexOutside(n node) string {
	read := as[struct {
		Kind   string
		Params []node
	}](n, n.kind)
	switch {
	case on(options(read.Params), "concurrently"):
		return "REINDEX CONCURRENTLY"
	case slices.Contains([]string{"REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"}, read.Kind):
		return "REINDEX of a whole schema or database"
	}
	return ""
}

func detachOutside(n node) string {
	for _, one := range as[struct{ Cmds []node }](n, n.kind).Cmds {
		command := as[alterCommand](one, "AlterTableCmd")
		if as[struct{ Concurrent bool }](command.Def, "PartitionCmd").Concurrent {
			return "DETACH PARTITION CONCURRENTLY"
		}
	}
	return ""
}

// subscriptionOutside: a subscription that makes a slot on the publisher, or copies from it, does so outside of any
// transaction.
func subscriptionOutside(n node) string {
	read := as[struct {
		Kind    string
		Options []node
	}](n, n.kind)
	given := options(read.Options)
	switch {
	case n.kind == "CreateSubscriptionStmt":
		return when(!turnedOff(given, "create_slot") && !turnedOff(given, "connect"), "CREATE SUBSCRIPTION")
	case slices.Contains([]string{
		"ALTER_SUBSCRIPTION_REFRESH", "ALTER_SUBSCRIPTION_SET_PUBLICATION", "ALTER_SUBSCRIPTION_ADD_PUBLICATION", "ALTER_SUBSCRIPTION_DROP_PUBLICATION",
	}, read.Kind):
		return when(!turnedOff(given, "refresh"), "ALTER SUBSCRIPTION that refreshes")
	}
	return ""
}

// newValues finds the use of an enum value that the same transaction has added: PostgreSQL refuses it until the value is
// committed (https://www.postgresql.org/docs/current/sql-altertype.html), up to version 16 also where the transaction has
// created the type. Which type a constant has is only known to the database; one that is spelt like the value is taken for it.
func (p *pass) newValues(n node) []effect {
	if len(p.file.values) == 0 || n.kind == "AlterEnumStmt" {
		return nil
	}
	for _, one := range within(n, "A_Const") {
		if value := as[literal](one, "A_Const").Sval; value != nil && p.file.values[value.Sval] {
			return fails("it uses the enum value %s, which PostgreSQL allows only after the migration that adds it; next: put this statement into a later migration",
				fmt.Sprintf("%q", value.Sval))
		}
	}
	return nil
}
