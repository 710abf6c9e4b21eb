package identity

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests hold what SES is asked, and how often. They do not prove that SES then uses the set.

// sender is an SES that refuses with each of these, in order, and then does as it is asked.
type sender struct {
	refusals []error
	asked    []string
}

func (s *sender) PutEmailIdentityConfigurationSetAttributes(
	_ context.Context, in *sesv2.PutEmailIdentityConfigurationSetAttributesInput, _ ...func(*sesv2.Options),
) (*sesv2.PutEmailIdentityConfigurationSetAttributesOutput, error) {
	s.asked = append(s.asked, aws.ToString(in.EmailIdentity)+" "+aws.ToString(in.ConfigurationSetName))
	if len(s.refusals) > 0 {
		err := s.refusals[0]
		s.refusals = s.refusals[1:]
		return nil, err
	}
	return &sesv2.PutEmailIdentityConfigurationSetAttributesOutput{}, nil
}

var request = Request{Region: "ap-southeast-2", Identity: "flowcomply.com", ConfigurationSet: "mail-1234567"}

func TestAssign_MakesTheSetTheDefault(t *testing.T) {
	ses, shown := &sender{}, &bytes.Buffer{}
	done, err := assign(t.Context(), ses, request, shown)
	require.NoError(t, err)
	assert.Equal(t, Receipt{Identity: "flowcomply.com", ConfigurationSet: "mail-1234567"}, done)
	assert.Equal(t, []string{"flowcomply.com mail-1234567"}, ses.asked)
	assert.Equal(t, "flowcomply.com: mail that names no configuration set uses mail-1234567\n", shown.String())
}

func TestAssign_WaitsForASetThatSESDoesNotKnowYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ses := &sender{refusals: []error{&types.NotFoundException{}, &types.NotFoundException{}}}
		_, err := assign(t.Context(), ses, request, &bytes.Buffer{})
		require.NoError(t, err)
		assert.Len(t, ses.asked, 3)
	})
}

func TestAssign_DoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, ses := time.Now(), &sender{}
		for range 100 {
			ses.refusals = append(ses.refusals, &types.NotFoundException{Message: aws.String("no such set")})
		}
		_, err := assign(t.Context(), ses, request, &bytes.Buffer{})
		require.ErrorContains(t, err, "flowcomply.com: configuration set mail-1234567 is not its default")
		require.ErrorContains(t, err, "no such set")
		assert.Equal(t, patience, time.Since(began))
	})
}

func TestAssign_ARefusalIsFinal(t *testing.T) {
	ses := &sender{refusals: []error{errors.New("AccessDeniedException")}}
	_, err := assign(t.Context(), ses, request, &bytes.Buffer{})
	require.ErrorContains(t, err, "AccessDeniedException; next: run the update again")
	assert.Len(t, ses.asked, 1)
}
