package faults

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// misnamed are names that do not lead to the stack.
func misnamed() []scenario {
	api := func(t *target) string { return t.Outputs.APIURL }
	site := func(t *target) string { return t.Outputs.SiteURL }
	return []scenario{
		{
			faults: one("record deleted", "somebody deletes the alias record of the API", "health/api", `does not resolve: .*no A record of `),
			make: recordChanged(api, func(record types.ResourceRecordSet) types.Change {
				return types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &record}
			}),
			undo: recordRestored(api),
		}, {
			faults: one("record points elsewhere", "the record of the site has the address of a server that is gone", "health/site",
				`cannot be reached: .*no load balancer has the address 192\.0\.2\.1`),
			make: recordChanged(site, func(record types.ResourceRecordSet) types.Change {
				return types.Change{Action: types.ChangeActionUpsert, ResourceRecordSet: &types.ResourceRecordSet{
					Name: record.Name, Type: record.Type, TTL: aws.Int64(60),
					ResourceRecords: []types.ResourceRecord{{Value: aws.String("192.0.2.1")}}, // which nobody has (RFC 5737)
				}}
			}),
			undo: recordRestored(site),
		},
	}
}

// recordChanged changes the record of an address's host, and waits until the name does not lead to the stack any more.
func recordChanged(address func(*target) string, change func(types.ResourceRecordSet) types.Change) func(context.Context, *target) ([]byte, error) {
	return func(ctx context.Context, t *target) (_ []byte, err error) {
		host := hostOf(address(t))
		if t.zone, t.record, err = t.recordOf(ctx, host); err != nil {
			return nil, err
		}
		if err := t.changeRecord(ctx, change(t.record)); err != nil {
			return nil, err
		}
		return nil, t.answers(ctx, address(t), false, host+" still leads to the stack")
	}
}

// recordRestored puts the record back as it was, and waits until the name leads to the stack again.
func recordRestored(address func(*target) string) func(context.Context, *target) error {
	return func(ctx context.Context, t *target) error {
		if err := t.changeRecord(ctx, types.Change{Action: types.ChangeActionUpsert, ResourceRecordSet: &t.record}); err != nil {
			return err
		}
		return t.answers(ctx, address(t), true, hostOf(address(t))+" does not lead to the stack again")
	}
}

func hostOf(address string) string { return strings.TrimPrefix(address, "https://") }

// recordOf is the A record of a host, and the hosted zone that has it.
func (t *target) recordOf(ctx context.Context, host string) (zone string, record types.ResourceRecordSet, err error) {
	client := route53.NewFromConfig(t.AWS)
	for zones := route53.NewListHostedZonesPaginator(client, &route53.ListHostedZonesInput{}); zones.HasMorePages(); {
		page, err := zones.NextPage(ctx)
		if err != nil {
			return "", record, err
		}
		for _, one := range page.HostedZones {
			shown, err := client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
				HostedZoneId: one.Id, StartRecordName: &host, StartRecordType: types.RRTypeA, MaxItems: aws.Int32(1),
			})
			if err != nil {
				return "", record, err
			}
			for _, record := range shown.ResourceRecordSets {
				if aws.ToString(record.Name) == host+"." && record.Type == types.RRTypeA {
					return aws.ToString(one.Id), record, nil
				}
			}
		}
	}
	return "", record, fmt.Errorf("no hosted zone has an A record of %s", host)
}

func (t *target) changeRecord(ctx context.Context, change types.Change) error {
	_, err := route53.NewFromConfig(t.AWS).ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &t.zone, ChangeBatch: &types.ChangeBatch{Changes: []types.Change{change}},
	})
	return err
}
