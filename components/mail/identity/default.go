// Package identity makes a configuration set the one that SES uses for all mail of an identity that names none.
//
// The Terraform provider can say so only of an identity that it creates with SES v2, and SES creates no identity twice:
// one that was declared with v1 would have to be deleted first, and mail with it. So a step of the update says it.
package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/flowcomply/infrastructure/internal/poll"
)

// identities is what is asked of SES.
type identities interface {
	PutEmailIdentityConfigurationSetAttributes(
		context.Context, *sesv2.PutEmailIdentityConfigurationSetAttributesInput, ...func(*sesv2.Options),
	) (*sesv2.PutEmailIdentityConfigurationSetAttributesOutput, error)
}

// Request is which set becomes the default of which identity.
type Request struct {
	Region           string
	Identity         string // a domain
	ConfigurationSet string // its name
}

// Receipt says what was done.
type Receipt struct {
	Identity         string `json:"identity"`
	ConfigurationSet string `json:"configurationSet"`
}

const (
	interval = 2 * time.Second
	// patience is how long SES may not yet know a set that was just created.
	patience = time.Minute
)

// Run makes the set the default, whatever was before. It needs ses:PutEmailIdentityConfigurationSetAttributes.
func Run(ctx context.Context, account aws.Config, asked Request, show io.Writer) (Receipt, error) {
	return assign(ctx, sesv2.NewFromConfig(account), asked, show)
}

func assign(ctx context.Context, ses identities, asked Request, show io.Writer) (Receipt, error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := poll.Until(limited, interval, func(ctx context.Context) error {
		_, err := ses.PutEmailIdentityConfigurationSetAttributes(ctx, &sesv2.PutEmailIdentityConfigurationSetAttributesInput{
			EmailIdentity: &asked.Identity, ConfigurationSetName: &asked.ConfigurationSet,
		})
		var unknown *types.NotFoundException
		if err != nil && !errors.As(err, &unknown) {
			return poll.Permanent(err)
		}
		return err
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: configuration set %s is not its default: %w; next: run the update again, "+
			"with permission for ses:PutEmailIdentityConfigurationSetAttributes", asked.Identity, asked.ConfigurationSet, err)
	}
	_, _ = fmt.Fprintf(show, "%s: mail that names no configuration set uses %s\n", asked.Identity, asked.ConfigurationSet)
	return Receipt{Identity: asked.Identity, ConfigurationSet: asked.ConfigurationSet}, nil
}
