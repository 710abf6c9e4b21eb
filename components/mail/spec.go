package mail

import (
	"regexp"
	"strings"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Policy is what receivers are asked to do with mail that fails both SPF and DKIM.
type Policy string

// The policies of DMARC, from watching to refusing.
const (
	None       Policy = "none"
	Quarantine Policy = "quarantine"
	Reject     Policy = "reject"
)

// Spec is what an operator decides.
type Spec struct {
	// FromAddress is the only address that the application sends as, such as noreply@flowcomply.com. Its domain
	// is the identity; no two environments of an account share one. Changing the domain replaces the identity
	// and its records, and mail waits for the new ones to be seen.
	FromAddress string `json:"fromAddress"`
	// MailFrom is the label below the sender's domain that bounces go to; `mail` when left out. Nothing else may
	// use that name.
	MailFrom string `json:"mailFrom,omitempty"`
	// DMARC is none, quarantine or reject. It holds for everybody who sends as the domain, not for SES alone.
	DMARC Policy `json:"dmarc"`
	// DMARCReports is the address that receivers send daily reports to; none are asked for when left out. An
	// address of another domain needs that domain's consent in its own DNS (RFC 7489, 7.1).
	DMARCReports string `json:"dmarcReports,omitempty"`
}

const labels = `([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`

var (
	address = regexp.MustCompile(`[a-z0-9]([a-z0-9._+-]{0,62}[a-z0-9])?@` + labels)
	label   = regexp.MustCompile(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
)

// Validate returns every problem of the spec.
func (s Spec) Validate() error {
	errs := []error{
		validate.Match("fromAddress", s.FromAddress, address, "an address in lower case, such as noreply@flowcomply.com"),
		validate.OneOf("dmarc", s.DMARC, None, Quarantine, Reject),
	}
	if s.MailFrom != "" {
		errs = append(errs, validate.Match("mailFrom", s.MailFrom, label, "one label in lower case, such as mail"))
	}
	if s.DMARCReports != "" {
		errs = append(errs, validate.Match("dmarcReports", s.DMARCReports, address, "an address in lower case, such as security@flowcomply.com"))
	}
	return validate.All(errs...)
}

// Domain is the domain of the address: the SES identity, and what no two environments of an account may share.
func (s Spec) Domain() string {
	_, domain, _ := strings.Cut(s.FromAddress, "@")
	return domain
}

func (s Spec) mailFrom() string {
	if s.MailFrom == "" {
		return "mail"
	}
	return s.MailFrom
}

// dmarc is the record's text. Alignment stays relaxed, as the envelope's domain is below the sender's.
func (s Spec) dmarc() string {
	text := "v=DMARC1; p=" + string(s.DMARC)
	if s.DMARCReports != "" {
		text += "; rua=mailto:" + s.DMARCReports
	}
	return text
}
