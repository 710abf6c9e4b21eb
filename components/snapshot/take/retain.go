package take

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// retainTimeout is how long removing may take. The next release removes what is left.
const retainTimeout = time.Minute

const (
	// quota is how many manual snapshots AWS allows in a region, unless asked for more, those of other databases and of people
	// among them (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html).
	quota = 100
	// scarce is how few of them may be left before it is said: a release takes one, and so does each instance that a restore
	// drops.
	scarce = 10
)

// retain removes the stack's oldest snapshots beyond those to keep, and returns the names of the removed ones. One that
// cannot be removed is a warning and does not fail the release, whose own snapshot is complete.
func (t *taker) retain(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, retainTimeout)
	defer cancel()
	removed := []string{}
	all, err := t.all(ctx)
	if err != nil {
		fmt.Fprintf(t.show, "snapshot: warning: older snapshots stay, as they could not be listed: %v\n", err)
		return removed
	}
	ids := surplus(all, t.Request)
	if left := quota - len(all) + len(ids); left < scarce {
		fmt.Fprintf(t.show, "snapshot: warning: %d manual snapshots are left of the %d that AWS allows in %s, unless it was asked for more; "+
			"delete those that nobody needs, or ask for more\n", max(0, left), quota, t.Region)
	}
	for _, id := range ids {
		_, err := t.rds.DeleteDBSnapshot(ctx, &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: &id})
		var gone *types.DBSnapshotNotFoundFault
		switch {
		case errors.As(err, &gone): // somebody else was quicker
		case err != nil:
			fmt.Fprintf(t.show, "snapshot: warning: %s, beyond the newest %d, could not be removed; the next release tries again: %v\n", id, t.Keep, err)
		default:
			fmt.Fprintf(t.show, "snapshot: %s removed, as it is beyond the newest %d\n", id, t.Keep)
			removed = append(removed, id)
		}
	}
	return removed
}

// all are the manual snapshots in the region: those that count, and those of the stack's database under either of its two
// names, which it changes with each restore.
func (t *taker) all(ctx context.Context) ([]types.DBSnapshot, error) {
	var all []types.DBSnapshot
	pages := rds.NewDescribeDBSnapshotsPaginator(t.rds, &rds.DescribeDBSnapshotsInput{SnapshotType: aws.String("manual")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.DBSnapshots...)
	}
	return all, nil
}

// SameDatabase tells whether two identifiers are those of one stack's database: a restore makes its copy under the other of
// its two names, <stack> and <stack>-restored.
func SameDatabase(a, b string) bool {
	const other = "-restored"
	return strings.EqualFold(a, b) || strings.EqualFold(a+other, b) || strings.EqualFold(a, b+other)
}

// surplus are the snapshots to remove, oldest first: beyond the newest of those that this program took of this stack's database
// and that can be restored, without any that has a tag named keep. The release's own is one of the newest, however old it is.
func surplus(all []types.DBSnapshot, asked Request) []string {
	others := slices.DeleteFunc(slices.Clone(all), func(s types.DBSnapshot) bool {
		mine := isPreDeploy(s) && tagged(s)[tagStack] == asked.Stack && SameDatabase(aws.ToString(s.DBInstanceIdentifier), asked.Database)
		return !mine || aws.ToString(s.DBSnapshotIdentifier) == asked.ID || aws.ToString(s.Status) != "available" || s.SnapshotCreateTime == nil
	})
	slices.SortFunc(others, func(a, b types.DBSnapshot) int {
		return cmp.Or(a.SnapshotCreateTime.Compare(*b.SnapshotCreateTime), strings.Compare(*a.DBSnapshotIdentifier, *b.DBSnapshotIdentifier))
	})
	var ids []string
	for _, old := range others[:max(0, len(others)-(asked.Keep-1))] {
		if _, kept := tagged(old)[tagKeep]; !kept {
			ids = append(ids, *old.DBSnapshotIdentifier)
		}
	}
	return ids
}
