package databases

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/flowcomply/infrastructure/local/awsclient"
	"github.com/flowcomply/infrastructure/local/tcp"
)

// adminUser is the user that this process asks and changes the server as; nobody else knows the password.
const adminUser = "elasticache-keeper"

// withheld are the commands that ElastiCache keeps from its users
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RestrictedCommands.html).
var withheld = []string{
	"acl", "bgrewriteaof", "bgsave", "config", "debug", "failover", "migrate", "module", "psync", "replicaof", "save",
	"shutdown", "slaveof", "sync",
}

type redisServer struct {
	process *process
	port    int
	folder  string
	client  *redis.Client

	tokens  []string // the present one and the one before it
	known   bool     // whether tokens were ever set
	policy  string   // maxmemory-policy in force
	id      string
	cpu     counter
	hits    counter
	misses  counter
	evicted counter
}

// usual is ElastiCache's own policy for a full cache, where the parameter group says nothing.
const usual = "volatile-lru"

func policy(d details) string {
	if set := d.parameters["maxmemory-policy"]; set != "" {
		return set
	}
	return usual
}

// startRedis starts a server that keeps everything in memory.
func (s *Servers) startRedis(ctx context.Context, wanted awsclient.Database, d details) (server, error) {
	who, err := accountOf("redis")
	if err != nil {
		return nil, err
	}
	base, err := folderFor(s.run, who)
	if err != nil {
		return nil, err
	}
	r := &redisServer{folder: filepath.Join(base, "redis-"+wanted.ID), id: wanted.ID, policy: policy(d)}
	if err := errors.Join(os.RemoveAll(r.folder), os.Mkdir(r.folder, 0o700), who.own(r.folder)); err != nil {
		return nil, err
	}
	if r.port, err = tcp.FreePort(); err != nil {
		return nil, err
	}
	secret := rand.Text()
	options := &redis.Options{Addr: r.address(), Username: adminUser, Password: secret, DisableIdentity: true, PoolSize: 1, MaxRetries: -1}
	settings := map[string]string{
		"bind": "127.0.0.1", "port": fmt.Sprint(r.port), "daemonize": "no", "dir": r.folder, "save": `""`, "appendonly": "no",
		"maxmemory": fmt.Sprintf("%.0f", d.size.memory), "maxmemory-policy": r.policy,
		"set-proc-title": "no", // writes over the environment, by which what is left over is found
	}
	if d.secure {
		if options.TLSConfig, err = s.identify(who, r.folder, wanted.Host); err != nil {
			return nil, err
		}
		maps.Copy(settings, map[string]string{
			"port": "0", "tls-port": fmt.Sprint(r.port), "tls-auth-clients": "no",
			"tls-cert-file": filepath.Join(r.folder, "server.crt"), "tls-key-file": filepath.Join(r.folder, "server.key"),
		})
	}
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&conf, "%s %s\n", name, quoted(settings[name]))
	}
	// Until the token is known nobody gets in but the keeper. Passwords are written as what they hash to.
	fmt.Fprintf(&conf, "user default off\nuser %s on #%x ~* &* +@all\n", adminUser, sha256.Sum256([]byte(secret)))
	if r.process, err = launch(who, r.folder, s.programs.Redis, conf.String(), "-"); err != nil {
		return nil, err
	}
	r.client = redis.NewClient(options)
	if err := r.answers(ctx); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func quoted(value string) string {
	if value == `""` {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

func (r *redisServer) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := r.client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-r.process.ended:
			return r.process.died()
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// apply makes token and policy what AWS was told. A token before the present one stays good, which is what the
// strategy ROTATE does, until there is yet another.
func (r *redisServer) apply(ctx context.Context, wanted awsclient.Database, d details) error {
	tokens := r.tokens
	if !r.known || (len(tokens) == 0) != (wanted.Token == "") || (len(tokens) > 0 && tokens[0] != wanted.Token) {
		rules := []any{"ACL", "SETUSER", "default", "reset", "on", "~*", "&*", "+@all"}
		for _, command := range withheld {
			rules = append(rules, "-"+command)
		}
		if wanted.Token == "" {
			tokens, rules = nil, append(rules, "nopass")
		} else {
			tokens = append([]string{wanted.Token}, tokens[:min(1, len(tokens))]...)
		}
		for _, token := range tokens {
			rules = append(rules, fmt.Sprintf("#%x", sha256.Sum256([]byte(token))))
		}
		if err := r.client.Do(ctx, rules...).Err(); err != nil {
			return fmt.Errorf("token: %w", err)
		}
		r.tokens, r.known = tokens, true
	}
	if want := policy(d); want != r.policy {
		if err := r.client.ConfigSet(ctx, "maxmemory-policy", want).Err(); err != nil {
			return fmt.Errorf("maxmemory-policy: %w", err)
		}
		r.policy = want
	}
	return nil
}

func (r *redisServer) address() string { return fmt.Sprintf("127.0.0.1:%d", r.port) }
func (r *redisServer) alive() bool     { return r.process.alive() }

func (r *redisServer) stop() {
	if r.client != nil {
		_ = r.client.Close()
	}
	r.process.stop(syscall.SIGTERM, 5*time.Second)
	_ = os.RemoveAll(r.folder)
}
