"""SES's switch for the account, and identities of v1 as v2 shows them. Does not prove that mail is sent."""

from tests.support import Case, client, name


class Mail(Case):
    def setUp(self) -> None:
        self.one, self.two = client("ses"), client("sesv2")
        self.domain = name("mail") + ".example"
        self.one.verify_domain_identity(Domain=self.domain)

    def tearDown(self) -> None:
        self.one.update_account_sending_enabled(Enabled=True)
        super().tearDown()

    def test_identity(self) -> None:
        shown = self.two.get_email_identity(EmailIdentity=self.domain)
        self.assertEqual((shown["IdentityType"], shown["VerifiedForSendingStatus"]), ("DOMAIN", True))
        self.assertEqual(shown["DkimAttributes"]["Status"], "NOT_STARTED")
        self.one.verify_domain_dkim(Domain=self.domain)
        self.one.set_identity_mail_from_domain(
            Identity=self.domain, MailFromDomain="bounce." + self.domain, BehaviorOnMXFailure="RejectMessage"
        )
        shown = self.two.get_email_identity(EmailIdentity=self.domain)
        self.assertEqual((shown["DkimAttributes"]["Status"], len(shown["DkimAttributes"]["Tokens"])), ("SUCCESS", 3))
        self.assertEqual(shown["MailFromAttributes"]["MailFromDomainStatus"], "SUCCESS")
        self.assertEqual(shown["MailFromAttributes"]["BehaviorOnMxFailure"], "REJECT_MESSAGE")
        self.refused("NotFoundException", self.two.get_email_identity, EmailIdentity="none.example")

    def test_default_configuration_set(self) -> None:
        chosen = name("set")
        put = self.two.put_email_identity_configuration_set_attributes
        self.refused("NotFoundException", put, EmailIdentity=self.domain, ConfigurationSetName=chosen)
        self.one.create_configuration_set(ConfigurationSet={"Name": chosen})
        self.refused("NotFoundException", put, EmailIdentity="none.example", ConfigurationSetName=chosen)
        put(EmailIdentity=self.domain, ConfigurationSetName=chosen)
        self.assertEqual(self.two.get_email_identity(EmailIdentity=self.domain)["ConfigurationSetName"], chosen)
        put(EmailIdentity=self.domain)
        self.assertNotIn("ConfigurationSetName", self.two.get_email_identity(EmailIdentity=self.domain))

    def send(self) -> None:
        self.one.send_email(
            Source=f"a@{self.domain}",
            Destination={"ToAddresses": ["b@example.com"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )

    def test_sending_is_one_switch_for_both_versions(self) -> None:
        self.send()
        self.assertTrue(self.two.get_account()["SendingEnabled"])
        self.two.put_account_sending_attributes(SendingEnabled=False)
        self.assertFalse(self.one.get_account_sending_enabled()["Enabled"])
        self.refused("AccountSendingPausedException", self.send)
        self.one.update_account_sending_enabled(Enabled=True)
        self.assertTrue(self.two.get_account()["SendingEnabled"])
        self.send()
