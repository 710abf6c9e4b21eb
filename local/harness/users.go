package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// smokeUser is the user that verification logs in as, as the stack's secret has it.
type smokeUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (s *Stack) smokeUser(ctx context.Context) (smokeUser, error) {
	var user smokeUser
	secret, err := secretsmanager.NewFromConfig(s.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.Outputs.SmokeSecretArn})
	if err != nil {
		return user, fmt.Errorf("smoke user: %w", err)
	}
	if err := json.Unmarshal([]byte(aws.ToString(secret.SecretString)), &user); err != nil {
		return user, fmt.Errorf("smoke user: the secret is not JSON: %w", err)
	}
	return user, nil
}

// session is a token of that user's, who has to be registered.
func (s *Stack) session(ctx context.Context) (string, error) {
	user, err := s.smokeUser(ctx)
	if err != nil {
		return "", err
	}
	var session struct {
		Token string `json:"token"`
	}
	err = s.ask(ctx, "/api/auth/login", "", user, &session, http.StatusOK)
	return session.Token, err
}

// Populate registers the user that verification logs in as, where there is none yet, and gives it an asset.
func (s *Stack) Populate(ctx context.Context) error {
	user, err := s.smokeUser(ctx)
	if err != nil {
		return err
	}
	registration := map[string]string{"email": user.Email, "password": user.Password, "organization": "Smoke"}
	if err := s.ask(ctx, "/api/auth/register", "", registration, nil, http.StatusCreated, http.StatusConflict); err != nil {
		return err
	}
	if names, err := s.Assets(ctx); err != nil || len(names) > 0 {
		return err
	}
	return s.AddAsset(ctx, FirstAsset)
}

// FirstAsset is the name of what Populate gives the user.
const FirstAsset = "First asset"

// Assets are the names of what the user of verification sees, the newest first.
func (s *Stack) Assets(ctx context.Context) ([]string, error) {
	token, err := s.session(ctx)
	if err != nil {
		return nil, err
	}
	var assets struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	err = s.ask(ctx, "/api/assets", token, nil, &assets, http.StatusOK)
	var names []string
	for _, item := range assets.Items {
		names = append(names, item.Name)
	}
	return names, err
}

// AddAsset adds one for the user of verification.
func (s *Stack) AddAsset(ctx context.Context, name string) error {
	token, err := s.session(ctx)
	if err != nil {
		return err
	}
	return s.ask(ctx, "/api/assets", token, map[string]string{"name": name}, nil, http.StatusCreated)
}

// ask posts what is given, or gets where nothing is, and reads the answer into out.
func (s *Stack) ask(ctx context.Context, path, token string, given, out any, fine ...int) error {
	method, body := http.MethodGet, io.Reader(nil)
	if given != nil {
		text, err := json.Marshal(given)
		if err != nil {
			return err
		}
		method, body = http.MethodPost, bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.Outputs.APIURL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.Web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	for _, status := range fine {
		if res.StatusCode == status {
			if out == nil {
				return nil
			}
			return json.NewDecoder(res.Body).Decode(out)
		}
	}
	return fmt.Errorf("%s %s%s: %s", method, s.Outputs.APIURL, path, res.Status)
}
