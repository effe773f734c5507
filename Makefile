# `make` shows this help: every target with its line.
SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# What the build and the tests need beside Swift 6.3.
PACKAGES := ffmpeg libavcodec-dev libavformat-dev libavutil-dev libswscale-dev pkg-config \
	python3 python3-pip python3-jsonschema
DEMO := demo
CLIP := $(DEMO)/clip/Sports2D/Demo/demo.mp4

.PHONY: help deps build test lint format demo clean
help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that are missing
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends $$missing; fi

build: deps ## build the release program: .build/release/posed
	swift build -c release --product posed

test: deps ## run every test (set POSED_SHARED to test over real data, too)
	swift test

lint: ## check the formatting and the project's own rules
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	python3 scripts/lint.py

format: ## format every Swift file in place
	swift format --in-place --recursive --parallel Package.swift Sources Tests

demo: build $(CLIP) ## poses of two walkers in a real clip, as data and as a picture
	.build/release/posed process $(CLIP) --out $(DEMO)/demo.poses.jsonl --overlay $(DEMO)/demo.overlay.mp4
	@echo "records: $(DEMO)/demo.poses.jsonl"
	@echo "overlay: $(DEMO)/demo.overlay.mp4"

# The clip is a file of the sports2d wheel (BSD-3-Clause): downloaded, never installed.
$(CLIP):
	mkdir -p $(DEMO)/wheel
	python3 -m pip download --quiet --no-deps --disable-pip-version-check --dest $(DEMO)/wheel sports2d==0.8.34
	python3 -m zipfile -e $(DEMO)/wheel/sports2d-*.whl $(DEMO)/clip
	touch $@

clean: ## remove what was built, and the demo
	rm -rf .build $(DEMO)
