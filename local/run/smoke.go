package run

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// smokeVariable is the secret of the user that verification logs in as; stacks.SmokeUser, which is another module's.
const smokeVariable = "SMOKE_USER"

// smokeUser is that user's secret in a run folder: the same each time, so that a second update changes nothing, and
// made from the folder's passphrase, so that it is nowhere in plain text.
func smokeUser(folder string) (string, error) {
	passphrase, err := os.ReadFile(filepath.Join(folder, "passphrase"))
	if err != nil {
		return "", fmt.Errorf("smoke user: %w", err)
	}
	password := hmac.New(sha256.New, passphrase)
	password.Write([]byte(smokeVariable))
	made, err := json.Marshal(map[string]string{"email": "smoke@flowcomply.test", "password": hex.EncodeToString(password.Sum(nil))})
	return string(made), err
}
