package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/flowcomply/infrastructure/internal/decode"
	"github.com/flowcomply/infrastructure/stacks"
)

const introduction = `# Configuration

Generated from the comments of the Go types by ` + "`go run ./stacks/cmd/configdocs > docs/config.md`" + `; a test compares.

Each section is a key ` + "`flowcomply:<section>`" + ` of ` + "`Pulumi.<stack>.yaml`" + `. A key that is unknown, missing or given twice, or a value of
the wrong type or out of range, is an error that names the key; all errors are shown at once, before anything is
changed. A single key can be set as ` + "`pulumi config set flowcomply:<section>.<key> <value>`" + ` as long as the section does not hold
it as well; the release is always set so. Lengths of time, sizes and money have their unit in the key's name.

`

const secrets = `## Values of secrets

An operator's secret is a key of its own, encrypted by Pulumi, named like the environment variable it becomes:

` + "```" + `
pulumi config set --secret flowcomply:ANTHROPIC_API_KEY
pulumi config set --secret flowcomply:PAGERDUTY_ENDPOINT
pulumi config set --secret flowcomply:SMOKE_USER
` + "```" + `

The first and the last are wanted because ` + "`secrets`" + ` has an entry of that name with source ` + "`operator`" + `, the second while
` + "`alerts.pagerDuty`" + ` is true. Missing, empty, in plain text or unused, it is an error. No other key may be a secret.

` + "`SMOKE_USER`" + ` is the user that verification logs in as, ` + "`" + `{"email": "…", "password": "…"}` + "`" +
	`: an account of its own in the application,
with as few rights as looking takes. It is kept in Secrets Manager, every environment has it, and no service may.
`

type document struct {
	text     strings.Builder
	sources  sources
	problems []error
}

// generate writes the document from the sources below root, the repository's.
//
//runbook:pre.3#1,post.first#5 lists every configuration key in docs/config.md, from the types that read it.
func generate(root string) (string, error) {
	d := &document{sources: newSources(root)}
	d.text.WriteString(introduction)
	spec := reflect.TypeFor[stacks.Spec]()
	d.text.WriteString("## Single values\n\n" + header)
	sections := decode.Fields(spec)
	for _, field := range sections {
		if field.Type.Kind() == reflect.String {
			d.row(spec, field, field.Key)
		}
	}
	for _, field := range sections {
		if field.Type.Kind() != reflect.String {
			d.section(spec, field)
		}
	}
	d.text.WriteString("\n" + secrets)
	return d.text.String(), errors.Join(d.problems...)
}

// name stands for what people choose themselves.
const name = "*name*."

const header = "| key | type | needed | meaning and allowed values | changing it |\n| --- | --- | --- | --- | --- |\n"

func (d *document) section(spec reflect.Type, field decode.Field) {
	about := d.comment(spec, field)
	if field.Type.Kind() == reflect.Struct || field.Type.Kind() == reflect.Map {
		_, further, _ := strings.Cut(d.sources.comments[d.sources.of(field.Type)], ". ")
		about = strings.TrimSpace(about + " " + further)
	}
	fmt.Fprintf(&d.text, "\n## %s\n\n%s\n\n%s", field.Key, about, header)
	d.inside(field.Type, "")
}

// inside writes a row for each key of a type, and for each key inside it.
func (d *document) inside(t reflect.Type, prefix string) {
	switch t.Kind() {
	case reflect.Pointer:
		d.inside(t.Elem(), prefix)
	case reflect.Map:
		d.inside(t.Elem(), prefix+name)
	case reflect.Struct:
		for _, field := range decode.Fields(t) {
			key := prefix + field.Key
			d.row(t, field, key)
			d.inside(field.Type, key+".")
		}
	default:
	}
}

func (d *document) row(owner reflect.Type, field decode.Field, key string) {
	text := d.comment(owner, field)
	meaning, change := split(text)
	fmt.Fprintf(&d.text, "| %s | %s | %s | %s | %s |\n", code(key), d.typeName(field.Type), needed(field.Optional, text), cell(meaning), cell(change))
}

// comment is a field's, which every field has to have; its Go name becomes its key.
func (d *document) comment(owner reflect.Type, field decode.Field) string {
	text := d.sources.comments[d.sources.of(owner)+"."+field.Name]
	if text == "" {
		d.problems = append(d.problems, fmt.Errorf("configuration key %q: no comment on %s.%s; say what it means", field.Key, owner, field.Name))
	}
	if rest, ok := strings.CutPrefix(text, field.Name+" "); ok {
		text = "`" + field.Key + "` " + rest
	}
	return text
}

func (d *document) typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return d.typeName(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Map:
		return "name to " + d.typeName(t.Elem())
	case reflect.Slice:
		return "list of " + d.typeName(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	case reflect.String:
		if words := d.sources.constants[d.sources.of(t)]; len(words) > 0 {
			return "`" + strings.Join(words, "`, `") + "`"
		}
		return "text"
	default:
		return "whole number"
	}
}

// code shows a path as code, with the names that people choose in italics between.
func code(key string) string {
	return strings.ReplaceAll("`"+strings.ReplaceAll(key, name, "`"+name+"`")+"`", "``", "")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
