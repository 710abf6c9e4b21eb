package lint

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wasilibs/go-pgquery/parser"
)

// parserVersion is go.mod's of github.com/wasilibs/go-pgquery, which holds PostgreSQL's parser; a test compares them.
const parserVersion = "v0.0.0-20260728010200-155ebad2880e"

// Grammar is the version of PostgreSQL whose parser this is.
const Grammar = 17

// syntaxError is what PostgreSQL would answer.
type syntaxError struct {
	message string
	at      int // character, from 1; 0 where PostgreSQL does not say
}

func (e *syntaxError) Error() string { return e.message }

// trees are PostgreSQL's parse trees, as JSON, by a hash of the text. Starting the parser takes three seconds of a
// processor, because it is compiled from WebAssembly in each process that uses it. So trees are also kept in a
// private folder of the user, where the next preview of the same migrations finds them. The folder may be deleted at any
// time; without one, each process parses for itself.
type trees struct {
	folder string // empty: nothing is kept
	mutex  sync.Mutex
	known  map[string][]byte
}

var shared = sync.OnceValue(func() *trees { return newTrees(cacheFolder()) })

func newTrees(folder string) *trees { return &trees{folder: folder, known: map[string][]byte{}} }

// cacheFolder has the parser's version in it, so that no version reads what another wrote.
func cacheFolder() string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "flowcomply", "parse-trees", parserVersion)
}

// A language is one of the parser's two grammars.
type language struct {
	name  string
	parse func(string) (string, error)
}

var (
	sql     = language{"sql", parser.ParseToJSON}
	plpgsql = language{"plpgsql", parser.ParsePlPgSqlToJSON}
)

// parse returns the tree of a text. An error is a *syntaxError, unless the parser itself broke.
func (t *trees) parse(in language, text string) ([]byte, error) {
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(in.name+"\n"+text)))
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if tree, ok := t.known[key]; ok {
		return tree, nil
	}
	tree := t.read(key)
	if tree == nil {
		var err error
		if tree, err = run(in, text); err != nil {
			return nil, err
		}
		t.write(key, tree)
	}
	t.known[key] = tree
	return tree, nil
}

func (t *trees) read(key string) []byte {
	if t.folder == "" {
		return nil
	}
	tree, err := os.ReadFile(filepath.Join(t.folder, key))
	if err != nil || !json.Valid(tree) {
		return nil
	}
	return tree
}

// write keeps a tree. That it cannot be kept costs the next process some seconds and is no error. The file gets its name when it
// is whole, so that nobody reads half of one.
func (t *trees) write(key string, tree []byte) {
	if t.folder == "" || os.MkdirAll(t.folder, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(t.folder, key+".*") // only its owner can read it
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	_, err = file.Write(tree)
	if errors.Join(err, file.Close()) == nil {
		_ = os.Rename(file.Name(), filepath.Join(t.folder, key))
	}
}

// run calls the parser. A crash in its WebAssembly becomes an error.
func run(in language, text string) (tree []byte, err error) {
	if at := strings.IndexByte(text, 0); at >= 0 { // where the parser's text would end
		return nil, &syntaxError{"a byte 0", utf8.RuneCountInString(text[:at]) + 1}
	}
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("PostgreSQL's parser crashed: %v", crash)
		}
	}()
	out, err := in.parse(text)
	var refused *parser.Error
	if errors.As(err, &refused) {
		return nil, &syntaxError{refused.Message, refused.Cursorpos}
	}
	return []byte(out), err
}
