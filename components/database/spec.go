package database

import (
	"regexp"

	"github.com/flowcomply/infrastructure/components/validate"
)

// Spec is what an operator decides about the database. Times are UTC. A change is applied at once, and one of class,
// multiAz or engineVersion interrupts connections for a failover's length.
type Spec struct {
	// Class is the instance class, e.g. db.t4g.medium.
	Class string `json:"class"`
	// EngineVersion is PostgreSQL's major version: 15, 16 or 17. The minor one is AWS's to choose, in the maintenance
	// window. A higher major version is refused unless allowMajorUpgrade says so; there is no way back from it but a
	// snapshot.
	EngineVersion string `json:"engineVersion"`
	// AllowMajorUpgrade lets a change of engineVersion upgrade the instance. Default: false.
	AllowMajorUpgrade bool `json:"allowMajorUpgrade,omitempty"`
	// StorageGiB is the size the instance starts with, 20 to 65536. It grows by itself and never shrinks.
	StorageGiB int `json:"storageGiB"`
	// MaxStorageGiB is where automatic growth ends: at least a tenth above storageGiB.
	MaxStorageGiB int `json:"maxStorageGiB"`
	// MultiAZ keeps a standby in another zone and fails over to it.
	MultiAZ bool `json:"multiAz"`
	// BackupDays is how far back the database can be restored to any second, 7 to 35.
	BackupDays int `json:"backupDays"`
	// BackupWindow is when the daily backup runs, hh:mm-hh:mm, half an hour or longer, outside the maintenance window.
	BackupWindow string `json:"backupWindow"`
	// MaintenanceWindow is when AWS may patch, ddd:hh:mm-ddd:hh:mm, half an hour or longer.
	MaintenanceWindow string `json:"maintenanceWindow"`
	// MaxConnections is PostgreSQL's max_connections. It is set rather than left to AWS's formula, so that "half of
	// the maximum" in the objectives is a known number. A change takes effect when the instance is next rebooted.
	MaxConnections int `json:"maxConnections"`
	// MonitoringSeconds is the interval of the operating system's metrics: 1, 5, 10, 15, 30 or 60.
	MonitoringSeconds int `json:"monitoringSeconds"`
	// PerformanceInsightsDays is how long query statistics are kept: 7 (free), or 31 or 731.
	PerformanceInsightsDays int `json:"performanceInsightsDays"`
	// LogDays is how many days CloudWatch keeps the exported logs; one of the values that it offers.
	LogDays int `json:"logDays"`
	// PasswordRotation counts the master password's rotations: the next number makes a new one. Default: 0.
	PasswordRotation int `json:"passwordRotation,omitempty"`
	// Slot says which of its two names the instance has, main or restored: restored once a restore was confirmed, and main
	// again after the next; default main. `make restore` changes it. Changed by hand, the program refuses to leave the
	// instance with the data.
	Slot Slot `json:"slot,omitempty"`
	// Restore is a restore that is under way; default none. `make restore` writes it, as keys of their own
	// (`pulumi config set flowcomply:database.restore.phase hold`).
	Restore *Restore `json:"restore,omitempty"`
}

var (
	classForm       = regexp.MustCompile(`db\.[a-z0-9]+\.[a-z0-9]+`)
	backupForm      = regexp.MustCompile(clock + `-` + clock)
	maintenanceForm = regexp.MustCompile(weekday + `:` + clock + `-` + weekday + `:` + clock)
)

const (
	clock   = `([01][0-9]|2[0-3]):[0-5][0-9]`
	weekday = `(mon|tue|wed|thu|fri|sat|sun)`
)

// Validate returns every problem of the spec at once.
func (s Spec) Validate() error {
	var growth error
	if s.MaxStorageGiB*10 < s.StorageGiB*11 {
		growth = validate.Fail("maxStorageGiB", "leaves no room to grow", "a tenth above storageGiB or more")
	}
	var restore error
	if s.Restore != nil {
		restore = validate.Nested("restore", s.Restore.Validate())
	}
	return validate.All(
		validate.Match("class", s.Class, classForm, "an instance class such as db.t4g.medium"),
		validate.OneOf("engineVersion", s.EngineVersion, "15", "16", "17"),
		validate.Range("storageGiB", s.StorageGiB, 20, 65536),
		validate.Range("maxStorageGiB", s.MaxStorageGiB, 22, 65536),
		growth,
		validate.Range("backupDays", s.BackupDays, 7, 35),
		validate.Match("backupWindow", s.BackupWindow, backupForm, "hh:mm-hh:mm"),
		validate.Match("maintenanceWindow", s.MaintenanceWindow, maintenanceForm, "ddd:hh:mm-ddd:hh:mm, days in lower case"),
		validate.Range("maxConnections", s.MaxConnections, 20, 5000),
		validate.Among("monitoringSeconds", s.MonitoringSeconds, 1, 5, 10, 15, 30, 60),
		validate.Among("performanceInsightsDays", s.PerformanceInsightsDays, 7, 31, 731),
		validate.LogDays("logDays", s.LogDays),
		validate.Min("passwordRotation", s.PasswordRotation, 0),
		validate.OneOf("slot", s.ConfiguredSlot(), Main, Restored),
		restore,
	)
}
