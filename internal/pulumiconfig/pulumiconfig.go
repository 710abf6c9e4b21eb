// Package pulumiconfig reads the configuration in a stack file as the engine hands it to a program: with the engine's own
// code, so that no second reading can differ from the first. Nothing is decrypted.
package pulumiconfig

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Key is the whole key that the engine takes one in a stack file for: `owner` is the project's own, and
// `flowcomply:config:owner` is an old spelling of flowcomply:owner. One that the engine does not take is returned as it is.
func Key(project, written string) string {
	if !strings.Contains(written, ":") {
		return project + ":" + written
	}
	key, err := config.ParseKey(written)
	if err != nil {
		return written
	}
	return key.String()
}

// Config is a stack file's configuration, by whole key. Texts, numbers and truth values are bare, lists and objects are JSON.
type Config struct {
	Values  map[string]string // [secret] stands for what is encrypted
	Secrets map[string]bool   // the keys whose value, or part of it, is encrypted
	// SecretsProvider is the address of the key that encrypts them; empty or "passphrase" for a passphrase.
	SecretsProvider string
}

// Read reads the text of a project's stack file. Its name says whether it is YAML or JSON, and is for errors too. Two
// spellings of one key are an error: which of them the engine takes is left to chance.
func Read(project, name string, text []byte) (Config, error) {
	made := Config{Values: map[string]string{}, Secrets: map[string]bool{}}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as some editors begin a file
	marshaller := encoding.YAML
	if filepath.Ext(name) == ".json" {
		marshaller = encoding.JSON
	}
	if err := twice(project, text, marshaller); err != nil {
		return made, fmt.Errorf("stack file %q: %w", name, err)
	}
	stack, err := workspace.LoadProjectStackBytes(nil, &workspace.Project{Name: tokens.PackageName(project)}, text, name, marshaller)
	if err != nil {
		return made, fmt.Errorf("stack file %q: %w", name, err)
	}
	made.SecretsProvider = stack.SecretsProvider
	for _, key := range stack.Config.SecureKeys() {
		made.Secrets[key.String()] = true
	}
	plain, err := stack.Config.Decrypt(config.BlindingCrypter)
	if err != nil {
		return made, fmt.Errorf("stack file %q: %w", name, err)
	}
	for key, value := range plain {
		made.Values[key.String()] = value
	}
	return made, nil
}

// twice refuses two spellings of one key.
func twice(project string, text []byte, marshaller encoding.Marshaler) error {
	var raw any
	if err := marshaller.Unmarshal(text, &raw); err != nil || raw == nil {
		return err
	}
	file, err := workspace.SimplifyMarshalledProject(raw)
	if err != nil {
		return err
	}
	keys, _ := file["config"].(map[string]any)
	first := map[string]string{}
	for _, written := range slices.Sorted(maps.Keys(keys)) {
		whole := Key(project, written)
		if other, found := first[whole]; found {
			return fmt.Errorf("%s and %s are the same key, %s; take one of them out", other, written, whole)
		}
		first[whole] = written
	}
	return nil
}
