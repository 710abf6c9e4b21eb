package stacks

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcomply/infrastructure/components/validate"
	"github.com/flowcomply/infrastructure/internal/decode"
)

// Load turns raw configuration into a Spec, or into one error with a line for every problem. Each line starts with the key to
// correct and says what is allowed. No line holds the value of a secret. There is no Spec beside an error.
func Load(src Source) (Spec, error) {
	values, refused, foreign := split(src)
	var spec Spec
	problems := decode.Texts(values, refused, &spec)
	for _, found := range validate.Problems(validate.All(spec.Validate(), spec.Check(), operatorSecrets(spec, src))) {
		problems.Merge(decode.Problem{Path: found.Path, Why: found.Why, Allowed: found.Allowed})
	}
	for i := range problems {
		problems[i].Path = Namespace + ":" + problems[i].Path
	}
	lines := append(foreign, problems...).Lines()
	switch len(lines) {
	case 0:
		return spec, nil
	case 1:
		return Spec{}, fmt.Errorf("configuration: %s", lines[0])
	default:
		return Spec{}, fmt.Errorf("configuration: %d problems; docs/config.md explains every key:\n  %s", len(lines), strings.Join(lines, "\n  "))
	}
}

// operatorKey tells the keys of operators' secrets from sections by their spelling, which is that of the environment
// variable.
var operatorKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// split sorts keys into those that are decoded, those of ours that cannot be, with the reason, and what is wrong with
// those of other namespaces.
func split(src Source) (values, refused map[string]string, foreign decode.Problems) {
	values, refused = map[string]string{}, map[string]string{}
	for _, full := range slices.Sorted(maps.Keys(src.Values)) {
		namespace, key, _ := strings.Cut(full, ":")
		switch {
		case namespace != Namespace:
			if why := useless(full, namespace); why != "" {
				foreign.Add(decode.Quote(full), "%s", why)
			}
		case operatorKey.MatchString(key): // looked at once it is known which of them the sections name
		case src.Secrets[full]:
			refused[key] = "is set as a secret, and sections are plain text: set it without --secret; what has to be hidden is a secret of an operator's"
		default:
			values[key] = src.Values[full]
		}
	}
	return values, refused, foreign
}

// decides tells which key of ours decides what a provider's own configuration would.
var decides = map[string]string{
	"aws:region":              "account.region",
	"aws:allowedAccountIds":   "account.id",
	"aws:forbiddenAccountIds": "account.id",
	"aws:defaultTags":         "owner",
}

// useless says why a key of another namespace does nothing; empty when the engine itself uses it.
func useless(full, namespace string) string {
	if ours, ok := decides[full]; ok {
		return fmt.Sprintf("has no effect: the program configures its own provider; set %s:%s", Namespace, ours)
	}
	switch full {
	case "pulumi:tags", "pulumi:disable-default-providers":
		return ""
	}
	if namespace == "pulumi" {
		return "would change names or behaviour behind the program's back; take it out"
	}
	return "has no effect: the program configures its own providers; every key that counts starts with " + Namespace + ":"
}

// operatorSecrets wants each secret of an operator to be there, to be encrypted, and to be used.
func operatorSecrets(spec Spec, src Source) error {
	wanted := spec.OperatorSecrets()
	var errs []error
	for _, key := range wanted {
		full, why := Namespace+":"+key, ""
		value, given := src.Values[full]
		switch {
		case !given:
			why = "is missing; "
		case !src.Secrets[full]:
			why = "is in plain text; change it where it was issued, as this one is no secret any more, and "
		case value == "":
			why = "is empty; "
		}
		errs = append(errs, validate.Demand(why == "", key, why+"run `pulumi config set --secret "+full+"`", ""))
	}
	for _, full := range slices.Sorted(maps.Keys(src.Values)) {
		key, ours := strings.CutPrefix(full, Namespace+":")
		if ours && operatorKey.MatchString(key) && !slices.Contains(wanted, key) {
			errs = append(errs, validate.Fail(key, fmt.Sprintf("is not used; add secrets.%s with source operator, or run `pulumi config rm %s`", key, full), ""))
		}
	}
	return validate.All(errs...)
}
