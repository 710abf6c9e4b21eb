package main

var identity = []resource{
	row("aws:kms/key:Key",
		changed("widen its policy, or stop its rotation"),
		changed("disable it, or have it deleted in 7 days").checked("secrets/*", "health/api"),
		unseen("add a grant to somebody", "a grant is AWS's services' way too, and they come and go; the account's trail has who made one")),
	row("aws:kms/alias:Alias", changed("lead it to another key")),
	row("aws:secretsmanager/secret:Secret",
		changed("open its policy to another account"),
		changed("delete it: running tasks go on, the next one does not start").checked("secrets/stored")),
	row("aws:secretsmanager/secretVersion:SecretVersion",
		running("put another value there: tasks read the version that the task definition names").checked("secrets/*"),
		changed("take the version away that tasks read").checked("secrets/*"),
		unseen("read it", "reading changes nothing; the account's trail has every GetSecretValue")),
	row("aws:iam/role:Role",
		changed("let somebody else take it on, by its trust policy"),
		changed("attach one more policy, which no resource of the program declares"),
		changed("delete it").checked("secrets/*").alarmed("service-missing-tasks")),
	row("aws:iam/rolePolicy:RolePolicy",
		changed("allow more, or all"),
		changed("take a right away").checked("secrets/*", "health/api")),
	row("aws:iam/rolePolicyAttachment:RolePolicyAttachment", changed("detach it")),
}

var mail = []resource{
	row("aws:ses/domainIdentity:DomainIdentity",
		changed("delete it").checked("mail/*"),
		running("give it another configuration set").checked("mail/*"),
		unseen("let another account send in the domain's name, by a policy of the identity",
			"the program declares no such policy, and refresh does not read it; mail that comes back counts in the account's rates")),
	row("aws:ses/domainIdentityVerification:DomainIdentityVerification",
		running("take the domain's records, so that it is not verified any more").checked("mail/*")),
	row("aws:ses/domainDkim:DomainDkim", running("switch signing off, or make new keys").checked("mail/*")),
	row("aws:ses/mailFrom:MailFrom", changed("send bounces to another domain")),
	row("aws:ses/configurationSet:ConfigurationSet",
		changed("allow mail without TLS, or stop counting bounces").alarmed("mail-bounce-rate"),
		running("pause sending for the account").checked("mail/*")),
}
