# Every habit of the project. The logic is in scripts/, which needs nothing but Python 3.11 or newer.

PY = @sh scripts/python.sh -m

.DEFAULT_GOAL := help
.PHONY: help run chat train test lint evaluate evaluate-hint3 bench lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up what is missing, then start the assistant (Ctrl-C stops it)
	$(PY) scripts.run

chat: ## Talk to the running assistant in this terminal
	$(PY) scripts.environments
	@.venv/bin/python -m scripts.chat

train: ## Train the model if it is older than what it is made from
	$(PY) scripts.model

test: ## Set up, train, and run every check and test
	$(PY) scripts.checks

lint: ## Check style and types
	$(PY) scripts.checks lint

evaluate: ## Measure understanding and safety into docs/evaluation.md (HALF=dev shows each failure; PART=triage)
	$(PY) scripts.model
	@.venv/bin/python -m benchmarks.evaluate $(if $(HALF),--half $(HALF)) $(if $(PART),--part $(PART))

evaluate-hint3: ## Compare the pipeline on HINT3's real messages (DATA=dir; STOCK=no skips the slow stock run)
	$(PY) scripts.model
	@.venv/bin/python -m benchmarks.hint3 $(if $(DATA),--data $(DATA)) $(if $(filter no,$(STOCK)),--skip-stock)

bench: ## Measure speed and memory beside the stock Rasa bot into docs/benchmarks.md (FRESH=1 times training too)
	$(PY) scripts.model
	@.venv/bin/python -m benchmarks.speed $(if $(FRESH),--fresh)

lock: ## Write the lock files anew (UPGRADE=1 takes the newest versions)
	$(PY) scripts.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove environments, model and caches; var/ with its data and keys stays
	rm -rf .venv engine/.venv var/tools models .rasa results .mypy_cache .pytest_cache .ruff_cache widget/node_modules widget/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
