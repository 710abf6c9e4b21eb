package migration

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/migration/lint"
)

// What each statement does is held by the tables of package lint. These tests hold what is made of it here.

// The folders of testdata/cases are inputs that were once judged wrongly.
func TestCases_AreJudgedRightly(t *testing.T) {
	type finding struct {
		line int
		kind lint.Kind
		says string
	}
	cases := map[string]struct {
		readError string
		found     []finding
		allowed   bool // the release may go on without an allowance
	}{
		"decimal-not-null":            {found: []finding{{2, lint.Contract, `column "total" is required and has no default`}}},
		"decimal-not-null-second":     {found: []finding{{2, lint.Contract, `column "rate" is required and has no default`}}},
		"decimal-followed-by-default": {allowed: true},
		"estring-hides-drop":          {found: []finding{{3, lint.Destructive, `column "legacyBody" and its data are gone`}}},
		"enum-add-value":              {found: []finding{{2, lint.Contract, `does not know the value "ARCHIVED"`}}},
		"unique-index":                {found: []finding{{2, lint.Contract, `the same value of "email" twice into "User"`}}},
		"rename-constraint":           {allowed: true},
		"digits-name":                 {found: []finding{{1, lint.Destructive, `table "Asset" and its rows are gone`}}},
		"concurrently-mixed":          {found: []finding{{2, lint.Fails, "CREATE INDEX CONCURRENTLY cannot run in a transaction"}}},
		"utf16-drop":                  {readError: "migration 20251001090000_change: migration.sql is in UTF-16 LE"},
	}
	folders, err := os.ReadDir("testdata/cases")
	require.NoError(t, err)
	assert.Len(t, folders, len(cases))
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			want, there := cases[folder.Name()]
			require.True(t, there)
			set, err := Read(os.DirFS(filepath.Join("testdata/cases", folder.Name())))
			if want.readError != "" {
				require.ErrorContains(t, err, want.readError)
				return
			}
			require.NoError(t, err)
			found := set.Lint()
			require.Len(t, found, len(want.found))
			for i, one := range want.found {
				assert.Equal(t, one.line, found[i].Line)
				assert.Equal(t, one.kind, found[i].Kind)
				assert.Contains(t, found[i].Why, one.says)
			}
			assert.Equal(t, want.allowed, Spec{}.Check(set) == nil)
		})
	}
}

func TestCheck_RefusesWhatIsNotAllowed(t *testing.T) {
	set := Set{
		{Name: "1_init", SQL: `CREATE TABLE "A" (n INT); CREATE TABLE "B" (id INT);`},
		{Name: "2_gone", SQL: "ALTER TABLE \"A\" DROP COLUMN n;\nDROP TABLE \"B\";"},
		{Name: "3_slow", SQL: `CREATE INDEX i ON "A"(id);`},
		{Name: "4_enum", SQL: `ALTER TYPE "S" ADD VALUE 'x';`},
	}
	err := Spec{AllowDestructive: []string{"0_old"}}.Check(set, "1_init")
	require.EqualError(t, err, `migration 2_gone line 1: ALTER TABLE "A" DROP COLUMN n: destructive: column "n" and its data are gone, and the running version may still use it
migration 2_gone line 2: DROP TABLE "B": destructive: table "B" and its rows are gone, and the running version may still use it
next: let old code live with it first and do this in a later release, or allow it: pulumi config set --path 'flowcomply:migration.allowDestructive[1]' 2_gone --type string
migration 4_enum line 1: ALTER TYPE "S" ADD VALUE 'x': contract: the running version does not know the value "x", and Prisma's client fails on a row that has it
next: let old code live with it first and do this in a later release, or allow it: pulumi config set --path 'flowcomply:migration.allowDestructive[2]' 4_enum --type string`)

	require.NoError(t, Spec{AllowDestructive: []string{"4_enum", "2_gone"}}.Check(set, "1_init"))
	require.NoError(t, Spec{}.Check(set, set.Names()...), "what the release before had is not looked at again")
}

// Nothing allows what cannot be applied.
func TestCheck_RefusesWhatFailsWhateverIsAllowed(t *testing.T) {
	for name, sql := range map[string]string{"20250101_mixed": "SELECT 1; VACUUM", "20250101_open": "BEGIN; SELECT 1", "20250101_typo": "DROP TABEL x"} {
		set := Set{{Name: name, SQL: sql}}
		require.ErrorContains(t, Spec{AllowDestructive: []string{name}}.Check(set), "migration "+name+" line 1: ")
		require.ErrorContains(t, set.Runs(), "migration "+name+" line 1: ")
		require.NoError(t, Spec{}.Check(set, name), "it has been applied, whatever the parser thinks of it")
	}
	require.NoError(t, Set{{Name: "a", SQL: `DROP TABLE x`}, {Name: "b", SQL: "CREATE INDEX i ON x(y)"}}.Runs())
}

func TestRead_RefusesWhatPrismaCannotRead(t *testing.T) {
	wide := func(text string, before, after int) string {
		var out strings.Builder
		for _, char := range text {
			out.WriteString(strings.Repeat("\x00", before) + string(char) + strings.Repeat("\x00", after))
		}
		return out.String()
	}
	for text, want := range map[string]string{
		"\xFF\xFE" + wide("DROP", 0, 1):               "is in UTF-16 LE",
		"\xFE\xFF" + wide("DROP", 1, 0):               "is in UTF-16 BE",
		"\xFF\xFE\x00\x00" + wide("DROP", 0, 3):       "is in UTF-32 LE",
		"\x00\x00\xFE\xFF" + wide("DROP", 3, 0):       "is in UTF-32 BE",
		wide("DROP", 0, 1):                            "seems to be in UTF-16 LE",
		wide("DROP", 1, 0):                            "seems to be in UTF-16 BE",
		wide("DROP", 0, 3):                            "seems to be in UTF-32 LE",
		wide("DROP", 3, 0):                            "seems to be in UTF-32 BE",
		"SELECT 1;\n-- gr\xFC\xDFe\n":                 "is no UTF-8: line 2 has the byte 0xFC",
		"SELECT '\xC3":                                "is no UTF-8: line 1 has the byte 0xC3",
		"SELECT 1;\nSELECT '\x00';":                   "has a byte 0 in line 2",
		"-- \xED\xA0\x80 is half of a surrogate pair": "is no UTF-8: line 1",
	} {
		_, err := Read(folder(map[string]string{"20250101_one": text, "20250102_two": "SELECT 1"}))
		require.ErrorContains(t, err, "migration 20250101_one: migration.sql "+want)
		require.ErrorContains(t, err, "next: ")
		assert.NotContains(t, err.Error(), "20250102_two")
	}
	for _, text := range []string{"", "-- nothing", "SELECT 'Größe 漢字 🙂'", "\uFEFFSELECT 1", "a\x00"[:1]} {
		_, err := Read(folder(map[string]string{"20250101_one": text}))
		require.NoError(t, err, "%q", text)
	}
}

// The lock file is read as Prisma reads it, which is not as TOML.
func TestRead_RefusesTheLockOfAnotherDatabase(t *testing.T) {
	for lock, ok := range map[string]bool{
		"# Prisma's\nprovider = \"postgresql\"\n": true, "provider = \"postgresql\"\r\n": true, "provider = postgresql": true,
		"provider = \"mysql\"\n": false, "provider = \"sqlite\"": false, "": false, "# provider = \"postgresql\"": false,
		"provider=\"postgresql\"": false, "provider = \"postgresql\" # ours": false, "provider = \"mysql\"\nprovider = \"postgresql\"": false,
	} {
		files := fstest.MapFS{"migration_lock.toml": {Data: []byte(lock)}, "1_a/migration.sql": {Data: []byte("SELECT 1")}}
		_, err := Read(files)
		if ok {
			require.NoError(t, err, "%q", lock)
		} else {
			require.ErrorContains(t, err, `next: make its line provider = "postgresql"`, "%q", lock)
		}
	}
	_, err := Read(fstest.MapFS{"1_a/migration.sql": {Data: []byte("SELECT 1")}})
	require.NoError(t, err, "Prisma goes on without one")
}

// A stack of a newer engine may have migrations that an older grammar refuses.
func TestLint_KnowsTheGrammarOfEveryStacksEngine(t *testing.T) {
	files, err := filepath.Glob("../../Pulumi.*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, database, found := strings.Cut(string(text), "flowcomply:database:")
		require.True(t, found, file)
		match := regexp.MustCompile(`engineVersion: "(\d+)`).FindStringSubmatch(database)
		require.NotNil(t, match, file)
		major, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		assert.LessOrEqual(t, major, lint.Grammar, "%s: take a newer parser with it", file)
	}
}
