package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"github.com/flowcomply/infrastructure/internal/pulumiconfig"
)

// Namespace is the project's name, in front of every key of ours.
const Namespace = "flowcomply"

// Source is raw configuration, as the engine passes it to a program: text by full key, `flowcomply:network`. Text and
// numbers are bare, objects and lists are JSON. It holds no value of a secret, only that there is one, so that it can
// be printed and compared without care.
type Source struct {
	Values  map[string]string
	Secrets map[string]bool // the keys whose value, or part of it, is a secret
}

// Hidden stands for the value of a secret. An empty secret stays empty, which is an error of its own.
const Hidden = "[secret]"

// FromEngine reads the two documents that the engine passes in PULUMI_CONFIG and PULUMI_CONFIG_SECRET_KEYS.
// An empty document is no configuration.
func FromEngine(config, secretKeys string) (Source, error) {
	src := Source{Values: map[string]string{}, Secrets: map[string]bool{}}
	var secrets []string
	for _, part := range []struct {
		name, text string
		into       any
	}{{"values", config, &src.Values}, {"secret keys", secretKeys, &secrets}} {
		if part.text == "" {
			continue
		}
		if json.Unmarshal([]byte(part.text), part.into) != nil { // its error could quote a value
			return Source{}, fmt.Errorf("configuration: %s: not what an engine passes; run the program with pulumi", part.name)
		}
	}
	for _, key := range secrets {
		src.Secrets[key] = true
		if src.Values[key] != "" {
			src.Values[key] = Hidden
		}
	}
	return src, nil
}

// FromFile reads a Pulumi.<stack>.yaml as the engine does. A `secure:` value becomes Hidden: nothing is decrypted.
func FromFile(name string) (Source, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Source{}, fmt.Errorf("stack file %q: %w", name, err)
	}
	return FromText(name, text)
}

// FromText is FromFile for a text that is in no file yet; the name is for errors.
func FromText(name string, text []byte) (Source, error) {
	read, err := pulumiconfig.Read(Namespace, name, text)
	if err != nil {
		return Source{}, err
	}
	for key := range read.Secrets {
		read.Values[key] = Hidden
	}
	return Source{Values: read.Values, Secrets: read.Secrets}, nil
}

// With is the source with one more key, or another value of it, as `pulumi config set` makes it.
func (s Source) With(key, value string) Source {
	out := Source{Values: maps.Clone(s.Values), Secrets: maps.Clone(s.Secrets)}
	out.Values[key] = value
	delete(out.Secrets, key)
	return out
}

// WithSecret is the source with a secret under the key, as `pulumi config set --secret` makes it.
func (s Source) WithSecret(key string) Source {
	out := s.With(key, Hidden)
	if out.Secrets == nil {
		out.Secrets = map[string]bool{}
	}
	out.Secrets[key] = true
	return out
}
