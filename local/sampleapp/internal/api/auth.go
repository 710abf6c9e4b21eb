package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/mail"
	"strings"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/auth"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// Bounds of what registers. The upper one of passwords is bcrypt's, in bytes.
const (
	minPassword, maxPassword = 12, 72
	maxName                  = 200
)

type registration struct {
	Email        string `json:"email"`
	Password     string `json:"password"`
	Organization string `json:"organization"`
}

// problem says what is wrong with a registration, or nothing.
func (r registration) problem() string {
	address, err := mail.ParseAddress(r.Email)
	switch {
	case err != nil || address.Address != r.Email:
		return "email: not an address"
	case len(r.Password) < minPassword || len(r.Password) > maxPassword:
		return "password: must have 12 to 72 bytes"
	case strings.TrimSpace(r.Organization) == "" || len(r.Organization) > maxName:
		return "organization: must have 1 to 200 bytes"
	}
	return ""
}

func (a *API) register(w http.ResponseWriter, r *http.Request) {
	var asked registration
	if !web.Read(w, r, &asked) {
		return
	}
	asked.Email = strings.ToLower(asked.Email)
	if problem := asked.problem(); problem != "" {
		web.Refuse(w, http.StatusBadRequest, problem)
		return
	}
	hash, err := auth.Hash(asked.Password)
	if err != nil {
		a.fail(w, "register", err)
		return
	}
	user, err := a.Store.Register(r.Context(), asked.Email, hash, asked.Organization)
	switch {
	case errors.Is(err, store.ErrTaken):
		web.Refuse(w, http.StatusConflict, "email: already registered")
	case err != nil:
		a.fail(w, "register", err)
	default:
		a.drop(r.Context(), dashboardKey)
		web.Reply(w, http.StatusCreated, user)
	}
}

func (a *API) login(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if !web.Read(w, r, &asked) {
		return
	}
	user, err := a.Store.UserByEmail(r.Context(), strings.ToLower(asked.Email))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		a.fail(w, "login", err)
		return
	}
	// An unknown address takes as long as a wrong password, and is answered the same.
	err = auth.Compare(user.PasswordHash, asked.Password)
	switch {
	case errors.Is(err, auth.ErrNoMatch) || a.Faults.On(faults.LoginRefused):
		a.Log.Warn("login refused")
		web.Refuse(w, http.StatusUnauthorized, "email or password is wrong")
		return
	case err != nil:
		a.fail(w, "login", err)
		return
	}
	token, err := a.Tokens.Issue(user.ID)
	if err != nil {
		a.fail(w, "login", err)
		return
	}
	web.Reply(w, http.StatusOK, map[string]string{"token": token})
}

// bearer lets a request through with its user.
func (a *API) bearer(next func(http.ResponseWriter, *http.Request, store.User)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		id, err := a.Tokens.User(token)
		if !strings.EqualFold(scheme, "Bearer") || err != nil || a.Faults.On(faults.TokenRejected) {
			unauthorized(w)
			return
		}
		user, err := a.user(r, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			unauthorized(w) // the user is gone, the token is not
		case err != nil:
			a.fail(w, "token", err)
		default:
			next(w, r, user)
		}
	}
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	web.Refuse(w, http.StatusUnauthorized, "token is missing, expired or not valid")
}

// user is the token's user, from the cache if it is there. Nothing changes a user, so nothing drops it.
func (a *API) user(r *http.Request, id string) (store.User, error) {
	key := "user:" + id
	var user store.User
	if text, found := a.Cache.Get(r.Context(), key); found && json.Unmarshal(text, &user) == nil {
		return user, nil
	}
	user, err := a.Store.UserByID(r.Context(), id)
	if err != nil {
		return store.User{}, err
	}
	a.keep(r.Context(), key, user)
	return user, nil
}
