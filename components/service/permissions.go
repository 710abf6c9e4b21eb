package service

import (
	"slices"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// execution is what the ECS agent may do to start the tasks of one service, and nothing for any other service. The
// managed AmazonECSTaskExecutionRolePolicy would open every repository and every log group of the account.
type execution struct {
	region, repositoryArn, logGroupArn, keyArn string
	secretArns                                 []string
}

func (e execution) document() string {
	statements := []iampolicy.Statement{
		{Sid: "RegistryToken", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}}, // has no resource level
		{
			Sid:       "PullImage",
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: []string{e.repositoryArn},
		},
		{Sid: "WriteLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{e.logGroupArn + ":*"}},
	}
	if len(e.secretArns) > 0 {
		statements = append(statements,
			iampolicy.Statement{Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: e.secretArns},
			iampolicy.Statement{
				Sid: "DecryptSecrets", Actions: []string{"kms:Decrypt"}, Resources: []string{e.keyArn},
				Conditions: via("secretsmanager", e.region),
			})
	}
	return iampolicy.Document(statements...)
}

// task is what the application itself may do.
type task struct {
	region, keyArn, execKeyArn, execLogGroupArn string
	bucketArns, mailArns                        []string
	fromAddress                                 string
}

func (t task) document() string {
	return iampolicy.Document(slices.Concat(t.exec(), t.documents(), t.mail())...)
}

// exec lets an operator's ECS Exec session reach the container, encrypted and recorded.
func (t task) exec() []iampolicy.Statement {
	return []iampolicy.Statement{{
		Sid: "ExecChannel",
		Actions: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
		Resources: []string{"*"}, // has no resource level
	}, {
		Sid: "FindExecLog", Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}, // is asked for on *
	}, {
		Sid: "WriteExecLog", Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resources: []string{t.execLogGroupArn + ":*"},
	}, {
		Sid: "DecryptExec", Actions: []string{"kms:Decrypt"}, Resources: []string{t.execKeyArn},
	}}
}

// documents lets the application keep files in the bucket. The bucket is versioned and the application may not
// delete versions: what it deletes can be brought back.
func (t task) documents() []iampolicy.Statement {
	if len(t.bucketArns) == 0 {
		return nil
	}
	var objects []string
	for _, bucket := range t.bucketArns {
		objects = append(objects, bucket+"/*")
	}
	return []iampolicy.Statement{
		{Sid: "ListDocuments", Actions: []string{"s3:ListBucket"}, Resources: t.bucketArns},
		{Sid: "UseDocuments", Actions: []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"}, Resources: objects},
		{
			Sid: "EncryptDocuments", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []string{t.keyArn},
			Conditions: via("s3", t.region),
		},
	}
}

// mail lets the application send as one address only.
func (t task) mail() []iampolicy.Statement {
	if len(t.mailArns) == 0 {
		return nil
	}
	return []iampolicy.Statement{{
		Sid: "SendMail", Actions: []string{"ses:SendEmail", "ses:SendRawEmail"}, Resources: t.mailArns,
		Conditions: iampolicy.Conditions{"StringEquals": {"ses:FromAddress": {t.fromAddress}}},
	}}
}

// via narrows the use of a key to requests that one AWS service makes for the role.
func via(service, region string) iampolicy.Conditions {
	return iampolicy.Conditions{"StringEquals": {"kms:ViaService": {service + "." + region + ".amazonaws.com"}}}
}
