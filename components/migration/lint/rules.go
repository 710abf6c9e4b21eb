package lint

import "strings"

// rule reports what a statement of one type does, and enters into the catalog what it makes.
type rule func(*pass, fields)

// harmless is the rule of statements that never do more than expand.
func harmless(*pass, fields) {}

// always is the rule of statements of which one thing is to be said, whatever they name.
func always(kind Kind, why string) rule {
	return func(p *pass, _ fields) { p.report(kind, "%s", why) }
}

// spread gives each of the names in a key, which blanks separate, an entry of its own.
func spread[T any](rows map[string]T) map[string]T {
	out := map[string]T{}
	for names, row := range rows {
		for _, name := range strings.Fields(names) {
			out[name] = row
		}
	}
	return out
}

const published = "PostgreSQL refuses updates and deletes of a published table that has neither a primary key nor a replica identity"

// rules has an entry for every type of statement that PostgreSQL's grammar has (the members of its parsenodes.h that its
// gram.y returns; a test compares).
var rules = spread(map[string]rule{
	// rows
	"SelectStmt DeclareCursorStmt":               query,
	"InsertStmt UpdateStmt DeleteStmt MergeStmt": losesRows,
	"CopyStmt":     copies,
	"TruncateStmt": truncates,

	// tables and what is on them
	"CreateStmt":                       createsTable,
	"CreateForeignTableStmt":           func(p *pass, s fields) { createsTable(p, *s.Base) },
	"CreateTableAsStmt":                createsTableAs,
	"ViewStmt":                         createsView,
	"AlterTableStmt":                   altersTable,
	"AlterTableMoveAllStmt":            always(Locks, "moving tables to another tablespace copies them, and nobody reads or writes them meanwhile"),
	"IndexStmt":                        createsIndex,
	"CreateTrigStmt":                   createsTrigger,
	"RuleStmt":                         createsRule,
	"CreatePolicyStmt AlterPolicyStmt": createsPolicy,
	"CreateStatsStmt AlterStatsStmt AlterObjectDependsStmt CommentStmt SecLabelStmt": harmless,

	// any object
	"DropStmt":              drops,
	"RenameStmt":            renames,
	"AlterObjectSchemaStmt": movesToSchema,
	"AlterOwnerStmt":        changesOwner,

	// types, sequences, functions
	"CreateEnumStmt CreateRangeStmt": createsType,
	"CompositeTypeStmt":              createsComposite,
	"CreateDomainStmt":               createsDomain,
	"AlterDomainStmt":                altersDomain,
	"AlterEnumStmt":                  altersEnum,
	"AlterTypeStmt":                  always(Contract, "the type reads and writes its values in another way, and the running version uses it"),
	"CreateSeqStmt":                  createsSequence,
	"AlterSeqStmt":                   altersSequence,
	"AlterFunctionStmt":              altersFunction,
	"DefineStmt":                     defines,
	"CreateCastStmt":                 createsCast,
	"AlterOpFamilyStmt":              always(Contract, "the running version's queries and indexes may need the operator family as it was"),
	"AlterOperatorStmt":              always(Contract, "the running version's queries may need the operator as it was"),
	"AlterTSDictionaryStmt":          always(Contract, "the running version's searches may need the dictionary as it was"),
	"AlterTSConfigurationStmt":       always(Contract, "the running version's searches may need the configuration as it was"),
	"CreateConversionStmt CreateTransformStmt CreateOpClassStmt CreateOpFamilyStmt CreateAmStmt CreatePLangStmt": harmless,
	"AlterCollationStmt": harmless, // REFRESH VERSION

	// code
	"CallStmt":       callsProcedure,
	"ExecuteStmt":    executes,
	"DeallocateStmt": harmless,

	// schemas, extensions, other servers
	"CreateSchemaStmt":           createsSchema,
	"AlterExtensionStmt":         always(Contract, "another version of an extension may lack what the running version uses"),
	"AlterExtensionContentsStmt": harmless, // what belongs to an extension
	"AlterFdwStmt AlterForeignServerStmt AlterUserMappingStmt DropUserMappingStmt": always(Contract, "the "+
		"running version may read foreign tables through it"),
	"CreatePublicationStmt": always(Contract, published),
	"AlterPublicationStmt":  always(Contract, "a subscriber may need what was published; "+published),
	"CreateSubscriptionStmt AlterSubscriptionStmt": always(Contract, "rows of another database are written into "+
		"tables that the running version uses"),
	"DropSubscriptionStmt": always(Contract, "the rows that it brought come no more"),
	"CreateExtensionStmt CreateFdwStmt CreateForeignServerStmt ImportForeignSchemaStmt CreateUserMappingStmt": harmless,

	// who may do what
	"CreateRoleStmt":             harmless,
	"AlterRoleStmt":              always(Contract, "the running version may connect as this role, with what it had"),
	"AlterRoleSetStmt":           always(Contract, "every new connection of the role gets the setting, also the running version's"),
	"DropRoleStmt":               always(Contract, "the running version may connect as this role"),
	"GrantStmt GrantRoleStmt":    grants,
	"AlterDefaultPrivilegesStmt": harmless, // of objects to come
	"DropOwnedStmt":              always(Destructive, "everything that the role owns is gone, tables and their rows too"),
	"ReassignOwnedStmt":          always(Contract, "the old owner loses what only an owner may do"),

	// the whole database
	"DropdbStmt":           always(Destructive, "the database is gone"),
	"AlterDatabaseStmt":    always(Contract, "it may keep the running version from connecting"),
	"AlterDatabaseSetStmt": always(Contract, "every new connection gets the setting, also the running version's"),
	"AlterSystemStmt":      always(Contract, "the setting holds for the whole server"),
	"CreateEventTrigStmt":  createsEventTrigger,
	"DropTableSpaceStmt":   harmless, // PostgreSQL drops none that holds anything
	"CreatedbStmt AlterDatabaseRefreshCollStmt CreateTableSpaceStmt AlterTableSpaceOptionsStmt AlterEventTrigStmt": harmless,

	// upkeep
	"ClusterStmt":        clusters,
	"VacuumStmt":         vacuums,
	"ReindexStmt":        reindexes,
	"RefreshMatViewStmt": refreshes,
	"LockStmt":           locksTables,
	"CheckPointStmt":     harmless,

	// the session, which ends with Prisma's
	"VariableSetStmt": sets,
	"TransactionStmt": harmless, // see transaction.go
	"LoadStmt":        always(Contract, "what a library does to the server cannot be read here"),
	"VariableShowStmt DiscardStmt ConstraintsSetStmt FetchStmt ClosePortalStmt NotifyStmt ListenStmt UnlistenStmt": harmless,
})

func init() { // these evaluate what is within a statement by the table that they are in
	rules["DoStmt"], rules["CreateFunctionStmt"] = runsBlock, createsFunction
	rules["PrepareStmt"], rules["ExplainStmt"] = prepares, explains
}
