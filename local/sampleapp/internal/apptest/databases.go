package apptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Postgres is a running PostgreSQL.
type Postgres struct {
	*Process
	port string
	next int
}

// NewPostgres starts one, which takes two seconds: share it among subtests, each with a Database of its own.
func NewPostgres(t testing.TB) *Postgres {
	t.Helper()
	as := account(t)
	data := folder(t, as)
	run(t, as, binary(t, "initdb"), "--pgdata="+data, "--username=flowcomply", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
	certificate, key, _ := certify(t, data, as)
	server := &Postgres{port: port(t)}
	server.Process = start(t, as, "ready to accept connections", syscall.SIGINT, binary(t, "postgres"), "-D", data,
		"-c", "listen_addresses=127.0.0.1", "-c", "port="+server.port, "-c", "unix_socket_directories=", "-c", "fsync=off",
		"-c", "ssl=on", "-c", "ssl_cert_file="+certificate, "-c", "ssl_key_file="+key)
	return server
}

// Database makes an empty database and returns its DATABASE_URL, written as the stack's.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	p.next++
	name := fmt.Sprintf("test%d", p.next)
	Exec(t, p.url("postgres"), "CREATE DATABASE "+name)
	return p.url(name) + "?schema=public&sslmode=require"
}

func (p *Postgres) url(database string) string {
	return fmt.Sprintf("postgresql://flowcomply:secret@127.0.0.1:%s/%s", p.port, database)
}

// Connect opens a connection that ends with the test.
func Connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	url, _, _ = strings.Cut(url, "?")
	conn, err := pgx.Connect(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs SQL.
func Exec(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	conn := Connect(t, url)
	_, err := conn.Exec(context.Background(), sql, args...)
	require.NoError(t, err)
	require.NoError(t, conn.Close(context.Background()))
}

// Redis is a running Redis, with TLS only and a token, as ElastiCache's.
type Redis struct {
	*Process
	URL string
	// Authority is the file of the authority that signed its certificate.
	Authority string
}

// NewRedis starts one.
func NewRedis(t testing.TB) *Redis {
	t.Helper()
	as := account(t)
	data := folder(t, as)
	certificate, key, authority := certify(t, data, as)
	free := port(t)
	server := &Redis{URL: "rediss://:token@127.0.0.1:" + free, Authority: authority}
	server.Process = start(t, as, "Ready to accept connections", syscall.SIGTERM, binary(t, "redis-server"),
		"--bind", "127.0.0.1", "--port", "0", "--tls-port", free, "--tls-cert-file", certificate, "--tls-key-file", key,
		"--tls-auth-clients", "no", "--requirepass", "token", "--save", "", "--dir", data)
	return server
}

// certify writes a certificate for 127.0.0.1 that nobody knows the signer of: its own.
func certify(t testing.TB, folder string, owner *syscall.Credential) (certificate, key, authority string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate, key = filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key")
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
		give(t, path, owner)
	}
	return certificate, key, certificate
}
