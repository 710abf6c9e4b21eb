package advice

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/internal/shell"
)

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	after   = regexp.MustCompile(`(?:next: |\brun |\bwith |\bcopy: |\()((?:aws|pulumi|git|docker|flowcomply) [a-z][a-z0-9-]+ [^,;()\n]*|make [a-z-]+(?: [A-Z_]+=[^\s,;()]+)+|go run \./[^,;()\n]*)`)
	verb    = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z%]`)
	english = regexp.MustCompile(`^\w+ (is|does) `)
	inFront = regexp.MustCompile(`^(?:aws|pulumi|git|docker) [a-z0-9-]+ `)
)

// messages are the commands in what the code says.
func messages(t testing.TB) []command {
	t.Helper()
	var all []command
	for _, folder := range []string{"components", "infra", "stacks", "verify", "release", "cmd", "internal", "local"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root(t), folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root(t), path)
			said := texts(file)
			for _, node := range slices.SortedFunc(maps.Keys(said), func(a, b ast.Expr) int { return int(a.Pos() - b.Pos()) }) {
				text := said[node]
				where := fmt.Sprintf("%s:%d", name, files.Position(node.Pos()).Line)
				for _, one := range advised(text.words, text.built) {
					all = append(all, command{where, one, false})
				}
			}
			return err
		}))
	}
	return all
}

// text is what an expression says, and whether Sprintf builds it, so that a command can be all of it.
type text struct {
	words string
	built bool
}

// texts are the strings of a file: concatenations as one, formats with their arguments in place.
func texts(file *ast.File) map[ast.Expr]text {
	found, part := map[ast.Expr]text{}, map[ast.Expr]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch one := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			for i, arg := range one.Args {
				if words, ok := constant(arg); ok && !part[arg] {
					found[arg] = text{format(words, one.Args[i+1:]), name(one.Fun) == "Sprintf"}
					mark(arg, part)
				}
			}
		case *ast.BinaryExpr:
			if words, ok := constant(one); ok && !part[one] {
				found[one] = text{words, false}
				mark(one, part)
			}
		case *ast.BasicLit:
			if words, ok := constant(one); ok && !part[one] {
				found[one] = text{words, false}
			}
		}
		return true
	})
	return found
}

func mark(expression ast.Expr, part map[ast.Expr]bool) {
	ast.Inspect(expression, func(node ast.Node) bool {
		if one, ok := node.(ast.Expr); ok {
			part[one] = true
		}
		return true
	})
}

// constant is a string of the source, with samples for what it joins to it; false where there is none.
func constant(expression ast.Expr) (string, bool) {
	switch one := expression.(type) {
	case *ast.ParenExpr:
		return constant(one.X)
	case *ast.BasicLit:
		if one.Kind != token.STRING {
			return "", false
		}
		words, err := strconv.Unquote(one.Value)
		return words, err == nil
	case *ast.BinaryExpr:
		left, isLeft := constant(one.X)
		right, isRight := constant(one.Y)
		if one.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = sample(one.X)
		}
		if !isRight {
			right = sample(one.Y)
		}
		return left + right, true
	}
	return "", false
}

// nasty is what a person may have chosen: the shell must read it as one word.
const nasty = `it's a "$HOME" \ of mine`

// sample is a value for an expression: nasty where the code quotes it, or where it names what people name freely.
func sample(expression ast.Expr) string {
	called, ok := expression.(*ast.CallExpr)
	switch {
	case ok && name(called.Fun) == "Quote":
		return shell.Quote(nasty)
	case free.MatchString(name(expression)):
		return nasty
	}
	return "sample"
}

// free are the names of values that may hold anything.
var free = regexp.MustCompile(`(?i)(path|folder|file|dir)$`)

func name(expression ast.Expr) string {
	switch one := expression.(type) {
	case *ast.Ident:
		return one.Name
	case *ast.SelectorExpr:
		return one.Sel.Name
	}
	return ""
}

// format puts samples where a format has its arguments.
func format(words string, args []ast.Expr) string {
	return verb.ReplaceAllStringFunc(words, func(one string) string {
		if one == "%%" {
			return "%"
		}
		value := "sample"
		if len(args) > 0 {
			value, args = sample(args[0]), args[1:]
		}
		switch one {
		case "%d":
			return "7"
		case "%q":
			return strconv.Quote(value)
		}
		return value
	})
}

// advised are the commands in a text: in backquotes, after a word that leads to one, or all of it.
func advised(words string, built bool) []string {
	var all []string
	for _, one := range quoted.FindAllStringSubmatch(words, -1) {
		if begins.MatchString(one[1]) && !strings.HasPrefix(one[1], "aws … ") {
			all = append(all, one[1])
		}
	}
	rest := quoted.ReplaceAllString(words, "")
	for _, one := range after.FindAllStringSubmatch(rest, -1) {
		all = append(all, one[1])
	}
	if built && len(all) == 0 && inFront.MatchString(rest) && !strings.Contains(rest, ": ") && !english.MatchString(rest) {
		all = append(all, rest)
	}
	return all
}
