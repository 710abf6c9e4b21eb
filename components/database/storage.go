package database

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RDS stripes a gp3 volume of 400 GiB and more, and gives it this for the same price. It takes neither number for a smaller
// one. Both are given explicitly: the provider sends the last IOPS that it knows with each change of the size, and those of a
// volume that was smaller are too few, so that RDS refuses the change
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage,
// https://github.com/hashicorp/terraform-provider-aws/issues/28382).
const (
	stripedGiB        = 400
	stripedIOPS       = 12000
	stripedMiBASecond = 500
)

// setStorage sizes a slot's instance: a copy as its data need it. To an instance that has grown beyond this by itself the
// provider sends nothing.
func (s Spec) setStorage(inputs *rds.InstanceArgs, slot Slot) {
	size := s.StorageGiB
	if s.copied(slot) && s.Restore.StorageGiB > 0 {
		size = s.Restore.StorageGiB
	}
	inputs.AllocatedStorage, inputs.MaxAllocatedStorage = pulumi.Int(size), pulumi.Int(s.MaxStorageGiB)
	inputs.StorageType, inputs.StorageEncrypted = pulumi.String("gp3"), pulumi.Bool(true)
	if size >= stripedGiB {
		inputs.Iops, inputs.StorageThroughput = pulumi.Int(stripedIOPS), pulumi.Int(stripedMiBASecond)
	}
}

// CopyGiB is the size that a copy of data of this size begins with, where it is not storageGiB; 0 where it is. RDS makes a
// volume no smaller, restores a moment to a volume of the same size, and refuses to grow one by less than a tenth.
func (s Spec) CopyGiB(has int, moment bool) int {
	if has == s.StorageGiB || !moment && s.StorageGiB*10 >= has*11 {
		return 0
	}
	return has
}

// HasRoom tells whether a volume of this size may grow as far as maxStorageGiB allows: RDS wants a tenth.
func (s Spec) HasRoom(size int) bool { return s.MaxStorageGiB*10 >= size*11 }
