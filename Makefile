# Every habit of the project. The logic is in scripts/, which needs nothing but Python 3.11 or newer.

PY = @sh scripts/python.sh -m

.DEFAULT_GOAL := help
.PHONY: help run chat train test lint lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

lock: ## Write the lock files anew (UPGRADE=1 takes the newest versions)
	$(PY) scripts.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove environments, model and caches; var/ with its data and keys stays
	rm -rf .venv engine/.venv var/tools models .rasa results .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
