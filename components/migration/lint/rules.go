package lint

const published = "PostgreSQL refuses updates and deletes of a published table that has neither a primary key nor a replica identity"

// rules has an entry for every type of statement that PostgreSQL's grammar has (the members of its parsenodes.h that its
// gram.y returns; a test compares). A rule also enters into the catalog what the statement makes.
var rules = map[string]rule{
	// rows
	"SelectStmt":   (*pass).query,
	"InsertStmt":   (*pass).lostRows,
	"UpdateStmt":   (*pass).lostRows,
	"DeleteStmt":   (*pass).lostRows,
	"MergeStmt":    (*pass).lostRows,
	"CopyStmt":     given(copies),
	"TruncateStmt": given(truncates),

	// tables and what is on them
	"CreateStmt":             given(createsTable),
	"CreateForeignTableStmt": given(createsForeignTable),
	"CreateTableAsStmt":      given(createsTableAs),
	"ViewStmt":               given(createsView),
	"AlterTableStmt":         given(altersTable),
	"AlterTableMoveAllStmt":  always(locks("moving tables to another tablespace copies them, and nobody reads or writes them meanwhile")),
	"IndexStmt":              given(createsIndex),
	"CreateTrigStmt":         given(createsTrigger),
	"RuleStmt":               given(createsRule),
	"CreatePolicyStmt":       given(createsPolicy),
	"AlterPolicyStmt":        given(createsPolicy),
	"CreateStatsStmt":        harmless,
	"AlterStatsStmt":         harmless,
	"DropStmt":               given(drops),
	"RenameStmt":             given(renames),
	"AlterObjectSchemaStmt":  given(movesToSchema),
	"AlterOwnerStmt":         given(changesOwner),
	"AlterObjectDependsStmt": harmless,
	"CommentStmt":            harmless,
	"SecLabelStmt":           harmless,

	// types, sequences, functions
	"CreateEnumStmt":           given(createsType),
	"CreateRangeStmt":          given(createsType),
	"CompositeTypeStmt":        given(createsComposite),
	"CreateDomainStmt":         given(createsDomain),
	"AlterDomainStmt":          given(altersDomain),
	"AlterEnumStmt":            given(altersEnum),
	"AlterTypeStmt":            always(contract("the type reads and writes its values in another way, and the running version uses it")),
	"CreateSeqStmt":            given(createsSequence),
	"AlterSeqStmt":             given(altersSequence),
	"AlterFunctionStmt":        given(altersFunction),
	"DefineStmt":               given(defines),
	"CreateCastStmt":           given(createsCast),
	"CreateConversionStmt":     harmless,
	"CreateTransformStmt":      harmless,
	"CreateOpClassStmt":        harmless,
	"CreateOpFamilyStmt":       harmless,
	"AlterOpFamilyStmt":        always(contract("the running version's queries and indexes may need the operator family as it was")),
	"AlterOperatorStmt":        always(contract("the running version's queries may need the operator as it was")),
	"AlterCollationStmt":       harmless, // REFRESH VERSION
	"CreateAmStmt":             harmless,
	"CreatePLangStmt":          harmless,
	"AlterTSDictionaryStmt":    always(contract("the running version's searches may need the dictionary as it was")),
	"AlterTSConfigurationStmt": always(contract("the running version's searches may need the configuration as it was")),

	// code
	"CallStmt":       given(callsProcedure),
	"ExecuteStmt":    given(executes),
	"DeallocateStmt": harmless,

	// schemas, extensions, other servers
	"CreateSchemaStmt":           given(createsSchema),
	"CreateExtensionStmt":        harmless,
	"AlterExtensionStmt":         always(contract("another version of an extension may lack what the running version uses")),
	"AlterExtensionContentsStmt": harmless, // what belongs to an extension
	"CreateFdwStmt":              harmless,
	"AlterFdwStmt":               always(contract("the running version may read foreign tables through it")),
	"CreateForeignServerStmt":    harmless,
	"AlterForeignServerStmt":     always(contract("the running version may read foreign tables through it")),
	"ImportForeignSchemaStmt":    harmless,
	"CreateUserMappingStmt":      harmless,
	"AlterUserMappingStmt":       always(contract("the running version may read foreign tables through it")),
	"DropUserMappingStmt":        always(contract("the running version may read foreign tables through it")),
	"CreatePublicationStmt":      always(contract(published)),
	"AlterPublicationStmt":       always(contract("a subscriber may need what was published; " + published)),
	"CreateSubscriptionStmt":     always(contract("rows of another database are written into tables that the running version uses")),
	"AlterSubscriptionStmt":      always(contract("rows of another database are written into tables that the running version uses")),
	"DropSubscriptionStmt":       always(contract("the rows that it brought come no more")),

	// who may do what
	"CreateRoleStmt":             harmless,
	"AlterRoleStmt":              always(contract("the running version may connect as this role, with what it had")),
	"AlterRoleSetStmt":           always(contract("every new connection of the role gets the setting, also the running version's")),
	"DropRoleStmt":               always(contract("the running version may connect as this role")),
	"GrantStmt":                  given(grants),
	"GrantRoleStmt":              given(grants),
	"AlterDefaultPrivilegesStmt": harmless, // of objects to come
	"DropOwnedStmt":              always(destructive("everything that the role owns is gone, tables and their rows too")),
	"ReassignOwnedStmt":          always(contract("the old owner loses what only an owner may do")),

	// the whole database
	"CreatedbStmt":                 harmless,
	"DropdbStmt":                   always(destructive("the database is gone")),
	"AlterDatabaseStmt":            always(contract("it may keep the running version from connecting")),
	"AlterDatabaseSetStmt":         always(contract("every new connection gets the setting, also the running version's")),
	"AlterDatabaseRefreshCollStmt": harmless,
	"AlterSystemStmt":              always(contract("the setting holds for the whole server")),
	"CreateTableSpaceStmt":         harmless,
	"AlterTableSpaceOptionsStmt":   harmless,
	"DropTableSpaceStmt":           harmless, // PostgreSQL drops none that holds anything
	"CreateEventTrigStmt":          given(createsEventTrigger),
	"AlterEventTrigStmt":           harmless,

	// upkeep
	"ClusterStmt":        given(clusters),
	"VacuumStmt":         given(vacuums),
	"ReindexStmt":        given(reindexes),
	"RefreshMatViewStmt": given(refreshes),
	"LockStmt":           given(locksTables),
	"CheckPointStmt":     harmless,

	// the session, which ends with Prisma's
	"TransactionStmt":    harmless, // see transaction.go
	"VariableSetStmt":    given(sets),
	"VariableShowStmt":   harmless,
	"DiscardStmt":        harmless,
	"ConstraintsSetStmt": harmless,
	"DeclareCursorStmt":  (*pass).query,
	"FetchStmt":          harmless,
	"ClosePortalStmt":    harmless,
	"NotifyStmt":         harmless,
	"ListenStmt":         harmless,
	"UnlistenStmt":       harmless,
	"LoadStmt":           always(contract("what a library does to the server cannot be read here")),
}

func init() { // these evaluate what is within a statement by the table that they are in
	rules["DoStmt"] = (*pass).runsBlock
	rules["CreateFunctionStmt"] = (*pass).createsFunction
	rules["PrepareStmt"] = given(prepares)
	rules["ExplainStmt"] = given(explains)
}
