package stacks

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
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

// FromFile reads a Pulumi.<stack>.yaml for tests and tools, and converts it as the engine does. A `secure:` value
// becomes Hidden: nothing is decrypted.
func FromFile(name string) (Source, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Source{}, fmt.Errorf("stack file %q: %w", name, err)
	}
	return FromText(name, text)
}

// FromText is FromFile for a text that is in no file yet; the name is for errors.
func FromText(name string, text []byte) (Source, error) {
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return Source{}, fmt.Errorf("stack file %q: %w", name, err)
	}
	src := Source{Values: map[string]string{}, Secrets: map[string]bool{}}
	for key, value := range file.Config {
		plain, secret := hide(value)
		var err error
		if src.Values[key], err = engineText(plain); err != nil {
			return Source{}, fmt.Errorf("stack file %q: %s: %w", name, key, err)
		}
		if secret {
			src.Secrets[key] = true
			src.Values[key] = Hidden
		}
	}
	return src, nil
}

// With is the source with one more key, or another value of it, as `pulumi config set` makes it.
func (s Source) With(key, value string) Source {
	out := Source{Values: map[string]string{}, Secrets: s.Secrets}
	for k, v := range s.Values {
		out.Values[k] = v
	}
	out.Values[key] = value
	return out
}

// WithSecret is the source with a secret under the key, as `pulumi config set --secret` makes it.
func (s Source) WithSecret(key string) Source {
	out := s.With(key, Hidden)
	out.Secrets = map[string]bool{key: true}
	for k := range s.Secrets {
		out.Secrets[k] = true
	}
	return out
}

// engineText is a top-level value as the engine passes it: text bare, nothing as empty text, everything else as JSON.
func engineText(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// hide takes secrets out of a value, and gives it the form in which the engine passes it.
func hide(value any) (plain any, secret bool) {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v["secure"].(string); ok && len(v) == 1 {
			return Hidden, true
		}
		for key, inner := range v {
			hidden, found := hide(inner)
			v[key], secret = hidden, secret || found
		}
		return v, secret
	case map[any]any: // a key that is no text, such as 3001
		named := make(map[string]any, len(v))
		for key, inner := range v {
			named[fmt.Sprint(key)] = inner
		}
		return hide(named)
	case []any:
		out := slices.Clone(v)
		for i, inner := range v {
			hidden, found := hide(inner)
			out[i], secret = hidden, secret || found
		}
		return out, secret
	case time.Time: // an unquoted date
		return v.String(), false
	default:
		return v, false
	}
}
