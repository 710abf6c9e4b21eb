// Package maporder finds loops over a map whose outcome depends on the map's order, which is another each time: what is
// written, shown or put into a list then differs from run to run, and so does what the first match decides.
//
// A loop is reported where its body appends to a slice that nothing sorts afterwards, writes text, or returns something of
// the loop's own. One that fills another map, counts or deletes is in order, and so is one over slices.Sorted(maps.Keys(m)).
// What a function that is called from the body does with its arguments is not looked at, and neither are tests.
package maporder

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports them, for `go vet -vettool`.
var Analyzer = &analysis.Analyzer{
	Name: "maporder", Doc: "report loops over a map whose outcome depends on the map's order", Run: run,
}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		if strings.HasSuffix(pass.Fset.Position(file.Pos()).Filename, "_test.go") {
			continue
		}
		for _, declared := range file.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok && function.Body != nil {
				look(pass, function)
			}
		}
	}
	return nil, nil
}

func look(pass *analysis.Pass, function *ast.FuncDecl) {
	ast.Inspect(function.Body, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		if !ok {
			return true
		}
		over := pass.TypesInfo.TypeOf(loop.X)
		if over == nil {
			return true
		}
		if _, isMap := over.Underlying().(*types.Map); !isMap {
			return true
		}
		if why := depends(loop, pass.TypesInfo); why != "" && !sortedAfter(function, loop.End()) {
			pass.Reportf(loop.Pos(), "the order of a map is another each time, and this loop %s: go over slices.Sorted(maps.Keys(…))", why)
		}
		return true
	})
}

// writers are the methods and functions by which text leaves a body.
var writers = []string{"Fprint", "Fprintf", "Fprintln", "Print", "Printf", "Println", "Write", "WriteByte", "WriteRune", "WriteString", "say"}

// depends tells by what the outcome of a loop depends on the order of its turns; empty: by nothing.
func depends(loop *ast.RangeStmt, info *types.Info) string {
	why := ""
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch node := n.(type) {
		case *ast.FuncLit:
			return false // is called elsewhere
		case *ast.CallExpr:
			switch called := node.Fun.(type) {
			case *ast.Ident:
				if called.Name == "append" {
					why = "appends to what nothing sorts afterwards"
				}
			case *ast.SelectorExpr:
				if slices.Contains(writers, called.Sel.Name) {
					why = "writes"
				}
			}
		case *ast.ReturnStmt:
			if slices.ContainsFunc(node.Results, func(result ast.Expr) bool { return mentions(result, loop, info) }) {
				why = "returns the first match"
			}
		}
		return true
	})
	return why
}

// mentions tells whether an expression has the loop's key or value in it.
func mentions(expression ast.Expr, loop *ast.RangeStmt, info *types.Info) bool {
	own := map[types.Object]bool{}
	for _, variable := range []ast.Expr{loop.Key, loop.Value} {
		if name, ok := variable.(*ast.Ident); ok && name.Name != "_" {
			own[info.ObjectOf(name)] = true
		}
	}
	found := false
	ast.Inspect(expression, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && own[info.ObjectOf(name)] {
			found = true
		}
		return true
	})
	return found
}

// sortedAfter tells whether the function sorts something behind a place.
func sortedAfter(function *ast.FuncDecl, place token.Pos) bool {
	found := false
	ast.Inspect(function.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < place {
			return true
		}
		called, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, ok := called.X.(*ast.Ident)
		if ok && (from.Name == "slices" || from.Name == "sort") && strings.HasPrefix(called.Sel.Name, "Sort") {
			found = true
		}
		return true
	})
	return found
}
