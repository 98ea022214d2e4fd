# Every target carries one comment; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_OPTIONS := --disable-pip-version-check --quiet
# setuptools warns of every editable installation, in ten lines.
INSTALL = PYTHONWARNINGS=ignore $(BIN)/pip install $(PIP_OPTIONS)

$(BIN)/hpa-feat: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade pip
	$(INSTALL) -e .
	@touch $@

# Pinned because newer releases of PyTorch bring 4 GB of CUDA libraries on Linux.
$(VENV)-cellpose/ready $(VENV)-cellpose-sam/ready: $(VENV)-%/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/pip install $(PIP_OPTIONS) torch==2.13.0 -e '.[$*,embed,h5ad]' \
		anndata pycytominer snakemake dask-jobqueue onnx onnxscript hypothesis pytest
	@touch $@

$(VENV)/dev: $(BIN)/hpa-feat
	$(INSTALL) -e '.[dev]'
	@touch $@

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

.PHONY: install
install: $(BIN)/hpa-feat ## Make .venv and install hpa-feat into it

.PHONY: demo
demo: $(BIN)/hpa-feat ## Simulate fields, measure them, train, and print what was learned (3 to 9 minutes)
	$(BIN)/hpa-feat demo -o demo --overwrite

.PHONY: test
test: $(VENV)/dev ## Run the tests (15 to 30 minutes on 2 cores)
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

$(VENV)/browser: $(VENV)/dev
	$(INSTALL) -e '.[browser]'
	@touch $@

.PHONY: test-browser
test-browser: $(VENV)/browser ## Run the tests of pages in Chromium (skipped where it is missing)
	$(BIN)/pytest -m browser tests/browser

.PHONY: test-cellpose
test-cellpose: $(VENV)-cellpose/ready ## Run the tests of Cellpose 3, PyTorch and other programs in an environment of its own
	$(VENV)-cellpose/bin/pytest tests/with_cellpose tests/with_torch tests/with_others

.PHONY: test-explore
test-explore: $(VENV)/dev ## Run the tests on examples that no run has drawn before
	$(BIN)/pytest --hypothesis-profile explore

.PHONY: test-long
test-long: $(VENV)/dev $(VENV)-cellpose-sam/ready ## Run the tests that take minutes each
	$(BIN)/pytest -m long
	$(VENV)-cellpose-sam/bin/pytest -m long tests/with_cellpose_sam

.PHONY: lint
lint: $(VENV)/dev ## Check format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/dev ## Format the code and fix what lint can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: picture
picture: demo $(VENV)/browser ## Write the README's pictures from the demo; needs Chromium
	$(BIN)/python docs/pictures/shrink.py demo/overlay.png docs/pictures/demo.png
	$(BIN)/python docs/pictures/screenshot.py demo/report.html docs/pictures/report.png

.PHONY: docs
docs: $(BIN)/hpa-feat ## Write the generated pages in docs/
	$(BIN)/hpa-feat features -o docs/features.md --overwrite
