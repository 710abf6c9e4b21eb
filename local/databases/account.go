package databases

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who a server runs as. PostgreSQL refuses to run as root, and no server needs to; so root gives the part
// to somebody else, and anybody else keeps it.
type account struct {
	uid, gid int
	other    bool // not the one that this process runs as
}

// accountOf is the first of the users that exists, for root; nobody exists everywhere.
func accountOf(names ...string) (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range append(names, "nobody") {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return account{uid: uid, gid: gid, other: true}, nil
		}
	}
	return account{}, fmt.Errorf("there is no user but root to run as; add one of %v", append(names, "nobody"))
}

func (a account) attributes() *syscall.SysProcAttr {
	if !a.other {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}}
}

// own makes the account the owner of a file or folder.
func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// reaches tells whether the account may go through every folder down to path.
func (a account) reaches(path string) bool {
	for ; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil {
			return false
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		mode := info.Mode().Perm()
		var may bool
		switch {
		case int(owner.Uid) == a.uid:
			may = mode&0o100 != 0
		case int(owner.Gid) == a.gid:
			may = mode&0o010 != 0
		default:
			may = mode&0o001 != 0
		}
		if !may {
			return false
		}
		if path == filepath.Dir(path) {
			return true
		}
	}
}

// outsideFolder is where the data of a run folder goes that another user cannot get to: a checkout in root's home, say.
func outsideFolder(run string) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("flowcomply-databases-%x", sha256.Sum256([]byte(run)))[:30])
}

// folderFor makes the folder of a run's data: in the run folder, or where the accounts reach it.
func folderFor(run string, accounts ...account) (string, error) {
	folder := filepath.Join(run, "databases")
	if err := os.MkdirAll(folder, 0o711); err != nil {
		return "", err
	}
	reached := true
	for _, a := range accounts {
		reached = reached && a.reaches(folder)
	}
	if reached {
		return folder, nil
	}
	folder = outsideFolder(run)
	if err := os.MkdirAll(folder, 0o711); err != nil {
		return "", err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(owner.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not this user's folder; remove it", folder)
	}
	return folder, nil
}

// Sweep removes what the servers of a run folder kept outside it.
func Sweep(run string) error { return os.RemoveAll(outsideFolder(run)) }
