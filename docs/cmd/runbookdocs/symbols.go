package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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

func declared(declaration ast.Decl, at *ast.Comment) string {
	switch declaration := declaration.(type) {
	case *ast.FuncDecl:
		if !holds(declaration.Doc, declaration, at) {
			return ""
		}
		if declaration.Recv == nil {
			return declaration.Name.Name
		}
		return receiver(declaration.Recv.List[0].Type) + "." + declaration.Name.Name
	case *ast.GenDecl:
		if declaration.Tok == token.IMPORT || !holds(declaration.Doc, declaration, at) {
			return ""
		}
		for _, spec := range declaration.Specs {
			if symbol := specified(spec, at); symbol != "" {
				return symbol
			}
		}
		return named(declaration.Specs[0]) // the comment is above all of them
	}
	return ""
}

func specified(spec ast.Spec, at *ast.Comment) string {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		if holds(spec.Doc, spec, at) {
			return named(spec)
		}
	case *ast.TypeSpec:
		if !holds(spec.Doc, spec, at) {
			return ""
		}
		if body, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range body.Fields.List {
				if len(field.Names) > 0 && holds(field.Doc, field, at) {
					return named(spec) + "." + field.Names[0].Name
				}
			}
		}
		return named(spec)
	}
	return ""
}

func named(spec ast.Spec) string {
	if one, ok := spec.(*ast.ValueSpec); ok {
		return one.Names[0].Name
	}
	return spec.(*ast.TypeSpec).Name.Name
}

// holds tells whether a comment is in what is declared or in the comment above it.
func holds(doc *ast.CommentGroup, node ast.Node, at *ast.Comment) bool {
	start := node.Pos()
	if doc != nil {
		start = min(start, doc.Pos())
	}
	return start <= at.Pos() && at.Pos() < node.End()
}

func receiver(expression ast.Expr) string {
	if star, ok := expression.(*ast.StarExpr); ok {
		expression = star.X
	}
	if name, ok := expression.(*ast.Ident); ok {
		return name.Name
	}
	return "?"
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
