# make lab   the course in JupyterLab          make test       lint, every lesson quickly, and all tests but the next three's
# make help  all targets
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
READY := $(VENV)/.installed
# nbgrader starts alembic by its bare name, and jupyter its subcommands
export PATH := $(CURDIR)/$(BIN):$(PATH)
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)
LAB_ARGS ?= --no-browser
# the course's folder, whatever the user's Jupyter is set to
LAB_HERE := --ServerApp.root_dir="$(CURDIR)" --FileContentsManager.root_dir="$(CURDIR)" \
  --FileContentsManager.preferred_dir="$(CURDIR)"

.PHONY: help lab test test-twice test-bank test-all test-colab notebooks lint format bench grade inspect lesson-named bench-peers bench-grading pictures site test-site lock clean

help:
	@echo "make lab         install what is missing, then start JupyterLab on the map of the course"
	@echo "make test        lint, every lesson quickly, and all tests but the next three's"
	@echo "make test-twice  every lesson with each cell twice in a row"
	@echo "make test-bank   every answer of the answer bank"
	@echo "make test-all    also every lesson at its full budget, numbers in range"
	@echo "make test-colab  every lesson with Colab's package versions"
	@echo "make notebooks   build the notebooks from solutions/"
	@echo "make lint        ruff"
	@echo "make format      ruff, repairing what it can"
	@echo "make bench       time and memory of every lesson"
	@echo "make grade       grade what was submitted: make grade LESSON=12_pca [ARGS=--feedback]"
	@echo "make inspect     inspect drawn parts: a page with heat maps; or make inspect FOLDER=bottle"
	@echo "make bench-peers lessons' networks beside well-known public recipes, error over seconds"
	@echo "make bench-grading  our grading beside stock nbgrader's"
	@echo "make pictures    all pictures, drawn anew by the lessons"
	@echo "make site        the course as a static site, in artifacts/site/html (QUICK=1: from quick runs)"
	@echo "make test-site   builds the site from quick runs, and looks at it in a browser"
	@echo "make lock        resolve requirements.lock afresh (needs uv)"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v < (3, 14))' || \
	  { echo "This course needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	    echo "Name another one: make lab PYTHON=python3.12"; exit 1; }
ifdef UV
	uv venv --quiet --clear --python "$(PYTHON)" $(VENV)
	uv pip install --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing packages (a few minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" 2>/dev/null
	@# arrays that lessons and grading would make at their first use
	@$(BIN)/python -c "from course_utils import data; data.load_digits(); data.load_chess()"
	@touch $@

lab: $(READY)
	@mkdir -p "$${COURSE_HOME:-$$HOME/.from-compression-to-creation}"
	jupyter lab $(LAB_ARGS) $(LAB_HERE) $(ROOT_FLAG) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb

test-colab: $(READY)
ifdef UV
	uv venv --quiet --clear --python "$(PYTHON)" .venv-colab
	uv pip install --quiet --python .venv-colab/bin/python -r tests/colab-versions.txt
	uv pip install --quiet --python .venv-colab/bin/python --no-deps .
else
	$(PYTHON) -m venv --clear .venv-colab
	.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check -r tests/colab-versions.txt
	.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check --no-deps .
endif
	cd /tmp && $(CURDIR)/.venv-colab/bin/python -c "import course_utils; print(course_utils.__file__)"
	course build
	@set -e; for source in solutions/*/*.py; do \
	  course run --quick --python .venv-colab/bin/python "$$(basename "$$source" .py)"; done

notebooks: $(READY)
	course build

lint: $(READY)
	ruff check .
	ruff format --check .

format: $(READY)
	ruff check --fix .
	ruff format .

test: lint
	pytest -n 2 --dist loadgroup -m "not twice and not bank and not site and not full" --durations 15

test-twice: lint
	pytest -n 2 --dist loadgroup -m twice

test-bank: lint
	pytest -n 2 --dist loadgroup -m bank

test-site: lint
	pytest -m site

test-all: lint
	pytest

bench: $(READY)
	course bench

lesson-named:
	@test -n "$(LESSON)" || { echo "name a lesson: make grade LESSON=12_pca"; exit 2; }

grade: lesson-named $(READY)
	course grade $(LESSON) $(ARGS)

inspect: $(READY)
	course inspect $(FOLDER) $(ARGS)

bench-peers: $(READY)
	$(BIN)/python -m course_utils.authoring.peers

bench-grading: $(READY)
	$(BIN)/python -m course_utils.authoring.bench_grading

pictures: $(READY)
	course picture $(notdir $(wildcard solutions/[1-9]*))

site: $(READY)
	course site $(if $(QUICK),--quick)

lock:
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-header --no-annotate --no-strip-extras --no-emit-index-url --no-emit-find-links \
	  pyproject.toml -o requirements.lock
	@# pip, which checks hashes, wants a package that stands here with an extra to stand here without it, too
	$(PYTHON) -c 'import pathlib, re; p = pathlib.Path("requirements.lock"); p.write_text(re.sub(r"(?m)^([a-z0-9-]+)\[[^\]]+\](==\S+ .*(?:\n    .*)*)\n", lambda m: f"{m[1]}{m[2]}\n{m[0]}", p.read_text()))'

clean:
	rm -rf $(VENV) artifacts .pytest_cache .ruff_cache
