package databases

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// details are what AWS says of a database beside how to reach it.
type details struct {
	parameters map[string]string // of its parameter group, where they are not the engine's own
	size       size
	credits    bool     // it is of a t class, which spends CPU credits
	storage    float64  // bytes, of a database
	members    []string // cache clusters of a replication group, the primary first
	secure     bool     // TLS
}

func (s *Servers) database(ctx context.Context, id string) (details, error) {
	out, err := s.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String(id)})
	if err != nil {
		return details{}, err
	}
	if len(out.DBInstances) != 1 {
		return details{}, fmt.Errorf("%d database instances of that name", len(out.DBInstances))
	}
	db := out.DBInstances[0]
	found := details{parameters: map[string]string{}, secure: true, storage: float64(aws.ToInt32(db.AllocatedStorage)) * gib}
	if found.size, err = databaseSize(aws.ToString(db.DBInstanceClass)); err != nil {
		return details{}, err
	}
	found.credits = strings.HasPrefix(aws.ToString(db.DBInstanceClass), "db.t")
	for _, group := range db.DBParameterGroups {
		if strings.HasPrefix(aws.ToString(group.DBParameterGroupName), "default.") {
			continue
		}
		pages := rds.NewDescribeDBParametersPaginator(s.rds, &rds.DescribeDBParametersInput{
			DBParameterGroupName: group.DBParameterGroupName, Source: aws.String("user"),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return details{}, err
			}
			found.keep(page.Parameters)
		}
	}
	return found, nil
}

func (d details) keep(parameters []types.Parameter) {
	for _, p := range parameters {
		if p.ParameterValue != nil {
			d.parameters[aws.ToString(p.ParameterName)] = *p.ParameterValue
		}
	}
}

func (s *Servers) cache(ctx context.Context, id string) (details, error) {
	out, err := s.elasticache.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(id)})
	if err != nil {
		return details{}, err
	}
	if len(out.ReplicationGroups) != 1 || len(out.ReplicationGroups[0].MemberClusters) == 0 {
		return details{}, fmt.Errorf("%d replication groups of that name, or one without members", len(out.ReplicationGroups))
	}
	group := out.ReplicationGroups[0]
	found := details{parameters: map[string]string{}, secure: aws.ToBool(group.TransitEncryptionEnabled), members: group.MemberClusters}
	memory, err := nodeMemory(aws.ToString(group.CacheNodeType))
	if err != nil {
		return details{}, err
	}
	_, step, _ := parts(aws.ToString(group.CacheNodeType), "cache")
	found.size = size{memory: memory, cpus: processors(step)}
	found.credits = strings.HasPrefix(aws.ToString(group.CacheNodeType), "cache.t")
	clusters, err := s.elasticache.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: aws.String(group.MemberClusters[0])})
	if err != nil || len(clusters.CacheClusters) != 1 || clusters.CacheClusters[0].CacheParameterGroup == nil {
		return found, err
	}
	name := clusters.CacheClusters[0].CacheParameterGroup.CacheParameterGroupName
	if strings.HasPrefix(aws.ToString(name), "default.") {
		return found, nil
	}
	set, err := s.elasticache.DescribeCacheParameters(ctx, &elasticache.DescribeCacheParametersInput{CacheParameterGroupName: name, Source: aws.String("user")})
	if err != nil {
		return details{}, err
	}
	for _, p := range set.Parameters {
		if p.ParameterValue != nil {
			found.parameters[aws.ToString(p.ParameterName)] = *p.ParameterValue
		}
	}
	return found, nil
}
