package lint

// fields are the fields of statements that rules read; each type of statement has some of them.
type fields struct {
	node node // the statement itself

	Kind, Subtype, Context, Target, Behavior    string
	Objtype, ObjectType, RemoveType, RenameType string

	// what it names
	Name, Schemaname, Trigname, Eventname, Rulename, Idxname, Filename string
	PolicyName                                                         string `json:"policy_name"`
	Subname, Newname, Newschema, OldVal, NewVal                        string
	Relation, Table, View, Sequence, Typevar                           rangeVar
	TypeName, Domainname, Defnames, Funcname, Object, Func             dotted
	Objects                                                            []dotted
	Relations                                                          []struct{ RangeVar rangeVar }
	Into                                                               struct{ Rel rangeVar }
	IntoClause                                                         *struct{ Rel rangeVar }

	// what it consists of
	Query        node
	SQLBody      node `json:"sql_body"`
	Def          node
	Funccall     funcCall
	Constraints  []struct{ Constraint constraint }
	Cmds         []struct{ AlterTableCmd alterCommand }
	IndexParams  []struct{ IndexElem struct{ Name string } }
	MergeClauses []struct{ MergeWhenClause struct{ CommandType string } } `json:"mergeWhenClauses"`
	TableElts    []struct {
		ColumnDef       *columnDef
		Constraint      *constraint
		TableLikeClause *struct{}
	}
	InhRelations []node
	OfTypename   *typeName
	Base         *fields // of a foreign table

	// how it is done
	Options, Params, Args       options
	Mode                        int
	Replace, Unique, Concurrent bool
	SkipData, Chain             bool
	IfNotExists                 bool `json:"if_not_exists"`
	NullsNotDistinct            bool `json:"nulls_not_distinct"`
	IsProgram                   bool `json:"is_program"`
	IsGrant                     bool `json:"is_grant"`
	IsVacuum                    bool `json:"is_vacuumcmd"`
}

// named is what a statement is about, which the tree has in one of three fields.
func (s fields) named() dotted {
	switch {
	case s.Relation.Relname != "":
		return s.Relation.dotted()
	case s.Object != nil:
		return s.Object
	}
	return dotted{s.Subname}
}
