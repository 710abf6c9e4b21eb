package lint

import (
	"maps"
	"strings"
)

type createFunctionStmt struct {
	Funcname dotted
	Replace  bool
	Options  []node
	SQLBody  node `json:"sql_body"`
}

// createsFunction reads a function's body: what it does is said of what calls it, and here, as who will call it, and when,
// nobody knows.
func (p *pass) createsFunction(n node) []effect {
	s := as[createFunctionStmt](n, n.kind)
	does := p.bodyOf(n, s)
	before := p.catalog.functions[s.Funcname.key()]
	made := p.fresh && (before == nil || before.isNew) // one name may have several functions
	p.catalog.functions[s.Funcname.key()] = &function{made, does}
	var found []effect
	if kind, why := sum(does); kind.weight() > Locks.weight() {
		found = contract("once it is called: %s", why)
	}
	if s.Replace && (before == nil || !before.isNew) {
		found = append(found, contract("if there is a function %q, it does another thing for the running version from now on", s.Funcname)...)
	}
	return found
}

// bodyOf is what a call of a function does. The catalog is left as it is, as nothing is called yet.
func (p *pass) bodyOf(n node, s createFunctionStmt) []effect {
	inner := &pass{trees: p.trees, catalog: newCatalog(), fresh: p.fresh, text: p.text}
	inner.catalog.functions = maps.Clone(p.catalog.functions)
	given := options(s.Options)
	language := strings.ToLower(given["language"].text())
	switch {
	case s.SQLBody.kind != "":
		return inner.lostRows(n) // BEGIN ATOMIC, which has rows for its matter and nothing else
	case language == "sql":
		return inner.inner(source(given))
	case language == "plpgsql":
		return inner.block(p.text)
	}
	return contract("code in %q cannot be read here", language)
}

// source is the text of a function's or block's body.
func source(given map[string]node) string {
	if list := given["as"].items(); len(list) > 0 {
		return list[0].text()
	}
	return given["as"].text()
}

// runsBlock evaluates what a DO block does, which is at once.
func (p *pass) runsBlock(n node) []effect {
	given := options(as[struct{ Args []node }](n, n.kind).Args)
	if language, said := given["language"]; said && strings.ToLower(language.text()) != "plpgsql" {
		return contract("code in %q cannot be read here", language.text())
	}
	return p.block("DO '" + strings.ReplaceAll(source(given), "'", "''") + "'")
}

// block evaluates the PL/pgSQL of a DO or a CREATE FUNCTION.
func (p *pass) block(text string) []effect {
	tree, err := p.trees.parse(plpgsql, text)
	if err != nil {
		return contract("its code cannot be read here: %s", err)
	}
	// What stands under a condition or before EXCEPTION may have been there: it is not taken for new.
	defer func(fresh bool) { p.fresh = fresh }(p.fresh)
	p.fresh = false
	root := node{"code", tree}
	var found []effect
	if len(within(root, "PLpgSQL_stmt_commit"))+len(within(root, "PLpgSQL_stmt_rollback")) > 0 && !p.file.alone {
		found = append(found, fails("code cannot end a transaction, and a file of several statements is one; %s", apart)...)
	}
	for _, one := range within(root, "PLpgSQL_stmt_dynexecute") {
		found = append(found, p.built(as[struct{ Query node }](one, one.kind).Query)...)
	}
	if len(within(root, "PLpgSQL_stmt_dynfors"))+len(within(root, "dynquery")) > 0 {
		found = append(found, unread...)
	}
	for _, one := range within(root, "PLpgSQL_expr") {
		found = append(found, p.expression(as[expression](one, one.kind))...)
	}
	return found
}

// unread is what is said of a statement that code puts together itself.
var unread = contract("it runs a statement that it puts together itself, which cannot be read here")

// built evaluates EXECUTE in a block. Only a text that stands there can be read.
func (p *pass) built(query node) []effect {
	statements, err := p.trees.statements("SELECT " + as[expression](query, "PLpgSQL_expr").Query)
	if err != nil || len(statements) != 1 {
		return unread
	}
	targets := as[struct{ TargetList []node }](statements[0].node, "SelectStmt").TargetList
	if len(targets) != 1 {
		return unread
	}
	text := as[literal](as[struct{ Val node }](targets[0], "ResTarget").Val, "A_Const").Sval
	if text == nil {
		return unread
	}
	return p.inner(text.Sval)
}

// expression is what PL/pgSQL gives to SQL: by ParseMode a whole statement (0), an expression (2), or an assignment (3 and
// more, by the number of the target's parts).
type expression struct {
	Query     string
	ParseMode int
}

func (p *pass) expression(e expression) []effect {
	switch e.ParseMode {
	case 0:
		return p.inner(e.Query)
	case 2:
		return p.inner("SELECT " + e.Query)
	}
	_, value, _ := strings.Cut(e.Query, "=")
	return p.inner("SELECT " + value)
}

// inner evaluates the statements within code.
func (p *pass) inner(text string) []effect {
	statements, err := p.trees.statements(text)
	if err != nil {
		return contract("its code cannot be read here: %s", err)
	}
	var found []effect
	for _, s := range statements {
		if name := outside(s.node); name != "" {
			found = append(found, fails("%s cannot run within code; %s", name, apart)...)
		}
		found = append(found, p.statement(s)...)
	}
	return found
}

type callStmt struct{ Funccall funcCall }

func callsProcedure(p *pass, s callStmt) []effect {
	if known := p.catalog.functions[s.Funccall.Funcname.key()]; known != nil {
		return known.effects
	}
	return p.unknown(s.Funccall)
}

type prepareStmt struct {
	Name  string
	Query node
}

// prepares evaluates a statement where it is prepared, as if it ran.
func prepares(p *pass, s prepareStmt) []effect {
	p.enter("PREPARE", s.Name, false)
	return p.evaluate(s.Query)
}

type executeStmt struct{ Name string }

func executes(p *pass, s executeStmt) []effect {
	if _, prepared := p.catalog.others[other("PREPARE", s.Name)]; prepared {
		return nil
	}
	return contract("it runs the statement %q, which no migration has prepared", s.Name)
}

type explainStmt struct {
	Query   node
	Options []node
}

// explains evaluates EXPLAIN ANALYZE, which runs its statement.
func explains(p *pass, s explainStmt) []effect {
	if on(options(s.Options), "analyze") {
		return p.evaluate(s.Query)
	}
	return nil
}

type alterFunctionStmt struct {
	Func node
}

func altersFunction(p *pass, s alterFunctionStmt) []effect {
	named := nameOf(s.Func)
	if p.objectIsNew("OBJECT_FUNCTION", named) {
		return nil
	}
	return contract("function %q runs in another way for the running version from now on", named)
}
