package mail

import "cmp"

// Owned lists the records of this package by name and type, as dns.Record.Key has them; the three of DKIM have names that SES makes
// up. Nobody else may declare one.
func (s Spec) Owned() []string {
	envelope := cmp.Or(s.MailFrom, defaultMailFrom) + "." + s.Domain()
	return []string{"_amazonses." + s.Domain() + " TXT", "_dmarc." + s.Domain() + " TXT", envelope + " MX", envelope + " TXT"}
}
