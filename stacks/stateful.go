package stacks

// Stateful lists the types of resources that hold what cannot be made again, sorted: protected where data matters, and
// replaced by no release and no rollback. Logs are among them: the record of what happened is wanted most when an
// environment has gone wrong.
func Stateful() []string {
	return []string{
		"aws:cloudwatch/logGroup:LogGroup",
		"aws:ecr/repository:Repository",
		"aws:elasticache/replicationGroup:ReplicationGroup",
		"aws:kms/key:Key",
		"aws:rds/instance:Instance",
		"aws:route53/zone:Zone",
		"aws:s3/bucketV2:BucketV2",
		"aws:secretsmanager/secret:Secret",
	}
}
