package registry

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/components/record"
)

// These tests run the policy against the simulator in simulator_test.go, which is ECR as its user guide describes
// it. They do not prove that ECR behaves as documented, nor when in the 24 hours it takes it removes an image.

var kept = Spec{KeepReleases: MinimumReleases, UntaggedDays: 7}

func TestLifecycle_Golden(t *testing.T) {
	record.Golden(t, "lifecycle.json", Lifecycle(kept)+"\n")
}

func TestLifecycle_KeepsTheLastReleases(t *testing.T) {
	release := func(r *repository, i int) error { return r.push(fmt.Sprint("digest-", i), version(i)) }
	for name, row := range map[string]struct {
		push          func(r *repository, i int) error
		pushed, first int // releases 0..pushed-1; of them first..pushed-1 survive
	}{
		"fewer than the limit": {release, MinimumReleases - 1, 0},
		"exactly the limit":    {release, MinimumReleases, 0},
		"one more":             {release, MinimumReleases + 1, 1},
		"many more":            {release, 4 * MinimumReleases, 3 * MinimumReleases},
		"all on one day":       {func(r *repository, i int) error { r.day = 0; return release(r, i) }, 2 * MinimumReleases, MinimumReleases},
		"a year between two":   {func(r *repository, i int) error { r.day += 365; return release(r, i) }, 2 * MinimumReleases, MinimumReleases},
		"with a further tag": {func(r *repository, i int) error {
			return all(release(r, i), r.push(fmt.Sprint("digest-", i), fmt.Sprint("sha-", i)))
		}, 2 * MinimumReleases, MinimumReleases},
		"with the further first": {func(r *repository, i int) error {
			return all(r.push(fmt.Sprint("digest-", i), fmt.Sprint("sha-", i)), release(r, i))
		}, 2 * MinimumReleases, MinimumReleases},
		"among other tags": {func(r *repository, i int) error {
			return all(r.push(fmt.Sprint("vendor-", i), fmt.Sprint("vendor", i)), r.push(fmt.Sprint("next-", i), fmt.Sprint("vnext-", i)), release(r, i))
		}, 2 * MinimumReleases, MinimumReleases},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository()
			for i := range row.pushed {
				r.day++
				require.NoError(t, row.push(r, i))
				require.NoError(t, r.expire(Lifecycle(kept)))
			}
			for i := range row.pushed {
				assert.Equal(t, i >= row.first, r.holder(version(i)) != nil, "release %d", i)
			}
		})
	}
}

// Whatever the order of pushes, retags, days and evaluations, the last releases are there, and the rule has not
// matched nothing: older ones are gone.
func TestLifecycle_AnySequence(t *testing.T) {
	for seed := range int64(200) {
		dice := rand.New(rand.NewSource(seed))
		spec := Spec{KeepReleases: MinimumReleases + dice.Intn(5), UntaggedDays: 1 + dice.Intn(30)}
		r, releases, others := newRepository(), 0, 0
		for range 400 {
			others++
			switch dice.Intn(7) {
			case 0, 1, 2:
				require.NoError(t, r.push(fmt.Sprint("release-", releases), version(releases)))
				releases++
			case 3: // any other tag, on an image of its own
				require.NoError(t, r.push(fmt.Sprint("other-", others), fmt.Sprint([]string{"latest-", "vnext-", "v1-", "pr-v", "cache."}[dice.Intn(5)], others)))
			case 4: // a further tag on some release that is still there
				if digest := fmt.Sprint("release-", dice.Intn(releases+1)); r.images[digest] != nil {
					require.NoError(t, r.push(digest, fmt.Sprint("sha-", others)))
				}
			case 5: // a push cut off before its tag
				require.NoError(t, r.push(fmt.Sprint("broken-", others), ""))
			case 6:
				r.day += dice.Intn(60)
			}
			if dice.Intn(3) == 0 {
				require.NoError(t, r.expire(Lifecycle(spec)))
			}
			for i := max(0, releases-spec.KeepReleases); i < releases; i++ {
				require.NotNil(t, r.holder(version(i)), "seed %d: release %d of %d is gone", seed, i, releases)
			}
		}
		require.NoError(t, r.expire(Lifecycle(spec)))
		for i := range releases - spec.KeepReleases {
			require.Nil(t, r.holder(version(i)), "seed %d: release %d of %d is still there: the rule matches nothing", seed, i, releases)
		}
	}
}

// An image for several platforms, or with an attestation, is an index; its parts have no tag of their own.
func TestLifecycle_KeepsThePartsOfAnIndex(t *testing.T) {
	r := newRepository()
	for i := range 2 * MinimumReleases {
		r.day += 100
		r.pushChild(fmt.Sprint("part-", i), fmt.Sprint("digest-", i))
		require.NoError(t, r.push(fmt.Sprint("digest-", i), version(i)))
		require.NoError(t, r.expire(Lifecycle(kept)))
	}
	for i := MinimumReleases; i < 2*MinimumReleases; i++ {
		assert.Contains(t, r.images, fmt.Sprint("part-", i), "an index without its parts cannot be pulled")
	}
}

func TestLifecycle_RemovesCutOffPushesOnly(t *testing.T) {
	r := newRepository()
	require.NoError(t, r.push("broken", ""))
	require.NoError(t, r.push("other", "some-tag"))
	r.day = kept.UntaggedDays
	require.NoError(t, r.expire(Lifecycle(kept)))
	assert.Contains(t, r.images, "broken", "not older than the limit")
	r.day += 1000
	require.NoError(t, r.expire(Lifecycle(kept)))
	assert.NotContains(t, r.images, "broken")
	assert.Contains(t, r.images, "other", "what matches no rule is kept")
}

// Why package image makes each release a manifest of its own: the old manifest under a new release tag is as old as
// ever, and the newest release is the first to go. If ECR changes this, the build argument can go.
func TestLifecycle_OldManifestUnderNewTagStaysOld(t *testing.T) {
	r := newRepository()
	for i := range MinimumReleases {
		r.day++
		require.NoError(t, r.push(fmt.Sprint("digest-", i), version(i)))
	}
	require.NoError(t, r.push("digest-0", version(MinimumReleases)))
	require.NoError(t, r.push("new", version(MinimumReleases+1)))
	require.NoError(t, r.expire(Lifecycle(kept)))
	assert.Nil(t, r.holder(version(MinimumReleases)))
}

// The simulator can tell a bad policy from a good one: these are the ones that have cost others their images.
func TestSimulator_SeesBadPolicies(t *testing.T) {
	const anyRule = `{"rulePriority":9,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":5},"action":{"type":"expire"}}`
	const latestRule = `{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["release-"],"countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}}`
	r := newRepository()
	for i := range MinimumReleases {
		r.day++
		require.NoError(t, r.push(fmt.Sprint("digest-", i), version(i)))
	}
	require.NoError(t, r.expire(`{"rules":[`+latestRule+`]}`))
	assert.Len(t, r.images, MinimumReleases, "a rule that matches nothing removes nothing")
	require.NoError(t, r.expire(`{"rules":[`+latestRule+`,`+anyRule+`]}`))
	assert.Len(t, r.images, 5, "the rule meant for the rest takes the releases")
	require.Error(t, r.push("digest-x", version(MinimumReleases-1)), "immutable")
	for _, refused := range []string{
		`{"rules":[]}`, `{"rules":[` + anyRule + `,` + anyRule + `]}`,
		`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`,
		`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["*a*b*c*d*"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}`,
		`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countNumber":1},"action":{"type":"expire"}}]}`,
	} {
		require.Error(t, r.expire(refused), refused)
	}
}

func version(i int) string { return fmt.Sprintf("v1.%d.%d", i/10, i%10) }

func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
