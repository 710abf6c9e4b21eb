package lint

import "strings"

// createsFunction reads a function's body: what it does is said of what calls it, and here, as who will call it, and when,
// nobody knows.
func createsFunction(p *pass, s fields) {
	does := p.bodyOf(s)
	name := id("OBJECT_FUNCTION", s.Funcname.key())
	before := p.catalog[name]
	p.catalog[name] = &object{fresh: p.fresh && (before == nil || before.fresh), effects: does} // one name may have several functions
	if kind, why := sum(does); kind.weight() > Locks.weight() {
		p.report(Contract, "once it is called: %s", why)
	}
	if s.Replace && !before.isNew() {
		p.report(Contract, replacesFunction, s.Funcname)
	}
}

// bodyOf is what a call of a function does. The catalog is left as it is, as nothing is called yet.
func (p *pass) bodyOf(s fields) []effect {
	inner := &pass{trees: p.trees, catalog: p.catalog.functions(), fresh: p.fresh, text: p.text}
	language := strings.ToLower(s.Options["language"].text())
	switch {
	case s.SQLBody.kind != "":
		losesRows(inner, s) // BEGIN ATOMIC, which has rows for its matter and nothing else
	case language == "sql":
		inner.inner(source(s.Options))
	case language == "plpgsql":
		inner.block(p.text)
	default:
		inner.report(Contract, "code in %q cannot be read here", language)
	}
	return inner.effects
}

// source is the text of a function's or block's body.
func source(given options) string {
	if list := as[struct{ Items dotted }](given["as"], "List").Items; len(list) > 0 {
		return list[0]
	}
	return given["as"].text()
}

// runsBlock evaluates what a DO block does, which is at once.
func runsBlock(p *pass, s fields) {
	if language, said := s.Args["language"]; said && strings.ToLower(language.text()) != "plpgsql" {
		p.report(Contract, "code in %q cannot be read here", language.text())
		return
	}
	p.block("DO '" + strings.ReplaceAll(source(s.Args), "'", "''") + "'")
}

const unreadCode = "its code cannot be read here: %s"

// block evaluates the PL/pgSQL of a DO or a CREATE FUNCTION.
func (p *pass) block(text string) {
	tree, err := p.trees.parse(plpgsql, text)
	if err != nil {
		p.report(Contract, unreadCode, err)
		return
	}
	// What stands under a condition or before EXCEPTION may have been there: it is not taken for new.
	defer func(fresh bool) { p.fresh = fresh }(p.fresh)
	p.fresh = false
	root := node{"code", tree}
	if len(within(root, "PLpgSQL_stmt_commit"))+len(within(root, "PLpgSQL_stmt_rollback")) > 0 && !p.file.alone {
		p.report(Fails, "code cannot end a transaction, and a file of several statements is one; %s", apart)
	}
	for _, one := range within(root, "PLpgSQL_stmt_dynexecute") {
		p.built(as[struct{ Query node }](one, one.kind).Query)
	}
	if len(within(root, "PLpgSQL_stmt_dynfors"))+len(within(root, "dynquery")) > 0 {
		p.report(Contract, unreadStatement)
	}
	for _, one := range within(root, "PLpgSQL_expr") {
		p.expression(as[expression](one, one.kind))
	}
}

// unreadStatement is said of a statement that code puts together itself.
const unreadStatement = "it runs a statement that it puts together itself, which cannot be read here"

// built evaluates EXECUTE in a block. Only a text that stands there can be read.
func (p *pass) built(query node) {
	statements, err := p.trees.statements("SELECT " + as[expression](query, "PLpgSQL_expr").Query)
	if err == nil && len(statements) == 1 {
		targets := as[struct {
			TargetList []struct{ ResTarget struct{ Val node } }
		}](statements[0].node, "SelectStmt").TargetList
		if len(targets) == 1 {
			if text := as[literal](targets[0].ResTarget.Val, "A_Const").Sval; text != nil {
				p.inner(text.Sval)
				return
			}
		}
	}
	p.report(Contract, unreadStatement)
}

// expression is what PL/pgSQL gives to SQL: by ParseMode a whole statement (0), an expression (2), or an assignment (3 and
// more, by the number of the target's parts).
type expression struct {
	Query     string
	ParseMode int
}

func (p *pass) expression(e expression) {
	switch e.ParseMode {
	case 0:
		p.inner(e.Query)
	case 2:
		p.inner("SELECT " + e.Query)
	default:
		_, value, _ := strings.Cut(e.Query, "=")
		p.inner("SELECT " + value)
	}
}

// inner evaluates the statements within code.
func (p *pass) inner(text string) {
	statements, err := p.trees.statements(text)
	if err != nil {
		p.report(Contract, unreadCode, err)
		return
	}
	for _, s := range statements {
		if name := outside(s.node); name != "" {
			p.report(Fails, "%s cannot run within code; %s", name, apart)
		}
		p.statement(s)
	}
}

func callsProcedure(p *pass, s fields) {
	if known := p.catalog[id("OBJECT_FUNCTION", s.Funccall.Funcname.key())]; known != nil {
		p.effects = append(p.effects, known.effects...)
		return
	}
	p.unknown(s.Funccall)
}

// prepares evaluates a statement where it is prepared, as if it ran.
func prepares(p *pass, s fields) {
	p.enter("PREPARE", s.Name, false)
	p.evaluate(s.Query)
}

func executes(p *pass, s fields) {
	if p.catalog[id("PREPARE", s.Name)] == nil {
		p.report(Contract, "it runs the statement %q, which no migration has prepared", s.Name)
	}
}

// explains evaluates EXPLAIN ANALYZE, which runs its statement.
func explains(p *pass, s fields) {
	if s.Options.on("analyze") {
		p.evaluate(s.Query)
	}
}

func altersFunction(p *pass, s fields) {
	if !p.isNew("OBJECT_FUNCTION", s.Func) {
		p.report(Contract, "function %q runs in another way for the running version from now on", s.Func)
	}
}
