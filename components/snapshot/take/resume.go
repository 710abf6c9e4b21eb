package take

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// The tags of a snapshot, beside its database's.
const (
	tagStack   = "stack"
	tagVersion = "flowcomply:version"
	tagNumber  = "flowcomply:number"
	// tagMark says that this program took the snapshot, as it holds the snapshot's own name: a copy that somebody makes
	// of it, tags included, has another.
	tagMark = "flowcomply:pre-deploy"
	// tagKeep, with any value, keeps a snapshot from being removed. People set it.
	tagKeep = "keep"
)

// tags are the release's and the database's, such as its owner: RDS copies those by itself only onto a snapshot that is
// given none (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html). Tags that begin with aws: are AWS's
// to give.
func (t *taker) tags(database []types.Tag) []types.Tag {
	var tags []types.Tag
	for _, tag := range [][2]string{{tagStack, t.Stack}, {tagVersion, t.Version}, {tagNumber, strconv.Itoa(t.Number)}, {tagMark, t.ID}} {
		tags = append(tags, types.Tag{Key: &tag[0], Value: &tag[1]})
	}
	for _, tag := range database {
		key := aws.ToString(tag.Key)
		given := slices.ContainsFunc(tags, func(t types.Tag) bool { return *t.Key == key })
		if !given && key != tagKeep && !strings.HasPrefix(key, "aws:") {
			tags = append(tags, tag)
		}
	}
	return tags
}

func tagged(snapshot types.DBSnapshot) map[string]string {
	tags := map[string]string{}
	for _, tag := range snapshot.TagList {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// isPreDeploy tells whether this program took a snapshot.
func isPreDeploy(snapshot types.DBSnapshot) bool {
	return tagged(snapshot)[tagMark] == aws.ToString(snapshot.DBSnapshotIdentifier) && snapshot.DBSnapshotIdentifier != nil
}

// resume takes up the snapshot that already has the name, if it is of the same release and the same database. Databases
// are compared by resource id too: one that was destroyed and created again has the same name, but other data.
func (t *taker) resume(found types.DBSnapshot, instance types.DBInstance) error {
	if aws.ToString(found.Status) == "deleting" {
		return notYetError("an earlier one of this name is being deleted")
	}
	tags := tagged(found)
	of := fmt.Sprintf("release %s (number %s) of stack %s", tags[tagVersion], tags[tagNumber], tags[tagStack])
	mine := fmt.Sprintf("release %s (number %d) of stack %s", t.Version, t.Number, t.Stack)
	if !isPreDeploy(found) {
		of = "no release"
	}
	if of != mine || !strings.EqualFold(aws.ToString(found.DBInstanceIdentifier), t.Database) {
		return t.nameTaken(fmt.Sprintf("that name is taken by a snapshot of %s, database %s; this is %s, database %s",
			of, aws.ToString(found.DBInstanceIdentifier), mine, t.Database))
	}
	if was, is := aws.ToString(found.DbiResourceId), aws.ToString(instance.DbiResourceId); was != is {
		return t.nameTaken(fmt.Sprintf("that name is taken by a snapshot of an earlier database of the name %s (%s; today's is %s)", t.Database, was, is))
	}
	if aws.ToString(found.Status) == "failed" {
		return nil // the caller reports the failure
	}
	t.printf("%s: is there already, %s; taking it up", t.ID, aws.ToString(found.Status))
	if at := found.SnapshotCreateTime; at != nil {
		t.printf("%s: what was written since %s is not in it", t.ID, at.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	return nil
}

func (t *taker) nameTaken(why string) error {
	return addNext(errors.New(why), fmt.Sprintf("look what it is for; where it is needed, copy it (aws rds copy-db-snapshot --region %s "+
		"--source-db-snapshot-identifier %s --target-db-snapshot-identifier …); delete it (%s); then run the update again", t.Region, t.ID, t.deletion()))
}

// finalStates are the states of a database that no waiting ends, by how they begin
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status).
var finalStates = []string{
	"deleting", "failed", "inaccessible-encryption-credentials", "incompatible-", "insufficient-capacity", "restore-error", "stopped", "stopping",
}

// busy is what RDS's refusal means: the database is not available yet, or will not be.
func (t *taker) busy(instance types.DBInstance, refused error) error {
	status := aws.ToString(instance.DBInstanceStatus)
	for _, state := range finalStates {
		if strings.HasPrefix(status, state) {
			return addNext(fmt.Errorf("database %s is %s: %w", t.Database, status, refused), "bring the database to the state available; then run the update again")
		}
	}
	return notYetError(fmt.Sprintf("waiting for database %s, which is %s", t.Database, status))
}
