package lint

import "slices"

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
func (p *pass) transaction(s statement) {
	if name := outside(s.node); name != "" && !p.file.alone {
		p.report(Fails, "%s cannot run in a transaction, and a file of several statements is one; %s", name, apart)
		return
	}
	switch {
	case s.kind == "TransactionStmt":
		p.control(s)
	case s.kind == "LockStmt" && p.file.alone:
		p.report(Fails, "LOCK TABLE holds until the end of a transaction, and there is none: PostgreSQL refuses it as a file's only statement")
	case s.kind == "DeclareCursorStmt" && p.file.alone && as[struct{ Options int }](s.node, s.kind).Options&withHold == 0:
		p.report(Fails, "a cursor lives in a transaction, and there is none: PostgreSQL refuses it as a file's only statement")
	}
}

// withHold is CURSOR_OPT_HOLD of PostgreSQL's parsenodes.h.
const withHold = 0x20

// control follows BEGIN, COMMIT and their like.
func (p *pass) control(s statement) {
	read := as[fields](s.node, s.kind)
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
		p.report(Fails, "it undoes the statements before it, and Prisma counts the migration as applied; next: take them out")
	case "TRANS_STMT_PREPARE":
		p.file.begun = nil
		p.report(Contract, "a prepared transaction keeps its locks until somebody ends it")
	case "TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO":
		if p.file.begun == nil {
			p.report(Fails, "PostgreSQL takes savepoints only after BEGIN; next: take it out, as a file is one transaction anyway")
		}
	}
}

// unfinished is the finding for a BEGIN without COMMIT.
func (f file) unfinished(migration string) Finding {
	return Finding{migration, f.begun.line, shorten(f.begun.text), Fails,
		"no COMMIT follows: all of it is undone when Prisma's connection ends; next: end it, or take BEGIN out, as a file is one transaction anyway"}
}

// outside is what a statement is called that cannot run in a transaction; empty for one that can.
func outside(n node) string {
	for _, row := range outsideTransaction {
		if row.stmt == n.kind && (row.when == nil || row.when(as[fields](n, n.kind))) {
			return row.name
		}
	}
	return ""
}

// outsideTransaction are the callers of PreventInTransactionBlock in PostgreSQL's source.
var outsideTransaction = []struct {
	stmt, name string
	when       func(fields) bool // nil: always
}{
	{"CreatedbStmt", "CREATE DATABASE", nil},
	{"DropdbStmt", "DROP DATABASE", nil},
	{"CreateTableSpaceStmt", "CREATE TABLESPACE", nil},
	{"DropTableSpaceStmt", "DROP TABLESPACE", nil},
	{"AlterSystemStmt", "ALTER SYSTEM", nil},
	{"AlterDatabaseStmt", "ALTER DATABASE SET TABLESPACE", func(s fields) bool { return s.Options["tablespace"].kind != "" }},
	{"IndexStmt", "CREATE INDEX CONCURRENTLY", func(s fields) bool { return s.Concurrent }},
	{"DropStmt", "DROP INDEX CONCURRENTLY", func(s fields) bool { return s.Concurrent }},
	{"VacuumStmt", "VACUUM", func(s fields) bool { return s.IsVacuum }},
	{"ClusterStmt", "CLUSTER of all tables", func(s fields) bool { return s.Relation.Relname == "" }},
	{"DiscardStmt", "DISCARD ALL", func(s fields) bool { return s.Target == "DISCARD_ALL" }},
	{"ReindexStmt", "REINDEX CONCURRENTLY", func(s fields) bool { return s.Params.on("concurrently") }},
	{"ReindexStmt", "REINDEX of a whole schema or database", func(s fields) bool {
		return slices.Contains([]string{"REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_SYSTEM", "REINDEX_OBJECT_DATABASE"}, s.Kind)
	}},
	{"AlterTableStmt", "DETACH PARTITION CONCURRENTLY", detachesConcurrently},
	{"TransactionStmt", "COMMIT PREPARED or ROLLBACK PREPARED", func(s fields) bool {
		return s.Kind == "TRANS_STMT_COMMIT_PREPARED" || s.Kind == "TRANS_STMT_ROLLBACK_PREPARED"
	}},
	// A subscription that makes a slot on the publisher, or copies from it, does so outside of any transaction.
	{"CreateSubscriptionStmt", "CREATE SUBSCRIPTION", func(s fields) bool { return !s.Options.off("create_slot") && !s.Options.off("connect") }},
	{"AlterSubscriptionStmt", "ALTER SUBSCRIPTION that refreshes", func(s fields) bool {
		return slices.Contains([]string{
			"ALTER_SUBSCRIPTION_REFRESH", "ALTER_SUBSCRIPTION_SET_PUBLICATION", "ALTER_SUBSCRIPTION_ADD_PUBLICATION", "ALTER_SUBSCRIPTION_DROP_PUBLICATION",
		}, s.Kind) && !s.Options.off("refresh")
	}},
	{"DropSubscriptionStmt", "DROP SUBSCRIPTION", nil},
}

func detachesConcurrently(s fields) bool {
	for _, one := range s.Cmds {
		if as[struct{ Concurrent bool }](one.AlterTableCmd.Def, "PartitionCmd").Concurrent {
			return true
		}
	}
	return false
}

// newValues finds the use of an enum value that the same transaction has added: PostgreSQL refuses it until the value is
// committed (https://www.postgresql.org/docs/current/sql-altertype.html), up to version 16 also where the transaction has
// created the type. Which type a constant has is only known to the database; one that is spelt like the value is taken for it.
func (p *pass) newValues(n node) {
	if len(p.file.values) == 0 || n.kind == "AlterEnumStmt" {
		return
	}
	for _, one := range within(n, "A_Const") {
		if value := as[literal](one, one.kind).Sval; value != nil && p.file.values[value.Sval] {
			p.report(Fails, "it uses the enum value %q, which PostgreSQL allows only after the migration that adds it; "+
				"next: put this statement into a later migration", value.Sval)
			return
		}
	}
}
