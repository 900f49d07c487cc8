# The everyday commands. Only cargo is needed; the tests and checks install
# what else they use into .tools/, which git ignores.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo

# What `make crash` and `make campaign` do: so many runs, from this seed (by
# default a new one, or 1).
RUNS ?= 200
SEED ?=

# How many orders, each with its refunds, `make properties` makes up.
CASES ?= 1000000

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build every program
	$(CARGO) build --locked --workspace --bins

.PHONY: demo
demo: ## run the whole path on this machine, both ends stand-ins (SERVE=1: stay up)
	$(CARGO) build --locked --bin counterfoil
	target/debug/counterfoil demo $(if $(SERVE),--serve)

.PHONY: test
test: tools ## run all tests, on a real NATS server and a real hledger
	$(CARGO) test --locked --workspace

.PHONY: crash
crash: tools ## kill processes at random, then count the books (RUNS=200 SEED=…)
	COUNTERFOIL_CRASH_RUNS=$(RUNS) $(if $(SEED),COUNTERFOIL_CRASH_SEED=$(SEED)) \
		$(CARGO) test --locked --package tests --test crash -- --nocapture

.PHONY: campaign
campaign: ## the poster against a failing Fusion, in simulated time (RUNS=10000 SEED=…)
	COUNTERFOIL_CAMPAIGN_RUNS=$(RUNS) $(if $(SEED),COUNTERFOIL_CAMPAIGN_SEED=$(SEED)) \
		$(CARGO) test --locked --release --package poster --test campaign -- --nocapture

.PHONY: mutation
mutation: ## the campaign with its look-up switched off, which it must notice (RUNS=300 SEED=…)
	RUNS=$(RUNS) SEED=$(SEED) scripts/mutation.sh

.PHONY: properties
properties: ## what must hold for every order and refund, on made-up ones (CASES=1000000)
	COUNTERFOIL_PROPERTY_CASES=$(CASES) $(CARGO) test --locked --release --package mapping --test properties

.PHONY: conformance
conformance: ## check stand-in and client against BigCommerce's OpenAPI files (SPECS=folder)
	@[[ -d "$(SPECS)" ]] || { echo "make conformance: SPECS names the folder of BigCommerce's OpenAPI files: make conformance SPECS=folder" >&2; exit 2; }
	SPECS="$$(realpath "$(SPECS)")" $(CARGO) test --locked --package sandbox --test conformance -- --nocapture

.PHONY: bench
bench: tools ## measure, each figure beside its limit
	$(CARGO) bench --locked --package stream --package replay --package poster --package projector --package tests --bench '*'

.PHONY: tools
tools: ## install the NATS server and the hledger that the tests need
	@scripts/tools.sh nats-server hledger

.PHONY: lint
lint: ## clippy, with warnings denied
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --package cli --no-default-features -- -D warnings

.PHONY: fmt
fmt: ## format all code
	$(CARGO) fmt --all

.PHONY: ci
ci: ## everything that is checked before a merge
	.ci/run

.PHONY: clean
clean: ## delete what was built and installed
	$(CARGO) clean
	rm -rf .tools
