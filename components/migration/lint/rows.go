package lint

import "strings"

// losesRows reports rows that a statement deletes, also in its WITH part.
func losesRows(p *pass, s fields) {
	for _, one := range within(s.node, "DeleteStmt") {
		p.loseRows(as[fields](one, one.kind).Relation)
	}
	for _, one := range within(s.node, "MergeStmt") {
		merge := as[fields](one, one.kind)
		for _, clause := range merge.MergeClauses {
			if clause.MergeWhenClause.CommandType == "CMD_DELETE" {
				p.loseRows(merge.Relation)
			}
		}
	}
}

func (p *pass) loseRows(from rangeVar) {
	if !p.catalog.table(from).isNew() {
		p.report(Destructive, "rows of %q are gone", from)
	}
}

// query evaluates what a SELECT does beside reading: rows that its WITH part deletes, a table that it makes, functions that it
// calls. CALL and DECLARE CURSOR are evaluated likewise.
func query(p *pass, s fields) {
	if s.IntoClause != nil {
		p.addTable(s.IntoClause.Rel, p.fresh).open = true
	}
	losesRows(p, s)
	for _, one := range within(s.node, "FuncCall") {
		p.unknown(as[funcCall](one, one.kind))
	}
}

// unknown says that nobody knows what a function does. In a statement that only calls functions they are there for what
// they do, while those of INSERT or UPDATE compute a value.
func (p *pass) unknown(call funcCall) {
	name := strings.TrimPrefix(call.Funcname.String(), "pg_catalog.")
	switch {
	case name == "set_config" && len(call.Args) > 0 && isText(call.Args[0], "search_path"):
		p.report(Contract, searchPath)
	case p.catalog[id("OBJECT_FUNCTION", call.Funcname.key())] == nil && !pure[name]: // what is known of it, calls says
		p.report(Contract, "it calls %s, and what that does cannot be read here", name)
	}
}

// computing are the statements that call the functions in them; the others keep an expression for later.
var computing = setOf("SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CreateTableAsStmt DeclareCursorStmt CallStmt AlterTableStmt IndexStmt")

// calls says what functions do that migrations made.
func (p *pass) calls(n node) {
	functions := p.catalog.functions()
	if len(functions) == 0 || !computing[n.kind] {
		return
	}
	for _, one := range within(n, "FuncCall") {
		if known := functions[id("OBJECT_FUNCTION", as[funcCall](one, one.kind).Funcname.key())]; known != nil {
			p.effects = append(p.effects, known.effects...)
		}
	}
}

func isText(n node, want string) bool {
	value := as[literal](n, "A_Const").Sval
	return value != nil && strings.EqualFold(value.Sval, want)
}

func truncates(p *pass, s fields) {
	for _, one := range s.Relations {
		p.loseRows(one.RangeVar)
	}
	if s.Behavior == cascade {
		p.report(Destructive, "CASCADE empties every table that refers to it too")
	}
}

func copies(p *pass, s fields) {
	switch {
	case s.Filename == "":
		p.report(Fails, "Prisma has no data to send to COPY and takes none from it; next: write INSERT")
	case s.IsProgram:
		p.report(Contract, "what the program does on the database's machine cannot be read here")
	}
}

// pure are PostgreSQL's own functions that migrations call in SELECT or in code, and that change nothing that others see.
// setval and nextval change a sequence, and what is there to come gets another number.
var pure = setOf(`
	abs age any_value array_agg array_append array_length array_position array_remove array_to_string array_upper avg
	bool_and bool_or btrim cardinality ceil ceiling char_length chr clock_timestamp coalesce col_description concat concat_ws
	count current_database current_schema current_schemas current_setting current_user date_part date_trunc decode
	dense_rank digest encode every exists exp extract first_value floor format format_type gen_random_bytes gen_random_uuid
	generate_series greatest has_column_privilege has_schema_privilege has_table_privilege initcap isfinite json_agg
	json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
	json_each_text json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length
	jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
	jsonb_object_agg jsonb_object_keys jsonb_set jsonb_strip_nulls jsonb_typeof justify_days lag last_value lead least left
	length lower lpad ltrim make_date make_interval make_timestamp max md5 min mod now nth_value ntile nullif num_nonnulls
	num_nulls obj_description octet_length overlay percent_rank pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock
	pg_backend_pid pg_column_size pg_get_constraintdef pg_get_expr pg_get_indexdef pg_get_serial_sequence pg_get_viewdef
	pg_relation_size pg_sleep pg_table_is_visible pg_table_size pg_total_relation_size pg_typeof position power quote_ident
	quote_literal quote_nullable random rank regexp_count regexp_like regexp_match regexp_matches regexp_replace
	regexp_split_to_array regexp_split_to_table repeat replace reverse right round row_number row_to_json rpad rtrim
	session_user set_config setval nextval currval lastval sha256 sign split_part sqrt starts_with statement_timestamp
	string_agg string_to_array strpos substr substring sum to_char to_date to_json to_jsonb to_number to_regclass
	to_regnamespace to_regproc to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector
	transaction_timestamp translate trim trunc txid_current unnest upper uuid_generate_v4 version width_bucket
`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}
