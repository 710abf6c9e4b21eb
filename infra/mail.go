package main

import "github.com/flowcomply/infrastructure/components/mail"

func (e *environment) declareMail() (err error) {
	e.mail, err = mail.New(e.ctx, "mail", e.spec.Mail, mail.Args{
		ZoneID: e.ingress.zone.ZoneID, Region: e.spec.Account.Region, AccountID: e.spec.Account.ID,
	}, e.aws)
	return err
}
