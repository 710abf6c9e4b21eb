package lint

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// usual are 60 migrations as Prisma writes them: the first makes 30 tables, each later one two.
func usual() []Script {
	var out []Script
	for i := range 60 {
		tables := 2
		if i == 0 {
			tables = 30
		}
		var text strings.Builder
		for k := range tables {
			name := fmt.Sprintf("Asset%d_%d", i, k)
			fmt.Fprintf(&text, `-- CreateTable
CREATE TABLE "%[1]s" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "value" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "ownerId" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "%[1]s_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "%[1]s_name_key" ON "%[1]s"("name");

-- AddForeignKey
ALTER TABLE "%[1]s" ADD CONSTRAINT "%[1]s_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

`, name)
		}
		out = append(out, Script{fmt.Sprintf("202510%02d090000_change", i), text.String()})
	}
	return out
}

// onceEnv makes the test's program lint the usual migrations once and end, as a preview does.
const onceEnv = "LINT_ONCE"

func once() {
	if found := Run(usual(), nil); len(found) > 0 {
		panic(found[0].String())
	}
}

// BenchmarkProcess is what a preview waits for: a process that starts, and lints the usual migrations once. "first" has seen
// none of them, "one is new" all but the last, "again" all.
func BenchmarkProcess(b *testing.B) {
	for _, one := range []struct {
		name   string
		before func(folder string)
	}{
		{"first", func(folder string) { _ = os.RemoveAll(folder) }},
		{"one is new", func(folder string) {
			_ = os.RemoveAll(folder)
			all := usual()
			prepare := newPass(newTrees(folder))
			for _, script := range all[:len(all)-1] {
				prepare.script(script)
			}
		}},
		{"again", func(string) {}},
	} {
		b.Run(one.name, func(b *testing.B) {
			base := b.TempDir()
			run := func() {
				command := exec.Command(os.Args[0])
				command.Env = append(os.Environ(), onceEnv+"=1", "XDG_CACHE_HOME="+base)
				if out, err := command.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
			run()
			for b.Loop() {
				b.StopTimer()
				b.Setenv("XDG_CACHE_HOME", base)
				one.before(cacheFolder())
				b.StartTimer()
				run()
			}
		})
	}
}

// BenchmarkRun is the lint itself, once the trees are known.
func BenchmarkRun(b *testing.B) {
	scripts := usual()
	for b.Loop() {
		Run(scripts, nil)
	}
}
