package service

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"github.com/flowcomply/infrastructure/components/internal/iampolicy"
)

// declareRoles declares two roles, so that the application cannot read what only its start needs: the execution
// role is the ECS agent's, the task role the application's.
func (b *builder) declareRoles() error {
	execution, err := b.role("execution", "Starts the tasks of "+b.args.Service, b.executionPolicy())
	if err != nil {
		return err
	}
	task, err := b.role("task", "What "+b.args.Service+" may do", b.taskPolicy())
	if err != nil {
		return err
	}
	b.svc.ExecutionRoleArn, b.svc.TaskRoleArn = execution, task
	return nil
}

// role declares a role with one policy of its own, for the tasks of this account and region only. ECS offers no
// narrower source than that (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html).
func (b *builder) role(kind, description string, policy pulumi.StringOutput) (pulumi.StringOutput, error) {
	source := fmt.Sprintf("arn:aws:ecs:%s:%s:*", b.args.Region, b.args.AccountID)
	role, err := iam.NewRole(b.Ctx, b.Name+"-"+kind+"-role", &iam.RoleArgs{
		AssumeRolePolicy: pulumi.String(iampolicy.Assume("ecs-tasks.amazonaws.com", b.args.AccountID, source)),
		Description:      pulumi.String(description),
	}, b.Parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("%s role: %w", kind, err)
	}
	attached, err := iam.NewRolePolicy(b.Ctx, b.Name+"-"+kind+"-policy", &iam.RolePolicyArgs{Role: role.Name, Policy: policy}, b.Parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("%s policy: %w", kind, err)
	}
	b.before = append(b.before, attached) // or the first tasks start without permissions
	return role.Arn, nil
}

func (b *builder) executionPolicy() pulumi.StringOutput {
	var secrets pulumi.StringArray
	for _, name := range slices.Sorted(slices.Values(b.spec.Secrets)) {
		secrets = append(secrets, b.args.SecretRefs[name].Arn)
	}
	return pulumix.Cast[pulumi.StringOutput](pulumix.Apply4(
		b.args.RepositoryArn.ToStringOutput(), b.logGroupArn, b.args.KeyArn.ToStringOutput(), secrets.ToStringArrayOutput(),
		func(repository, logGroup, key string, secretArns []string) string {
			return execution{
				region: b.args.Region, repositoryArn: repository, logGroupArn: logGroup, keyArn: key, secretArns: secretArns,
			}.document()
		}))
}

func (b *builder) taskPolicy() pulumi.StringOutput {
	return pulumix.Cast[pulumi.StringOutput](pulumix.Apply5(
		b.args.KeyArn.ToStringOutput(), b.args.LogKeyArn.ToStringOutput(), b.args.ExecLogGroupArn.ToStringOutput(),
		b.permitted(AccessDocuments), b.permitted(AccessMail),
		func(key, execKey, execLog string, buckets, mail []string) string {
			return task{
				region: b.args.Region, keyArn: key, execKeyArn: execKey, execLogGroupArn: execLog,
				bucketArns: buckets, mailArns: mail, fromAddress: b.args.Permissions[AccessMail].FromAddress,
			}.document()
		}))
}

// permitted are the ARNs of what a word of `access` gives; none if the service does not have that access.
func (b *builder) permitted(access string) pulumi.StringArrayOutput {
	if !slices.Contains(b.spec.Access, access) {
		return pulumi.StringArray{}.ToStringArrayOutput()
	}
	return b.args.Permissions[access].Arns.ToStringArrayOutput()
}

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
