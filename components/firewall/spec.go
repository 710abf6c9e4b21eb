package firewall

import (
	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides.
type Spec struct {
	// LogDays is how many days CloudWatch keeps the firewall's log; one of the values that it offers. A year or more
	// is what auditors ask for.
	LogDays int `json:"logDays"`
	// CountOnly names rules of AWS's common rule set that count a request instead of blocking it, none when left
	// out. SizeRestrictions_BODY belongs here where the API takes uploads: it blocks bodies above 8 KiB.
	CountOnly []string `json:"countOnly,omitempty"`
}

// commonRules are the rules of AWSManagedRulesCommonRuleSet. WAF takes a name it does not know without a word, and the
// rule goes on blocking (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html).
var commonRules = []string{
	"NoUserAgent_HEADER", "UserAgent_BadBots_HEADER",
	"SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH",
	"EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS",
	"GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY",
	"RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS",
	"GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH",
	"CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY", "CrossSiteScripting_URIPATH",
}

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	return validate.All(
		validate.LogDays("logDays", s.LogDays),
		validate.Unique("countOnly", s.CountOnly),
		validate.Each("countOnly", s.CountOnly, func(field, v string) error {
			return validate.OneOf(field, v, commonRules...)
		}),
	)
}
