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

// retain removes the database's oldest snapshots beyond those to keep, and returns the names of the removed ones. One that
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
	for _, id := range surplus(all, t.Database, t.ID, t.Keep) {
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

// all are the database's manual snapshots.
func (t *taker) all(ctx context.Context) ([]types.DBSnapshot, error) {
	var all []types.DBSnapshot
	pages := rds.NewDescribeDBSnapshotsPaginator(t.rds, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: &t.Database, SnapshotType: aws.String("manual")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.DBSnapshots...)
	}
	return all, nil
}

// surplus are the snapshots to remove, oldest first: beyond the newest of those that this program took of this database
// and that can be restored, without any that has a tag named keep. The release's own is one of the newest, however old it is.
func surplus(all []types.DBSnapshot, database, own string, keep int) []string {
	others := slices.DeleteFunc(slices.Clone(all), func(s types.DBSnapshot) bool {
		return !isPreDeploy(s) || aws.ToString(s.DBSnapshotIdentifier) == own || !strings.EqualFold(aws.ToString(s.DBInstanceIdentifier), database) ||
			aws.ToString(s.Status) != "available" || s.SnapshotCreateTime == nil
	})
	slices.SortFunc(others, func(a, b types.DBSnapshot) int {
		return cmp.Or(a.SnapshotCreateTime.Compare(*b.SnapshotCreateTime), strings.Compare(*a.DBSnapshotIdentifier, *b.DBSnapshotIdentifier))
	})
	var ids []string
	for _, old := range others[:max(0, len(others)-(keep-1))] {
		if _, kept := tagged(old)[tagKeep]; !kept {
			ids = append(ids, *old.DBSnapshotIdentifier)
		}
	}
	return ids
}
