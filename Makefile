# Everything that people and machines run. `make` alone lists it.

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
ENV := .venv/$(VERSION)
SPHINXOPTS ?= -W --keep-going -n
# What must be there beside Python, and the Debian package that has it.
BROWSER := chromium:chromium lib/libatomic.so.1:libatomic1 pdftotext:poppler-utils
IMPORTERS := bibtex:texlive-binaries tex/plain.bst:texlive-base ris2xml:bibutils
TEX := latexmk:latexmk xelatex:texlive-xetex tex/pzdr.tfm:texlive-fonts-recommended \
  tex/titlesec.sty:texlive-latex-extra tex/tgtermes-regular.otf:tex-gyre \
  tex/FreeSerif.otf:fonts-freefont-otf
CHECKERS := tests/node_modules/ready
LIGHTHOUSE := lighthouse@12.8.2
JAVA := java:default-jre-headless
PYBABEL = $(CURDIR)/$(ENV)/bin/pybabel -q
SINCE = $(shell git describe --tags --abbrev=0)
# What is compared with has an environment of its own, as its users would have it.
PEERS := .venv/peers-$(VERSION)
SIZE ?= 1000
ROUNDS ?= 3
TEST_PYTHONS := $(shell sh tools/pythons $(PYTHON))
# Compiling all that a build imports takes a second, each time where it is not kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help site live test mutants fuzz benchmark weights lint audit pdf epub offline published preview words changes lock clean
help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

site: $(ENV)/ready ## Build the site
	$(ENV)/bin/python -m sphinx -b html -d build/doctrees/html $(SPHINXOPTS) docs build/html
	@echo "The site lies in build/html: open $(CURDIR)/build/html/index.html"

live: $(ENV)/ready ## Build, serve on http://127.0.0.1:8000, rebuild and reload on save
	$(ENV)/bin/sphinx-autobuild --watch refs.bib --watch src --watch tests/equations -d build/doctrees/live docs build/live

test: $(CHECKERS) ## Install what the tests need and run all of them, on each Python that is here
	sh tools/debian $(BROWSER) $(IMPORTERS) $(TEX) $(JAVA)
	@set -e; once=; for python in $(TEST_PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  $(MAKE) --no-print-directory PYTHON=$$python .venv/$$version/ready; \
	  echo "== tests on Python $$version$$once"; \
	  .venv/$$version/bin/python -m pytest -n 2 --dist worksteal $${once:+-m 'not once'} $(PYTESTOPTS); \
	  once=", but those that one Python is enough for"; \
	done

mutants: $(ENV)/ready ## Put mistakes into the checks of equations and count those noticed
	cd tests && ../$(ENV)/bin/python -m equations.mutants

fuzz: $(ENV)/ready ## Look long for edits and texts that break a build; FUZZ=50 looks longer
	FUZZ=$(or $(FUZZ),20) $(ENV)/bin/python -m pytest --hypothesis-profile=fuzz \
	  tests/test_fuzz.py tests/test_sequences.py $(PYTESTOPTS)

benchmark: $(ENV)/ready $(PEERS)/ready ## Time builds of SIZE papers beside plain, sphinx-needs and bibtex
	$(ENV)/bin/python -m benchmarks --size $(SIZE) --rounds $(ROUNDS) --peers $(PEERS)/bin/python \
	  --output docs/data/benchmark-$(SIZE).md $(CONTESTANTS)

weights: site ## Weigh the pages of this survey and of one of 5,000 made-up papers
	$(ENV)/bin/python -m benchmarks.weights --page docs/extension.md build/html

lint: $(ENV)/ready ## Check style and types
	$(ENV)/bin/ruff check .
	$(ENV)/bin/ruff format --check .
	$(ENV)/bin/mypy

audit: $(ENV)/ready ## Score each kind of page with Lighthouse
	sh tools/debian chromium:chromium npm:npm
	npm install --prefix build/audit --ignore-scripts --silent --no-audit --no-fund $(LIGHTHOUSE)
	READTHEDOCS_CANONICAL_URL=http://127.0.0.1:8765/ $(ENV)/bin/python -m sphinx -b html -q -d build/doctrees/audit docs build/audit/html
	$(ENV)/bin/python tools/audit.py build/audit/html build/audit/node_modules/lighthouse/cli/index.js 8765

pdf: $(ENV)/ready ## Build the PDF
	sh tools/debian $(TEX)
	$(ENV)/bin/python -m sphinx -M latexpdf docs build/pdf $(SPHINXOPTS)
	@echo "The PDF is build/pdf/latex/survey.pdf"

epub: $(ENV)/ready ## Build the EPUB and check it
	sh tools/debian $(JAVA)
	$(ENV)/bin/python -m sphinx -b epub -d build/doctrees/epub $(SPHINXOPTS) docs build/epub
	$(ENV)/bin/python -m epubcheck build/epub

offline: site ## Zip the site, to read it from a folder
	$(ENV)/bin/python tools/offline.py build/html build/offline/efficient-language-models.zip

published: site ## Add the addresses of the site to those that must lead somewhere for good
	cd tests && ../$(ENV)/bin/python -m published ../build/html

preview: ## Draw the picture that links to the site show from preview.svg
	sh tools/debian rsvg-convert:librsvg2-bin tex/DejaVuSans.ttf:fonts-dejavu-core
	rsvg-convert docs/_mark/preview.svg -o docs/_mark/preview.png

words: $(ENV)/ready ## Gather the words that the extension prints into its catalogs
	mkdir -p build
	cd src/surveyext && $(PYBABEL) extract -F locale/babel.cfg -k surveyWord --no-wrap --sort-by-file \
	  --add-location=file -o $(CURDIR)/build/survey.pot .
	cd src/surveyext && $(PYBABEL) update -D survey -d locale -i $(CURDIR)/build/survey.pot \
	  --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

changes: site ## Say what changed since the last tag, or SINCE=..., in Markdown for release notes
	@rm -rf build/since build/doctrees/since && mkdir -p build/since
	@git archive "$(SINCE)" | tar -x -C build/since
	@$(ENV)/bin/python -m sphinx -b html -Q -d build/doctrees/since build/since/docs build/since/html
	@$(ENV)/bin/python -m surveyext.exports.changes build/since/html/entries.json build/html/entries.json

lock: $(ENV)/ready ## Resolve requirements.lock anew from pyproject.toml
	$(ENV)/bin/python -m pip install --quiet uv
	$(ENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra cli --group site --group dev \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  --output-file requirements.lock pyproject.toml
	$(ENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --group benchmark \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	  --constraints requirements.lock --output-file benchmarks/requirements.lock

clean: ## Remove what was built; the environments stay
	rm -rf build

$(CHECKERS): tests/package-lock.json
	sh tools/debian npm:npm
	npm ci --prefix tests --ignore-scripts --silent --no-audit --no-fund
	touch $@

$(PEERS)/ready: benchmarks/requirements.lock tools/environment
	sh tools/environment $(PYTHON) $(PEERS) benchmarks/requirements.lock

.venv/%/ready: requirements.lock tools/environment
	sh tools/environment $(PYTHON) .venv/$*
