package notify

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/flowcomply/infrastructure/release/deploylog"
	"github.com/flowcomply/infrastructure/release/deploylog/deploylogtest"
)

// The topic is a fake: that SNS takes the message, the end-to-end test proves on the emulated AWS, and that somebody reads it
// only a confirmed subscription.

const topic = "arn:aws:sns:ap-southeast-2:000000000000:main-notify-1a2b3c4d"

// box keeps what was published, or fails.
type box struct {
	sent []*sns.PublishInput
	err  error
	ctx  context.Context
}

func (b *box) Publish(ctx context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	b.ctx, b.sent = ctx, append(b.sent, in)
	return &sns.PublishOutput{}, b.err
}

// UPDATE_GOLDEN=1 go test ./release/notify writes the messages; read the difference.
func TestSend_PublishesOneMessage(t *testing.T) {
	for name, d := range deploylogtest.Samples(t) {
		t.Run(name, func(t *testing.T) {
			fake := &box{}
			require.NoError(t, Send(t.Context(), fake, topic, d, "deployments/20251006T210000Z-production-v1.1.0.html"))
			require.Len(t, fake.sent, 1)
			assert.Equal(t, topic, *fake.sent[0].TopicArn)
			got := "Subject: " + *fake.sent[0].Subject + "\n\n" + *fake.sent[0].Message
			path := filepath.Join("testdata", name+".txt")
			if os.Getenv("UPDATE_GOLDEN") == "1" {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
			_, limited := fake.ctx.Deadline()
			assert.True(t, limited, "nobody waits for a topic")
		})
	}
}

// What SNS refuses is never sent: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func TestMessage_IsWhatSNSTakes(t *testing.T) {
	all := deploylogtest.Samples(t)
	odd := all["failed"]
	odd.Stack, odd.Version = "prod\nuction", "v1.1.0 – ✅ "+strings.Repeat("long ", 40)
	for i := range 400 {
		odd.Issues = append(odd.Issues, deploylog.Issue{What: strings.Repeat("é", 100+i), Causes: []string{"cause"}})
	}
	all["odd"] = odd
	for name, d := range all {
		subject, body := Message(d, "log")
		assert.Less(t, len(subject), 100, name)
		assert.NotEmpty(t, subject, name)
		for _, c := range subject {
			assert.True(t, c >= ' ' && c <= '~', "%s: %q", name, c)
		}
		assert.LessOrEqual(t, len(body), longestBody+100, name)
		assert.Equal(t, body, strings.ToValidUTF8(body, ""), name)
	}
}

func TestMessage_HoldsNoCredentials(t *testing.T) {
	d := deploylogtest.Samples(t)["failed"]
	d.Stack = "postgresql://app:s3cretpass@db/x"
	d.SignOff.DeployedBy = "postgresql://app:s3cretpass@db/x"
	subject, body := Message(d, "")
	for _, text := range []string{subject, body} {
		assert.NotContains(t, text, "s3cretpass")
		assert.NotContains(t, text, "hunter2")
	}
}

func TestSend_SaysThatNobodyWasTold(t *testing.T) {
	denied := errors.New("AuthorizationError")
	err := Send(t.Context(), &box{err: denied}, topic, deploylogtest.Samples(t)["release"], "")
	require.ErrorIs(t, err, denied)
	require.ErrorContains(t, err, topic)
	require.ErrorContains(t, err, "sns:Publish")

	fake := &box{}
	require.ErrorContains(t, Send(t.Context(), fake, "", deploylogtest.Samples(t)["release"], ""), "notifyTopicArn")
	assert.Empty(t, fake.sent)
}

// Everybody sees from the list of mails how it ended.
func TestMessage_SubjectsDiffer(t *testing.T) {
	d := deploylogtest.Samples(t)["release"]
	seen := map[string]bool{}
	for _, status := range []deploylog.Status{deploylog.Succeeded, deploylog.Failed, deploylog.RolledBack, deploylog.RolledBackManually} {
		d.Status = status
		subject, body := Message(d, "")
		assert.Equal(t, !status.Good(), strings.HasPrefix(subject, "FAILED"), status)
		assert.False(t, seen[subject], subject)
		seen[subject] = true
		assert.NotContains(t, body, "The log:")
	}
	assert.Less(t, timeout, time.Minute)

	d.Status, d.Rollback = deploylog.Failed, &deploylog.Rollback{To: "v1.0.0", Failed: true}
	subject, body := Message(d, "")
	assert.Equal(t, "FAILED: deployment of v1.1.0 to production, and the rollback to v1.0.0", subject)
	assert.Contains(t, body, "it is not known what runs")
}
