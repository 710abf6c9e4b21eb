package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

const module = "github.com/flowcomply/infrastructure/"

// sources reads the comments of packages of this module, each once.
type sources struct {
	root     string
	packages map[string]*documented
}

// documented is what a package's source says and reflection does not know.
type documented struct {
	types     map[string]string            // type → comment
	fields    map[string]map[string]string // type → field → comment
	constants map[string][]string          // type → words, in the order declared
}

func (s sources) fieldComment(owner reflect.Type, field string) string {
	return s.of(owner).fields[owner.Name()][field]
}

func (s sources) typeComment(t reflect.Type) string { return s.of(t).types[t.Name()] }

func (s sources) constants(t reflect.Type) []string { return s.of(t).constants[t.Name()] }

// of is the package of a type; nothing for the predeclared ones.
func (s sources) of(t reflect.Type) *documented {
	path, ours := strings.CutPrefix(t.PkgPath(), module)
	if !ours {
		return &documented{}
	}
	if s.packages[path] == nil {
		s.packages[path] = read(filepath.Join(s.root, filepath.FromSlash(path)))
	}
	return s.packages[path]
}

// read panics on source that does not parse: the program that holds this code would not have compiled.
func read(folder string) *documented {
	out := &documented{types: map[string]string{}, fields: map[string]map[string]string{}, constants: map[string][]string{}}
	entries, err := os.ReadDir(folder)
	if err != nil {
		panic(fmt.Sprintf("configdocs: source: %v; run at the repository's root", err))
	}
	for _, entry := range entries { // sorted by name
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.ParseComments)
		if err != nil {
			panic(fmt.Sprintf("configdocs: source: %v", err))
		}
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok {
				out.add(general)
			}
		}
	}
	return out
}

func (d *documented) add(general *ast.GenDecl) {
	for _, spec := range general.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			d.types[spec.Name.Name] = comment(general.Doc, spec.Doc)
			if body, ok := spec.Type.(*ast.StructType); ok {
				d.fields[spec.Name.Name] = fields(body)
			}
		case *ast.ValueSpec:
			d.addConstant(spec)
		}
	}
}

func fields(body *ast.StructType) map[string]string {
	out := map[string]string{}
	for _, field := range body.Fields.List {
		for _, name := range field.Names {
			out[name.Name] = comment(field.Doc, field.Comment)
		}
	}
	return out
}

func (d *documented) addConstant(spec *ast.ValueSpec) {
	of, typed := spec.Type.(*ast.Ident)
	for _, value := range spec.Values {
		literal, ok := value.(*ast.BasicLit)
		if !typed || !ok || literal.Kind != token.STRING {
			continue
		}
		if word, err := strconv.Unquote(literal.Value); err == nil {
			d.constants[of.Name] = append(d.constants[of.Name], word)
		}
	}
}

// comment is the first of the groups that there is, on one line.
func comment(groups ...*ast.CommentGroup) string {
	for _, group := range groups {
		if group != nil {
			return strings.Join(strings.Fields(group.Text()), " ")
		}
	}
	return ""
}
