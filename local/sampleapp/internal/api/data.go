package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/flowcomply/infrastructure/local/sampleapp/internal/cache"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/faults"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/store"
	"github.com/flowcomply/infrastructure/local/sampleapp/internal/web"
)

// dashboardKey is where the dashboard's numbers are cached.
const dashboardKey = "dashboard"

func (a *API) me(w http.ResponseWriter, _ *http.Request, user store.User) {
	web.Reply(w, http.StatusOK, user)
}

func (a *API) dashboard(w http.ResponseWriter, r *http.Request, _ store.User) {
	var counts store.Counts
	if text, found := a.Cache.Get(r.Context(), dashboardKey); found && json.Unmarshal(text, &counts) == nil {
		web.Reply(w, http.StatusOK, counts)
		return
	}
	counts, err := a.Store.Dashboard(r.Context())
	if err != nil {
		a.fail(w, "dashboard", err)
		return
	}
	a.keep(r.Context(), dashboardKey, counts)
	web.Reply(w, http.StatusOK, counts)
}

type assetList struct {
	Items []store.Asset `json:"items"`
	Total int64         `json:"total"`
}

func (a *API) assets(w http.ResponseWriter, r *http.Request, user store.User) {
	items, total, err := a.Store.Assets(r.Context(), user.OrganizationID)
	if err != nil {
		a.fail(w, "assets", err)
		return
	}
	if a.Faults.On(faults.AssetsEmpty) {
		items, total = []store.Asset{}, 0
	}
	web.Reply(w, http.StatusOK, assetList{Items: items, Total: total})
}

// addAsset keeps the document before the row, and the row before the job, so that nothing ever points at what is not there.
func (a *API) addAsset(w http.ResponseWriter, r *http.Request, user store.User) {
	var asked struct {
		Name string `json:"name"`
	}
	if !web.Read(w, r, &asked) {
		return
	}
	if strings.TrimSpace(asked.Name) == "" || len(asked.Name) > maxName {
		web.Refuse(w, http.StatusBadRequest, "name: must have 1 to 200 bytes")
		return
	}
	asset := store.Asset{ID: store.NewID(), Name: asked.Name}
	asset.DocumentKey = fmt.Sprintf("organizations/%s/assets/%s.json", user.OrganizationID, asset.ID)
	if err := a.addDocument(r.Context(), asset, user); err != nil {
		a.fail(w, "add asset", err)
		return
	}
	web.Reply(w, http.StatusCreated, asset)
}

func (a *API) addDocument(ctx context.Context, asset store.Asset, user store.User) error {
	document, err := json.Marshal(map[string]string{"id": asset.ID, "name": asset.Name, "organizationId": user.OrganizationID})
	if err != nil {
		return err
	}
	if err := a.Documents.Put(ctx, asset.DocumentKey, document); err != nil {
		return err
	}
	if err := a.Store.AddAsset(ctx, asset, user.OrganizationID); err != nil {
		return err
	}
	a.drop(ctx, dashboardKey)
	return a.Cache.Enqueue(ctx, cache.Documents, cache.Job{AssetID: asset.ID, DocumentKey: asset.DocumentKey, EnqueuedAt: a.Now()})
}

// Process is what a worker does with a job: it reads the document and notes that it did. A job of no asset, which is
// what a stuck queue is shown with, is done at once.
func (a *API) Process(ctx context.Context, job cache.Job) error {
	if job.AssetID == "" {
		return nil
	}
	text, err := a.Documents.Get(ctx, job.DocumentKey)
	if err != nil {
		return err
	}
	var document struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("document %s: %w", job.DocumentKey, err)
	}
	if document.ID != job.AssetID {
		return fmt.Errorf("document %s: is asset %q's, wanted %q's", job.DocumentKey, document.ID, job.AssetID)
	}
	return a.Store.Processed(ctx, job.AssetID, a.Now())
}

// keep caches a value. That it could not be kept is no reason not to answer.
func (a *API) keep(ctx context.Context, key string, value any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = a.Cache.Set(ctx, key, text)
	}
	if err != nil {
		a.Log.Warn("cannot cache", "key", key, "error", err.Error())
	}
}

// drop forgets a cached value.
func (a *API) drop(ctx context.Context, key string) {
	if err := a.Cache.Drop(ctx, key); err != nil {
		a.Log.Warn("cannot drop what is cached", "key", key, "error", err.Error())
	}
}
