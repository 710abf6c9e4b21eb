# FlowComply on AWS. `make` lists the targets.
.DEFAULT_GOAL := help
LOCAL := .local/bin/local
MAPORDER := .local/bin/maporder
FLOWCOMPLY := .local/bin/flowcomply
AWS_PORT ?= 4566
REGISTRY_PORT ?= 4567
STACK ?= production
N ?= 20
# A variable's value as one word for the shell, whatever is in it: blanks, quotes, and $ too.
quoted = '$(subst ','\'',$(value $1))'
# A flag with a variable's value; nothing where that is empty.
flag = $(if $(value $2),$1 $(call quoted,$2))
# The stack, and its stack file with the secrets, where that is not Pulumi.$(STACK).yaml.
ON = --stack $(call quoted,STACK) $(call flag,--config-file,CONFIG_FILE)
AGREED := $(if $(YES),--yes)
COMMITTED := $(if $(COMMIT),--commit)
PORTS := -aws-port $(AWS_PORT) -registry-port $(REGISTRY_PORT)
# How long things take on the emulated AWS: fast (the default), middle or aws.
PACED = $(call flag,-pace,PACE)
# As Pulumi's language host compiles the program: tests, linters and previews share one build cache.
export GOFLAGS := -buildvcs=false -trimpath

.PHONY: help up down env rehearse scan flowcomply bootstrap release rollback releases restore restore-drill recover lint test test-units test-dates e2e faults ordering soak golden bench verify toolchain browser $(LOCAL) $(MAPORDER) $(FLOWCOMPLY)

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

up: $(LOCAL) ## bring the stack "local" up on an emulated AWS on this machine; PACE=fast, middle or aws
	@exec $(LOCAL) up $(PORTS) $(PACED)

down: $(LOCAL) ## destroy it, end what was started, leave nothing behind
	@exec $(LOCAL) down

env: $(LOCAL) ## print what makes aws, pulumi and verify use that AWS: eval "$(make -s env)"
	@exec $(LOCAL) env

rehearse: $(LOCAL) ## take STACK's own file through a life on a fresh emulated AWS; PACE=aws as slowly as AWS, PARTS=release,failure,rollback,restore
	@exec $(LOCAL) rehearse -stack $(call quoted,STACK) $(PACED) $(call flag,-parts,PARTS)

scan: $(LOCAL) ## apply production's own file to a fresh emulated AWS, and hold what Prowler finds against docs/controls.md
	@exec $(LOCAL) scan

flowcomply: $(FLOWCOMPLY) ## build .local/bin/flowcomply, whose exit codes tell more than make's: the next eight targets are short cuts for it

bootstrap: $(FLOWCOMPLY) ## make the key of STACK's secrets and the bucket of its state, once; CONFIG_FILE
	@exec $(FLOWCOMPLY) bootstrap $(ON)

release: $(FLOWCOMPLY) ## release VERSION on STACK, and go back by itself if it fails; COMMIT, CONFIG_FILE, ON_FAILURE, YES
	@exec $(FLOWCOMPLY) release $(call quoted,VERSION) $(ON) $(call flag,--on-failure,ON_FAILURE) $(COMMITTED) $(AGREED)

rollback: $(FLOWCOMPLY) ## take STACK back to the release before, or to the one that TO names; COMMIT, CONFIG_FILE, FORCE, YES
	@exec $(FLOWCOMPLY) rollback $(if $(value TO),$(call quoted,TO)) $(ON) $(if $(FORCE),--force) $(COMMITTED) $(AGREED)

releases: $(FLOWCOMPLY) ## list STACK's releases, newest first
	@exec $(FLOWCOMPLY) releases $(ON)

restore: $(FLOWCOMPLY) ## take STACK's data back to SNAPSHOT, TIME or LATEST=1, then CONFIRM=1 or UNDO=1; without any, list; COMMIT, CONFIG_FILE, YES
	@exec $(FLOWCOMPLY) restore $(ON) $(call flag,--snapshot,SNAPSHOT) $(call flag,--time,TIME) $(if $(LATEST),--latest) \
		$(if $(CONFIRM),--confirm) $(if $(UNDO),--undo) $(COMMITTED) $(AGREED)

restore-drill: $(FLOWCOMPLY) ## restore STACK's latest snapshot beside it, check the copy, and drop it; CONFIG_FILE
	@exec $(FLOWCOMPLY) drill $(ON)

recover: $(FLOWCOMPLY) ## finish what an update of STACK left that died; CONFIG_FILE, YES, HOST, RECOVER_FLAGS="…"
	@exec $(FLOWCOMPLY) recover $(ON) $(AGREED) $(call flag,--force-host,HOST) $(RECOVER_FLAGS)

verify: $(FLOWCOMPLY) ## check the running stack: eval "$(make -s env)" first for the local one; VERIFY="…" for flags
	@exec $(FLOWCOMPLY) verify --stack $(call quoted,STACK) $(VERIFY)

lint: $(LOCAL) ## lint both modules; the linter is built the first time, in minutes
	linter=$$($(LOCAL) linter) && $$linter run --allow-parallel-runners ./... && cd local && $$linter run --allow-parallel-runners ./...

test: toolchain browser lint $(MAPORDER) ## run all tests, the end-to-end test and the fault suite included
	go vet -vettool=$(CURDIR)/$(MAPORDER) ./... && cd local && go vet -vettool=$(CURDIR)/$(MAPORDER) ./...
	$(MAKE) --no-print-directory test-units
	$(MAKE) --no-print-directory -j4 e2e faults ordering $(MORE) # each waits half of the time

test-units: $(LOCAL) ## run the tests of both modules and of the emulated AWS: test without linters, lives of stacks and faults
	go test ./...
	cd local && ../$(LOCAL) with-docker go test ./...
	cd local/emulator && PYTHONDONTWRITEBYTECODE=1 ../../$(LOCAL) with-docker $$(../../$(LOCAL) python) -m unittest --buffer

test-dates: toolchain browser ## run the tests with the clock moved by DAYS (1,45,800): none may hold only near today; PRIORITY="nice -n 10"
	@exec $(LOCAL) with-docker $(PRIORITY) $(LOCAL) dates $(call flag,-days,DAYS)

e2e: $(LOCAL) ## take two stacks through their lives, releases that fail and going back included
	cd local && go test -count=1 -tags e2e -parallel 2 -timeout 60m ./tests/e2e # two lives of a stack

faults: $(LOCAL) ## break a running stack in every way there is, and ask verify each time
	@exec $(LOCAL) faults

ordering: $(LOCAL) ## release N times with random latencies on simulated providers, and look at the order
	@exec $(LOCAL) ordering -n $(N)

soak: toolchain browser e2e ## what takes hours: the end-to-end test, 200 releases in random order, and 20 releases whose engine is killed
	$(LOCAL) ordering -n 200
	$(LOCAL) crash -n 20

golden: ## write the golden files and the generated pages anew; read the difference
	UPDATE_GOLDEN=1 go test ./components/... ./infra/... >/dev/null || true
	go run ./stacks/cmd/configdocs > docs/config.md
	go run ./docs/cmd/runbookdocs > docs/runbook.md
	go run ./docs/cmd/tamperingdocs > docs/tampering.md

bench: toolchain ## measure preview, the program as it grows, verify, release and rollback, each beside what it competes with; BENCH="…" for flags
	cd local && go run ./cmd/bench $(BENCH)

toolchain: $(LOCAL) ## build and find everything the other targets need
	@$(LOCAL) toolchain

browser: $(LOCAL) ## find a Chromium for the tests that open pages; as root on Debian, install it
	@exec $(LOCAL) browser

# Go decides what is to be built; this takes a second when nothing is.
$(LOCAL):
	@cd local && go build -o ../$(LOCAL) ./cmd/local

$(MAPORDER):
	@cd local && go build -o ../$(MAPORDER) ./cmd/maporder

# Built, as `go run` makes 1 of every exit code; make itself makes 2 of it, and names the code.
$(FLOWCOMPLY):
	@go build -o $(FLOWCOMPLY) ./cmd/flowcomply
