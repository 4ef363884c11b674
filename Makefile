# `make` alone lists the commands. Everything goes to .venv/ and .local/; nothing is installed into the system.
.DEFAULT_GOAL := help
.PHONY: help cli words run demo reset test test-browser check fix soak bench cost feasts lock templates screenshots screens build deploy deploy-check signing-key simulate access scan

# Any Python from 3.11 makes the environments, and finds the one they are made with.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
endif
TOOLS := .venv/tools/bin
ENVIRONMENTS := $(PYTHON) infra/local/environments.py
PARALLEL ?= 2

export SAM_CLI_TELEMETRY := 0
# Without its bytecode each process compiles some thousand modules anew; the tests start several dozen.
export PYTHONDONTWRITEBYTECODE :=

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

words: ## Take new words of the pages into the catalogues of their translations, and compile them
	@$(ENVIRONMENTS) tools
	@$(TOOLS)/python -m infra.build.catalogues

run: ## Start the CRM on http://127.0.0.1:3000 (PORT=, ZONE= of the business, SEED=0 starts empty)
	@$(ENVIRONMENTS) tools engine functions
	@$(TOOLS)/python -m infra.build.web
	@exec $(TOOLS)/python -m infra.local $(if $(ZONE),--parameter BusinessTimezone=$(ZONE))

cli: ## Put the command `crm` into .venv/tools/bin: import, export, customers (docs/command-line.md)
	@$(ENVIRONMENTS) tools
	@.venv/uv/bin/uv pip install -q --python $(TOOLS)/python --no-deps -e .
	@echo "$(TOOLS)/crm --help"

demo: ## Send real purchases through a running `make run` and compare all sums with a recount
	@$(ENVIRONMENTS) tools dataset
	@$(TOOLS)/python -m infra.local.demo

reset: ## Drop the local data
	rm -rf .local

test: ## The test suite
	@$(ENVIRONMENTS) tools engine functions dataset
	$(TOOLS)/pytest -q -n $(PARALLEL) --dist loadgroup $(TESTS)

test-browser: ## Walk through the pages in Debian's Chromium, with and without script (apt: chromium, fonts-noto)
	@$(ENVIRONMENTS) tools engine functions
	$(TOOLS)/pytest -q -m browser tests/browser

check: scan ## Style, types, imports between parts, template, what scanners find
	@$(ENVIRONMENTS) tools
	$(TOOLS)/ruff check .
	$(TOOLS)/ruff format --check .
	$(TOOLS)/mypy
	PYTHONPATH=functions:. $(TOOLS)/lint-imports
	$(TOOLS)/cfn-lint template.yaml infra/alarms.yaml
	$(TOOLS)/pytest -q tests/docs

scan: ## What checkov finds in the expanded template and bandit in the functions, but for infra/scans.toml
	@$(ENVIRONMENTS) tools scanners
	@$(TOOLS)/python -m infra.build.scan

fix: ## Let ruff mend what it can
	@$(ENVIRONMENTS) tools
	$(TOOLS)/ruff check --fix .
	$(TOOLS)/ruff format .

soak: ## Long searches for drift in views and for double or lost mail, one line each (SEEDS=, CASES= set how many)
	@$(ENVIRONMENTS) tools engine functions
	$(TOOLS)/pytest -v --durations=0 --durations-min=10 -m soak $(TESTS)
	$(TOOLS)/pytest -q --hypothesis-profile=default -m 'hypothesis and not soak' $(TESTS)

simulate: ## A year of 2,000 customers through the real handlers in memory (SEED=, CUSTOMERS=, DAYS=, PARALLEL=)
	@$(ENVIRONMENTS) tools
	@PARALLEL=$(PARALLEL) PYTHONPATH=functions:. $(TOOLS)/python -m tests.simulation

bench: ## Measure; one JSON line a figure, as ratios to a reference measured in the same run
	@$(ENVIRONMENTS) tools engine functions
	@PYTHONPATH=functions:. $(TOOLS)/python -m tests.bench

feasts: ## Make the table of feasts anew from its sources
	@$(ENVIRONMENTS) tools
	$(TOOLS)/python -m infra.build.feasts

access: ## Make docs/access.md anew from the policy
	@$(ENVIRONMENTS) tools
	@$(TOOLS)/python -m infra.build.access_page

cost: ## What a day of greetings, and a new day, cost in units and round trips, for 1,000 to 100,000 customers
	@$(ENVIRONMENTS) tools engine functions
	@PYTHONPATH=functions:. $(TOOLS)/python -m tests.bench.greetings_cost
	@PYTHONPATH=functions:. $(TOOLS)/python -m tests.bench.upkeep_cost
	@PYTHONPATH=functions:. $(TOOLS)/python -m tests.bench.search_cost

lock: ## Compile requirements/*.in anew, with hashes
	@$(ENVIRONMENTS) tools
	for name in $(notdir $(basename $(wildcard requirements/*.in))); do \
		.venv/uv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate $$([ $$name = dataset ] && echo --no-deps) --output-file requirements/$$name.txt requirements/$$name.in || exit 1; done

templates: ## Compile the frame of all mail from infra/mail/frame.mjml
	@$(ENVIRONMENTS) tools
	$(TOOLS)/python -m infra.mail.frame

screenshots: ## Take pictures of all shipped mail into docs/mail/; needs Chromium and fonts-noto (NAMES= takes some)
	@$(ENVIRONMENTS) tools
	PYTHONPATH=functions:. $(TOOLS)/python -m infra.mail.screenshots $(NAMES)

screens: ## Take pictures of every page of the staff into docs/screens/; needs Chromium and fonts-noto (NAMES= takes some)
	@$(ENVIRONMENTS) tools engine functions
	PYTHONPATH=functions:. $(TOOLS)/python -m tests.browser.screens $(NAMES)

build: ## Build what ships, in .aws-sam/
	@$(ENVIRONMENTS) tools
	PATH="$(CURDIR)/$(TOOLS):$$PATH" sam validate --lint
	PATH="$(CURDIR)/$(TOOLS):$$PATH" sam build

deploy: build ## Deploy to the AWS account of your credentials; asks the first time
	PATH="$(CURDIR)/$(TOOLS):$$PATH" sam deploy --guided

deploy-check: build ## Deploy what was built to the local engine and look at all of it
	@$(ENVIRONMENTS) engine
	$(TOOLS)/pytest -q -m deploy tests/template

signing-key: ## Make or rotate the signing key in SSM; old links stay valid (NAME= of the parameter)
	@$(ENVIRONMENTS) tools
	$(TOOLS)/python -m infra.build.signing_key $(NAME)
