package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"regexp"
	"strings"
)

// comment is a line that is a comment and nothing else, with what it stands at.
type comment struct {
	text, symbol string
	line         int
}

// commentsOf are the comments of a file: in Go what the parser says, so that a text in quotes is none.
func commentsOf(file string, text []byte) ([]comment, error) {
	if path.Ext(file) != ".go" {
		return hashComments(file, strings.Split(string(text), "\n")), nil
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	var all []comment
	for _, group := range parsed.Comments {
		for _, one := range group.List {
			all = append(all, comment{text: one.Text, line: set.Position(one.Pos()).Line, symbol: goSymbol(parsed, file, one)})
		}
	}
	return all, nil
}

// goSymbol is the declaration that a comment stands in or above, with the last word of its package's path: a command's
// package is called main.
func goSymbol(file *ast.File, name string, at *ast.Comment) string {
	folder := path.Base(path.Dir(name))
	for _, declaration := range file.Decls {
		if symbol := declared(declaration, at); symbol != "" {
			return folder + "." + symbol
		}
	}
	return folder
}

// declared is the name of what a comment stands in or above: a function, Type.Method, Type.Field; empty for none. What
// stands above a group of declarations is the first one's.
func declared(declaration ast.Decl, at *ast.Comment) string {
	switch declaration := declaration.(type) {
	case *ast.FuncDecl:
		switch {
		case !holds(declaration.Doc, declaration, at):
			return ""
		case declaration.Recv == nil:
			return declaration.Name.Name
		}
		return strings.TrimPrefix(types.ExprString(declaration.Recv.List[0].Type), "*") + "." + declaration.Name.Name
	case *ast.GenDecl:
		if declaration.Tok == token.IMPORT || !holds(declaration.Doc, declaration, at) {
			return ""
		}
		for _, spec := range declaration.Specs {
			if name, doc, body := specified(spec); holds(doc, spec, at) {
				return name + fieldAt(body, at)
			}
		}
		name, _, _ := specified(declaration.Specs[0])
		return name
	}
	return ""
}

func specified(spec ast.Spec) (name string, doc *ast.CommentGroup, body ast.Expr) {
	if one, ok := spec.(*ast.ValueSpec); ok {
		return one.Names[0].Name, one.Doc, nil
	}
	one := spec.(*ast.TypeSpec)
	return one.Name.Name, one.Doc, one.Type
}

func fieldAt(body ast.Expr, at *ast.Comment) string {
	if structure, ok := body.(*ast.StructType); ok {
		for _, field := range structure.Fields.List {
			if len(field.Names) > 0 && holds(field.Doc, field, at) {
				return "." + field.Names[0].Name
			}
		}
	}
	return ""
}

// holds tells whether a comment is in what is declared or in the comment above it.
func holds(doc *ast.CommentGroup, node ast.Node, at *ast.Comment) bool {
	start := node.Pos()
	if doc != nil {
		start = min(start, doc.Pos())
	}
	return start <= at.Pos() && at.Pos() < node.End()
}

// What a comment with # stands above: a target of make, a key of YAML, a function or class of Python.
var (
	targetForm = regexp.MustCompile(`^([a-zA-Z0-9-]+):`)
	keyForm    = regexp.MustCompile(`^ *(?:- )?"?([A-Za-z0-9_.:-]+?)"?:(?: |$)`)
	pythonForm = regexp.MustCompile(`^ *(?:async )?(?:def|class) ([A-Za-z0-9_]+)`)
)

func hashComments(file string, lines []string) []comment {
	var all []comment
	for i, raw := range lines {
		if text := strings.TrimSpace(raw); strings.HasPrefix(text, "#") {
			all = append(all, comment{text: text, line: i + 1, symbol: below(file, lines[i+1:])})
		}
	}
	return all
}

// below names what the first line that is no comment begins; nothing where it begins nothing with a name.
func below(file string, lines []string) string {
	form, before := pythonForm, ""
	switch {
	case path.Base(file) == "Makefile":
		form, before = targetForm, "make "
	case path.Ext(file) == ".yaml":
		form = keyForm
	}
	for _, one := range lines {
		if text := strings.TrimSpace(one); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if found := form.FindStringSubmatch(one); found != nil {
			return before + strings.TrimPrefix(found[1], "flowcomply:")
		}
		return ""
	}
	return ""
}
