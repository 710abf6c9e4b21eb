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

// sources is what the packages of this module say and reflection does not know; each is read once.
type sources struct {
	root      string
	read      map[string]bool     // by package path
	comments  map[string]string   // by package path, type, and field where it is a field's
	constants map[string][]string // words by package path and type, in the order declared
}

func newSources(root string) sources {
	return sources{root: root, read: map[string]bool{}, comments: map[string]string{}, constants: map[string][]string{}}
}

// of is the address of a type, whose package is read; the predeclared ones have none.
func (s sources) of(t reflect.Type) string {
	path := t.PkgPath()
	if folder, ours := strings.CutPrefix(path, module); ours && !s.read[path] {
		s.read[path] = true
		s.load(path, filepath.Join(s.root, filepath.FromSlash(folder)))
	}
	return path + "." + t.Name()
}

// load panics on source that does not parse: the program that holds this code would not have compiled.
func (s sources) load(path, folder string) {
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
				for _, spec := range general.Specs {
					s.add(path+".", spec, general.Doc)
				}
			}
		}
	}
}

func (s sources) add(path string, spec ast.Spec, doc *ast.CommentGroup) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		address := path + spec.Name.Name
		s.comments[address] = comment(doc, spec.Doc)
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, field := range body.Fields.List {
			for _, name := range field.Names {
				s.comments[address+"."+name.Name] = comment(field.Doc, field.Comment)
			}
		}
	case *ast.ValueSpec:
		of, typed := spec.Type.(*ast.Ident)
		for _, value := range spec.Values {
			literal, ok := value.(*ast.BasicLit)
			if !typed || !ok || literal.Kind != token.STRING {
				continue
			}
			if word, err := strconv.Unquote(literal.Value); err == nil {
				s.constants[path+of.Name] = append(s.constants[path+of.Name], word)
			}
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
