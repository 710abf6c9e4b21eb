"""The sources and the categories of an event subscription. Does not prove that anybody is told of an event: here nobody is."""

from tests.support import Case, client, name


class Subscriptions(Case):
    def setUp(self) -> None:
        self.rds, self.name, self.db = client("rds"), name("events"), name("db")
        self.rds.create_db_instance(
            DBInstanceIdentifier=self.db, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20
        )
        self.topic = client("sns").create_topic(Name=name("topic"))["TopicArn"]
        self.rds.create_event_subscription(
            SubscriptionName=self.name, SnsTopicArn=self.topic, SourceType="db-instance", SourceIds=["first"]
        )

    def sources(self) -> list[str]:
        found = self.rds.describe_event_subscriptions(SubscriptionName=self.name)["EventSubscriptionsList"]
        return found[0]["SourceIdsList"]

    def test_what_it_is_about_changes_and_what_is_left_out_stays(self) -> None:
        self.rds.modify_event_subscription(SubscriptionName=self.name, EventCategories=["failover", "deletion"])
        found = self.rds.describe_event_subscriptions(SubscriptionName=self.name)["EventSubscriptionsList"][0]
        self.assertEqual(found["EventCategoriesList"], ["failover", "deletion"])
        self.assertEqual((found["SnsTopicArn"], found["SourceType"]), (self.topic, "db-instance"))
        self.refused("SubscriptionNotFound", self.rds.modify_event_subscription, SubscriptionName="nothing", Enabled=True)

    def test_sources_come_and_go(self) -> None:
        add, remove = self.rds.add_source_identifier_to_subscription, self.rds.remove_source_identifier_from_subscription
        add(SubscriptionName=self.name, SourceIdentifier=self.db)
        add(SubscriptionName=self.name, SourceIdentifier=self.db)
        self.assertEqual(self.sources(), ["first", self.db])
        remove(SubscriptionName=self.name, SourceIdentifier="first")
        self.assertEqual(self.sources(), [self.db])
        for call in (add, remove):
            self.refused("SourceNotFound", call, SubscriptionName=self.name, SourceIdentifier="nobody")
            self.refused("SubscriptionNotFound", call, SubscriptionName="nothing", SourceIdentifier=self.db)
