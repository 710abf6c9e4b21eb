package dockerfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what is found in a Dockerfile. That a builder fails for the same, and builds what is right here, the tests
// of local/plugins/docker show for some of it on a Docker daemon.

const good = "ARG RELEASE\nARG CONTENT\nLABEL v=$RELEASE c=$CONTENT\n"

var sent = []string{"package.json", "server", "lib", "lib/a.js", "Dockerfile"}

func of(file, target string) Build {
	return Build{
		File: file, Target: target, Args: map[string]string{"RELEASE": "v1.0.0", "CONTENT": "sha256:1", "FILE": "server"},
		Labels: []Label{{Name: "v", Arg: "RELEASE", Why: "why v", MayBeEmpty: true}, {Name: "c", Arg: "CONTENT", Why: "why c"}},
		Sends:  func(path string) bool { return slices.Contains(sent, path) },
	}
}

func TestCheck_AcceptsWhatBuilds(t *testing.T) {
	for name, text := range map[string]string{
		"as it must end":        "FROM scratch\n" + good,
		"CRLF":                  strings.ReplaceAll("FROM scratch\nCOPY . /\n"+good, "\n", "\r\n"),
		"mark of byte order":    "\ufeffFROM scratch\n" + good,
		"one a line":            "FROM scratch\nARG CONTENT\nLABEL c=$CONTENT\nARG RELEASE=none\nLABEL v=\"${RELEASE}\"\n",
		"old form of LABEL":     "FROM scratch\nARG CONTENT\nARG RELEASE\nLABEL c $CONTENT\nLABEL v $RELEASE\n",
		"default in the label":  "FROM scratch\nARG CONTENT\nARG RELEASE\nLABEL c=${CONTENT:-none} v=${RELEASE}\n",
		"through ENV":           "FROM scratch\nARG CONTENT\nARG RELEASE\nENV OF=$CONTENT\nLABEL c=$OF v=$RELEASE\n",
		"does without":          "FROM scratch\nARG CONTENT\nLABEL v=\"\" c=$CONTENT\n",
		"the last counts":       "FROM scratch\nLABEL c=x v=1\n" + good,
		"from the base":         "FROM node:22 AS base\n" + good + "FROM base\nCOPY server /\n",
		"another stage's error": "FROM scratch AS one\nCOPY none /\nFROM scratch\n" + good,
		"another escape":        "# escape=`\nFROM scratch\nCOPY server `\n  /\n" + good,
		"sources":               "FROM scratch\nCOPY . /a\nCOPY ./lib/ /b\nCOPY lib/a.js package.json /c/\nCOPY none* /d/\nCOPY [\"server\", \"/e\"]\nADD /lib /f\n" + good,
		"variable source":       "FROM scratch\nARG FILE\nARG OTHER\nCOPY $FILE /\nCOPY $OTHER /\n" + good,
		"remote sources":        "FROM scratch\nADD https://example.com/a.tgz /a\nADD git@example.com:a/b.git /b\nADD https://example.com/a.git#main /c\n" + good,
		"stages":                "ARG BASE=build\nFROM --platform=$BUILDPLATFORM node:22 AS build\nRUN --mount=type=cache,target=/var/cache/npm npm ci\nFROM $BASE AS more\nFROM scratch\nCOPY --link --from=Build /a /a\nCOPY --from=0 /b /b\nCOPY --from=nginx:1.27 /c /c\nCOPY --from=busybox /d /d\n" + good,
		"heredocs":              "FROM node:22\nRUN <<EOF\nnpm ci\nnot an instruction\nEOF\nCOPY <<-A <<B /x/\n\tA is here\nA\nB is\nB\n" + good,
		"mounts":                "FROM node:22\nRUN --mount=type=bind,source=package.json,target=package.json --mount=type=secret,id=npm --mount=type=tmpfs,target=/t npm ci\n" + good,
		"program in scratch":    "FROM scratch\nCOPY server /server\nRUN --mount=type=cache,target=/c [\"/server\"]\n" + good,
		"shell that was copied": "FROM node:22 AS build\nFROM scratch\nCOPY --from=build / /\nRUN npm ci\n" + good,
		"shell that is mounted": "FROM node:22 AS build\nFROM scratch\nRUN --mount=from=build,target=/bin,source=/bin ls\n" + good,
		"another shell":         "FROM scratch\nCOPY server /server\nSHELL [\"/server\"]\nRUN ls\n" + good,
		"stable frontend":       "# syntax=docker/dockerfile:1.7\nFROM scratch\n" + good,
		"another language":      "# syntax=example.com/language:1\nwhatever { }\n",
		"experimental":          "# syntax=docker/dockerfile:1-labs\nFROM scratch\nNEW thing\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Check([]byte(text), of("backend/Dockerfile", ""))
			require.NoError(t, err)
		})
	}
}

func TestCheck_NamesTheLine(t *testing.T) {
	for name, row := range map[string]struct {
		text, target string
		want         []string
	}{
		"empty":               {"", "", []string{"Dockerfile:1: file with no instructions"}},
		"comments":            {"# FROM scratch\n", "", []string{"Dockerfile:1: file with no instructions"}},
		"no FROM":             {"ARG A\n", "", []string{"Dockerfile:1: there is no FROM"}},
		"before FROM":         {"\nCOPY . /\nFROM scratch\n" + good, "", []string{"Dockerfile:2: no build stage in current context"}},
		"unknown instruction": {"FROM scratch\n\nCOPPY . /\n" + good, "", []string{"Dockerfile:3: unknown instruction: COPPY"}},
		"unknown flag":        {"FROM scratch\nCOPY --form=a . /\n" + good, "", []string{"Dockerfile:2: unknown flag: --form"}},
		"several":             {"FROM scratch\nCOPPY . /\nRUNN x\n", "", []string{"Dockerfile:2: unknown", "Dockerfile:3: unknown"}},
		"no destination":      {"FROM scratch\nCOPY a\n" + good, "", []string{"Dockerfile:2: COPY requires at least two arguments"}},
		"heredoc without end": {"FROM scratch\nCOPY <<EOF /a\nx\n", "", []string{"Dockerfile:2: unterminated heredoc"}},
		"mount":               {"FROM node:22\nRUN --mount=type=cash,target=/c npm ci\n" + good, "", []string{"Dockerfile:2: unsupported mount type \"cash\""}},
		"target":              {"FROM scratch AS a\nFROM scratch AS b\n" + good, "c", []string{"there is no stage c, which image.target names; next: name one of a, b"}},
		"labels of target":    {"FROM scratch AS a\nFROM scratch AS b\n" + good, "a", []string{"Dockerfile:1: the image gets no label v", "Dockerfile:1: the image gets no label c"}},
		"later stage":         {"FROM scratch AS a\nCOPY --from=b /x /x\nFROM a AS b\n" + good, "", []string{"Dockerfile:2: COPY --from=b: there is no such stage before this one"}},
		"its own stage":       {"FROM scratch AS a\nCOPY --from=a /x /x\n" + good, "", []string{"Dockerfile:2: COPY --from=a: there is no such stage before"}},
		"number":              {"FROM scratch\nCOPY --from=1 /x /x\n" + good, "", []string{"Dockerfile:2: COPY --from=1: there is no such stage before"}},
		"stage misspelt":      {"FROM node:22 AS builder\nFROM scratch\nCOPY --from=buidler /x /x\n" + good, "", []string{"Dockerfile:3: COPY --from=buidler: there is no such stage; next: write builder"}},
		"mount misspelt":      {"FROM node:22 AS builder\nFROM node:22\nRUN --mount=from=buidler,target=/x ls\n" + good, "", []string{"Dockerfile:3: RUN --mount=buidler: there is no such stage; next: write builder"}},
		"source":              {"FROM scratch\nCOPY server lib/b.js /\n" + good, "", []string{"Dockerfile:2: COPY wants lib/b.js, which is not sent to the builder; next: "}},
		"source by argument":  {"FROM scratch\nARG FILE=x\nARG TO=non\nCOPY ${TO}e /\n" + good, "", []string{"Dockerfile:4: COPY wants none, "}},
		"added source":        {"FROM scratch\nADD a.tgz /\n" + good, "", []string{"Dockerfile:2: ADD wants a.tgz, "}},
		"mounted source":      {"FROM node:22\nRUN --mount=type=bind,source=yarn.lock,target=yarn.lock yarn\n" + good, "", []string{"Dockerfile:2: RUN --mount wants yarn.lock, "}},
		"in a needed stage":   {"FROM scratch AS a\nCOPY none /\nFROM scratch\nCOPY --from=a / /\n" + good, "", []string{"Dockerfile:2: COPY wants none, "}},
		"in the base":         {"FROM scratch AS a\nCOPY none /\nFROM a\n" + good, "", []string{"Dockerfile:2: COPY wants none, "}},
		"secret":              {"FROM node:22\nRUN --mount=type=secret,id=npm,required=true npm ci\n" + good, "", []string{"Dockerfile:2: RUN --mount=type=secret is required, and builds are given none"}},
		"no shell":            {"FROM scratch\nCOPY . /app\nRUN npm ci\n" + good, "", []string{"Dockerfile:3: RUN wants a shell, and the stage is from scratch"}},
		"no shell in base":    {"FROM scratch AS a\nFROM a\nRUN npm ci\n" + good, "", []string{"Dockerfile:3: RUN wants a shell"}},
		"no labels":           {"FROM scratch\nCOPY . /\n", "", []string{"Dockerfile:2: the image gets no label v: why v; next: end the stage with\n\tARG RELEASE\n\tLABEL v=$RELEASE", "Dockerfile:2: the image gets no label c: why c; next: "}},
		"one label":           {"FROM scratch\nARG RELEASE\nLABEL v=$RELEASE\n", "", []string{"Dockerfile:3: the image gets no label c: why c"}},
		"in another stage":    {"FROM scratch\n" + good + "FROM scratch\n", "", []string{"Dockerfile:5: the image gets no label v", "Dockerfile:5: the image gets no label c"}},
		"no ARG":              {"FROM scratch\nLABEL v=$RELEASE c=$CONTENT\n", "", []string{"Dockerfile:2: the label v is empty, as there is no ARG RELEASE before it in its stage", "the label c is empty"}},
		"ARG before FROM":     {"ARG CONTENT\nFROM scratch\nARG RELEASE\nLABEL v=$RELEASE c=$CONTENT\n", "", []string{"Dockerfile:4: the label c is empty, as there is no ARG CONTENT"}},
		"ARG too late":        {"FROM scratch\nLABEL v=$RELEASE c=$CONTENT\nARG RELEASE\nARG CONTENT\n", "", []string{"Dockerfile:2: the label v is empty", "Dockerfile:2: the label c is empty"}},
		"fixed":               {"FROM scratch\nARG CONTENT\nLABEL v=1.0 c=$CONTENT\n", "", []string{`Dockerfile:3: the label v is "1.0" and not the build argument RELEASE`}},
		"empty content":       {"FROM scratch\nARG RELEASE\nLABEL v=$RELEASE c=\"\"\n", "", []string{"Dockerfile:3: the label c is empty"}},
		"in single quotes":    {"FROM scratch\nARG RELEASE\nARG CONTENT\nLABEL v=$RELEASE c='$CONTENT'\n", "", []string{`Dockerfile:4: the label c is "$CONTENT" and not`}},
		"hidden by ENV":       {"FROM scratch\nARG RELEASE\nARG CONTENT\nENV CONTENT=x\nLABEL v=$RELEASE c=$CONTENT\n", "", []string{`Dockerfile:5: the label c is "x" and not`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Check([]byte(row.text), of("Dockerfile", row.target))
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\nDockerfile:")
			for _, want := range row.want {
				require.ErrorContains(t, err, want)
			}
			assert.Len(t, lines, len(row.want), err)
		})
	}
}

func TestCheck_TellsWhatAnOlderDaemonDoesNotRead(t *testing.T) {
	const text = "FROM node:22 AS a\nCOPY <<EOF /x\nx\nEOF\nFROM scratch\nCOPY --link --from=a /x /x\nADD --link=false server /\nRUN --mount=type=cache,target=/c [\"/x\"]\n" + good
	found, err := Check([]byte(text), of("Dockerfile", ""))
	require.NoError(t, err)
	assert.Equal(t, []Newer{{2, "a heredoc"}, {6, "COPY --link"}}, found)
	found, err = Check([]byte("# syntax=docker/dockerfile:1\n"+text), of("Dockerfile", ""))
	require.NoError(t, err)
	assert.Empty(t, found, "what it names is newer than the daemon's own")
}

// Dockerfiles that were wrong once.
func TestCheck_Cases(t *testing.T) {
	for name, want := range map[string][]string{
		"heredoc": {"Dockerfile:2: the image gets no label v", "Dockerfile:2: the image gets no label c"},
		"mount":   {"Dockerfile:4: RUN wants a shell", "Dockerfile:4: the image gets no label v", "Dockerfile:4: the image gets no label c"},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", name, "Dockerfile"))
		require.NoError(t, err)
		_, err = Check(text, of("Dockerfile", ""))
		require.Error(t, err)
		var got []string
		for i, line := range strings.Split(err.Error(), "\nDockerfile:") {
			require.Less(t, i, len(want), err)
			require.ErrorContains(t, err, want[i])
			got = append(got, line)
		}
		assert.Len(t, got, len(want))
	}
}
