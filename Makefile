# The front door: 'make help' lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PACKAGES := libsqlite3-dev zlib1g-dev libnlopt-dev libopenblas0 libgnuplot-iostream-dev gnuplot-nox fonts-dejavu-core \
  pkg-config libboost-iostreams-dev libboost-system-dev libboost-filesystem-dev
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BIN := .build/release/swiftkv-sim
DEPS := .build/deps.stamp

SCENARIOS := azure-code rag
VARIANTS := baseline,swiftkv-25,swiftkv-40,swiftkv-50,swiftkv-62.5,swiftkv-50-across2,swiftkv-50-fp8kv
# The demo's files are kept in the repository: with a fixed date inside, they differ only if a prediction does.
DEMO := SOURCE_DATE_EPOCH=1767225600 $(BIN) compare
DEMO_OPTIONS := --variant $(VARIANTS) --metric-percentiles 50,90,99

# Device profiles are fitted to kernel tables; each file names the command that made it.
PROFILES := Sources/Hardware/Profiles
RECORDS := Sources/Experiments/Validation/Records
FIT = $(BIN) calibrate fit $(DATA)/kernels
TABLES_0_24 := --source "NVIDIA AIConfigurator, vLLM 0.24 kernels"
TABLES_0_14 := --source "NVIDIA AIConfigurator, vLLM 0.14 kernels"

# A folder with measured data; the tests that compare with it are skipped without one.
ifdef DATA
export SWIFTKV_DATA := $(abspath $(DATA))
endif

.PHONY: help docs examples demo test soak sanitize build lint figures slurm-check validate live bench profiles kernels-cuda kernels-cuda-host report-check deps clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

demo: build ## Compare SwiftKV with the baseline on two scenarios: tables, results/, plots/demo/
	@mkdir -p results/demo plots/demo
	@for s in $(SCENARIOS); do \
	  $(DEMO) scenarios/$$s.yaml $(DEMO_OPTIONS) --json results/demo/$$s.jsonl --plots plots/demo \
	    | tee results/demo/$$s.txt.tmp; \
	  mv results/demo/$$s.txt.tmp results/demo/$$s.txt; \
	  echo; \
	done
	@echo "tables and result files: results/demo/    figures: plots/demo/    all runs: results/swiftkv.sqlite"
	@echo "next: $(BIN) runs; $(BIN) --help"

test: $(DEPS) ## Run all tests (DATA=folder adds those that need measured data)
	swift test --parallel

# Each sanitizer has a build of its own with only the kernels in it. The leak check would report XCTest's own objects; the backtracer
# waits for ever when a sanitizer has ended the process.
SANITIZE = SWIFTKV_KERNELS_ONLY=1 SWIFT_BACKTRACE=enable=no swift test --filter ReferenceKernelsTests
sanitize: $(DEPS) ## Run the kernel tests under the address, undefined-behaviour and thread sanitizers
	SWIFTKV_TRAP_UNDEFINED=1 ASAN_OPTIONS=detect_leaks=0:handle_sigill=1 \
	  $(SANITIZE) --sanitize=address --scratch-path .build/sanitize/address
	TSAN_OPTIONS=halt_on_error=1 $(SANITIZE) --sanitize=thread --scratch-path .build/sanitize/thread

# With the Swift runtime inside and at a fixed address the program starts in half the time. Not every installation of Swift has the runtime
# to link; where it is missing the program is linked as 'swift build' does it.
STATIC = $(shell [ -d "$$(swift -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)".*|\1_static/linux|p')" ] \
  && echo --static-swift-stdlib -Xswiftc -use-ld=lld -Xlinker -no-pie -Xlinker --no-export-dynamic)
SOAK ?= 25
soak: $(DEPS) ## Compare the engine with the plain one on 100,000 random scenes and more (SOAK=25 times the tests' number)
	SWIFTKV_SOAK=$(SOAK) swift test --filter 'PlainEngineTests|FleetTests'

build: $(DEPS) ## Build the program, optimised: .build/release/swiftkv-sim
	@swift build -c release --product swiftkv-sim $(STATIC)

# The plugin is a dependency of this target only, so that no other build compiles it.
MODULES := Quantities InputFiles Models EngineSettings Hardware CostModel Workload Metrics Serving Results Figures Experiments Sweeps \
  Planning SwiftKVSim
DOCS := .build/docs
docs: $(DEPS) ## Build the reference and the tutorial of the Swift modules: .build/docs/
	@mkdir -p $(DOCS)
	@SWIFTKV_DOCS=1 swift package --allow-writing-to-directory $(DOCS) generate-documentation \
	  $(addprefix --target ,$(MODULES)) --enable-experimental-combined-documentation \
	  --output-path $(DOCS)/site --transform-for-static-hosting > $(DOCS)/log.txt 2> $(DOCS)/build.txt \
	  || { cat $(DOCS)/log.txt $(DOCS)/build.txt; exit 1; }
	@# Where a parameter's name says it all, no sentence is asked for. Everything else that DocC finds is an error.
	@if grep -A8 'warning: ' $(DOCS)/log.txt | grep 'warning: ' | grep -v "Parameter '.*' is missing documentation"; then \
	  echo "see $(DOCS)/log.txt" >&2; exit 1; \
	fi
	@echo "site: $(DOCS)/site/    to read it: python3 -m http.server -d $(DOCS)/site, then http://localhost:8000/documentation/swiftkvsim/"

# The Swift package builds everything once more, as a package of a user's would.
VENV := .build/examples
examples: build ## Build and run the examples: a Swift package, results in pandas
	@swift run --package-path examples/swift compare-variants
	@swift run --package-path examples/swift capacity
	@[ -x $(VENV)/bin/python ] || python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r examples/python/requirements.txt
	@mkdir -p $(VENV)/results
	@rm -f $(VENV)/results/*
	@$(BIN) compare scenarios/rag.yaml --quiet --variant baseline,swiftkv-50 --detailed --metric-percentiles 50,90,99 \
	  --db $(VENV)/results/runs.sqlite --json $(VENV)/results/runs.jsonl --csv $(VENV)/results/requests.csv
	@$(VENV)/bin/python examples/python/results.py $(VENV)/results

lint: ## Check the layout of every source file
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

# Kept in the repository, too: nothing in the files depends on when or where they are drawn.
GALLERY := $(BIN) plot --variant baseline,swiftkv-50,swiftkv-50-across2,swiftkv-50-fp8kv --replications 12 \
  --out plots/gallery --quiet

figures: build ## Redraw plots/demo/ and plots/gallery/ and nothing else
	@for s in $(SCENARIOS); do \
	  $(DEMO) scenarios/$$s.yaml $(DEMO_OPTIONS) --quiet --no-store --plots plots/demo; \
	done
	@$(GALLERY) scenarios/rag.yaml >/dev/null
	@$(GALLERY) scenarios/chat.yaml --figure latency-load,ttft-parts-load,cost,gpus-day >/dev/null
	@echo "figures: plots/demo/, plots/gallery/"

# Only this check needs a Slurm, so its packages are not among the others.
SLURM_PACKAGES := slurmctld slurmd slurm-client munge sqlite3
slurm-check: build ## Sweeps on a real Slurm cluster on this machine (Debian, root): killed tasks, a dead node (MEASURE=1: the overhead)
	@if dpkg -s $(SLURM_PACKAGES) > /dev/null 2>&1 || { $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $(SLURM_PACKAGES) > /dev/null; }; \
	then scripts/check-slurm.sh $(if $(MEASURE),--measure) $(BIN); \
	else echo "skipped: these packages cannot be installed: $(SLURM_PACKAGES)"; fi

ifdef DATA
validate: build ## Compare with published figures; DATA=folder: with its measured runs, and remake docs/validation.md
	@$(BIN) validate $(DATA)/serving --json results/validation.json --plots plots/validation --report docs/validation.md
	@echo "page: docs/validation.md    figures: plots/validation/    errors: results/validation.json"
else
validate: build
	@$(BIN) validate
endif

live: build ## Measure this machine, serve a small model on it for real, and compare with its simulation
	@mkdir -p results plots
	@$(BIN) validate --live --json results/live.json --plots plots/live
	@echo "tables and profile: results/local-cpu/    errors: results/live.json    roofline: plots/live/"

# The tables of docs/performance.md stand between two markers.
BENCH := .build/bench
PAGE := docs/performance.md
bench: build ## Measure the simulator itself and remake the tables of docs/performance.md (DATA=folder adds a real trace)
	@mkdir -p $(BENCH)
	@$(BIN) bench --markdown $(if $(DATA),--trace $(DATA)/traces/AzureLLMInferenceTrace_conv.csv) > $(BENCH)/tables.md
	@{ echo; $(BIN) bench --growth --markdown | sed 1,2d; echo; $(BIN) bench --sweep --markdown | sed 1,2d; } >> $(BENCH)/tables.md
	@if command -v valgrind > /dev/null; then \
	  { echo; echo "### Instructions"; for s in below preempting; do echo; scripts/instructions.sh $(BIN) $$s; done; } >> $(BENCH)/tables.md; \
	else \
	  echo "no valgrind: instructions are not counted" >&2; \
	fi
	@awk -v tables=$(BENCH)/tables.md '/<!-- end of make bench -->/ { skip = 0 } !skip { print } \
	  /<!-- made by make bench -->/ { skip = 1; print ""; while ((getline line < tables) > 0) print line; print "" }' \
	  $(PAGE) > $(BENCH)/page.md
	@cp $(BENCH)/page.md $(PAGE)
	@cat $(BENCH)/tables.md
	@echo "page: $(PAGE)"

ifdef DATA
# The H100 first: what no table of another device determines comes from it.
profiles: build ## Refit the shipped device profiles; DATA=folder with kernels/ and serving/ in it
	@$(FIT) --device H100-SXM-80GB --base $(PROFILES)/H100-SXM-80GB.yaml $(TABLES_0_24) --serving $(DATA)/serving \
	  --record $(RECORDS)/H100-SXM-80GB.json --output .build/H100-SXM-80GB.yaml
	@mv .build/H100-SXM-80GB.yaml $(PROFILES)/
	@$(FIT) --device H200-SXM-141GB --base $(PROFILES)/H100-SXM-80GB.yaml $(TABLES_0_24) --output $(PROFILES)/H200-SXM-141GB.yaml
	@$(FIT) --device A100-SXM-80GB --base $(PROFILES)/H100-SXM-80GB.yaml $(TABLES_0_14) --output $(PROFILES)/A100-SXM-80GB.yaml
	@echo "profiles: $(PROFILES)/    build again to have them in the program"
else
profiles:
	@echo "make profiles needs DATA=folder, with the measured tables in folder/kernels" >&2; exit 2
endif

CUDA_TABLES ?= results/kernels-cuda/
kernels-cuda: ## Build, check and time the CUDA kernels on this machine's GPU: tables for 'calibrate fit' (NVCC=path)
	@$(MAKE) --no-print-directory -C Sources/ReferenceKernelsCUDA PREFIX="$(abspath $(CUDA_TABLES))/"

kernels-cuda-host: ## Run the CUDA kernels in an emulation on the CPU, against plain loops; needs no CUDA
	@$(MAKE) --no-print-directory -C Sources/ReferenceKernelsCUDA host check-messages

REPORT := .build/report-check
report-check: build ## Make a report and look at it in a browser: desktop, phone, dark, paper, keyboard, accessibility
	@scripts/report-check.sh $(BIN) $(REPORT)
	@echo "page: $(REPORT)/rag.html    pictures: $(REPORT)/"

deps: $(DEPS) ## Install the system packages that are missing

# Made once: a second 'make demo' does not ask the package manager again.
$(DEPS): Makefile
	@command -v swift > /dev/null || { \
	  echo "Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; exit 1; }
	@if ! command -v dpkg-query > /dev/null; then \
	  echo "not a Debian system: please see to it that these are installed: $(PACKAGES)" >&2; \
	else \
	  missing=(); \
	  for p in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2> /dev/null | grep -q 'ok installed' || missing+=($$p); \
	  done; \
	  if (( $${#missing[@]} )); then \
	    echo "installing: $${missing[*]}"; \
	    $(SUDO) apt-get update -qq; \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	      apt-get install -y -qq --no-install-recommends "$${missing[@]}" > /dev/null; \
	  fi; \
	fi
	@mkdir -p $(@D)
	@touch $@

clean: ## Remove what was built; results and plots stay
	rm -rf .build
