package recovery

import "encoding/json"

// prefix is what AWS's types begin with, and awsProvider is the type of its provider.
const (
	prefix      = "aws:"
	awsProvider = "pulumi:providers:aws"
)

// Account is where a stack is, as its provider is configured.
type Account struct {
	ID, Region string
	// Tag is the value of the tag named stack that everything of the stack has.
	Tag string
}

// StackTag is the name of that tag.
const StackTag = "stack"

// Account reads the provider's configuration; false when the state has no AWS provider.
func (s State) Account() (Account, bool) {
	configured, found := s.first(awsProvider)
	if !found {
		return Account{}, false
	}
	var allowed []string
	var tags struct {
		Tags map[string]string `json:"tags"`
	}
	// The engine keeps a provider's lists and objects as JSON. What cannot be read is empty, and then nothing is found by it.
	text := func(key string) string { return Resource(configured.Inputs()).text(key) }
	_ = json.Unmarshal([]byte(text("allowedAccountIds")), &allowed)
	_ = json.Unmarshal([]byte(text("defaultTags")), &tags)
	account := Account{Region: text("region"), Tag: tags.Tags[StackTag]}
	if len(allowed) == 1 {
		account.ID = allowed[0]
	}
	return account, true
}
