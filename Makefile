# `make` shows this help: every target with its line.
SHELL := /bin/bash
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Where `make install` puts things; packagers set DESTDIR to the root of their package.
DESTDIR ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
CONFIGURATION ?= release
# That of Debian, to which Debian's modules belong: another may come first in the path.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
# What the toolchain of Swift 6.3 needs on Debian 12 to run and to link.
SWIFT_PACKAGES := binutils git libc6-dev libcurl4 libedit2 libgcc-12-dev libncurses6 libsqlite3-0 libstdc++-12-dev libxml2 tzdata zlib1g
# What the build and the demo need beside it, and what the tests need beside that: real peers.
PACKAGES := $(SWIFT_PACKAGES) ffmpeg libavcodec-dev libavformat-dev libavutil-dev libcurl4-openssl-dev libswscale-dev libmosquitto-dev libopenblas0 libyaml-dev pkg-config python3 python3-pip
TEST_PACKAGES := chromium curl libnss3-tools mosquitto mosquitto-clients openssl prometheus python3-jsonschema python3-numpy python3-venv python3-websockets systemd \
	python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
DEMO := demo
CLIP := $(DEMO)/clip/Sports2D/Demo/demo.mp4

.PHONY: help deps test-deps build install test test-kernels test-arm64 install-packages sanitize test-install test-service lint format churn soak attack demo clean
help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that are missing
test-deps: ## the same for the tests
test-deps: PACKAGES += $(TEST_PACKAGES)
deps test-deps install-packages:
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends $$missing; fi

build: deps ## build the release program, which needs no Swift to run: .build/release/posed
	swift build -c release --product posed --static-swift-stdlib

install: ## install what `make build` built (PREFIX, DESTDIR): program, networks, samples, systemd units
	@[ -x .build/$(CONFIGURATION)/posed ] || { echo "nothing is built yet: run \`make build\` first"; exit 1; }
	install -D -m 755 .build/$(CONFIGURATION)/posed $(DESTDIR)$(PREFIX)/bin/posed
	for file in weights/manifest.json $$(ls weights/*/*.json weights/*/*.safetensors); do \
		install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/posed/$$file || exit 1; done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/posed/pipelines pipelines/*.yaml
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/posed docs/*.md docs/*.json LICENSE NOTICE
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/posed/systemd systemd/*.conf
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(SYSCONFDIR)/posed
	for unit in posed.service posed@.service posed.socket; do \
		sed -e 's#/usr/local/#$(PREFIX)/#' -e 's#/etc/posed#$(SYSCONFDIR)/posed#' systemd/$$unit > \
			$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; done

# The programs for which `posed export` writes, as PyPI has them.
READERS := .build/readers/bin/python
$(READERS):
	/usr/bin/python3 -m venv .build/readers.new && .build/readers.new/bin/pip install -q motmetrics==1.4.0 pandas==2.2.3 pycocotools==2.0.10
	rm -rf .build/readers && mv .build/readers.new .build/readers

# Programs and cameras keep real time, which a machine full of other tests does not: they run alone.
REAL_TIME := PosedEndToEndTests|LiveFaults
test: test-deps $(READERS) ## run every test (set POSED_SHARED to test over real data, too)
	swift test --skip '$(REAL_TIME)'
	swift test --skip-build --no-parallel --filter '$(REAL_TIME)'

# The loops in C, and their test in C. Swift's clang compiles for other processors, too.
CLANG ?= $(firstword $(wildcard $(dir $(realpath $(shell command -v swift)))clang) clang)
TILES := '-DCK_MODEL_OF_TILES="../../Tests/CKernels/tiles.h"'
LOOPS := $(TILES) -O3 -Wall -Werror -fuse-ld=lld -ISources/CKernels/include Sources/CKernels/*.c Tests/CKernels/*.c -lm -lpthread

# Each form of the vector loops, and what the processor calls the instructions that it needs.
FORMS := amx:amx_int8 avx512vnni:avx512_vnni avx512:avx512dq avxvnni:avx_vnni avx2:avx2 baseline: openblas:
test-kernels: test-deps ## test the networks on the lesser forms of the vector loops, too
	mkdir -p .build && $(CLANG) $(LOOPS) -o .build/loops && .build/loops
	for form in $(FORMS); do \
		grep -qw -- "$${form#*:}" /proc/cpuinfo || { echo "kernels: $${form%:*} is skipped: this processor has no $${form#*:}"; continue; }; \
		echo "kernels: $${form%:*}"; POSED_KERNELS=$${form%:*} swift test --filter 'KernelsTests|NetworksTests' || exit 1; done

test-arm64: PACKAGES := libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user
test-arm64: install-packages ## test the vector loops as arm64 runs them, under qemu
	mkdir -p .build && $(CLANG) --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include $(LOOPS) -o .build/loops-arm64
	qemu-aarch64 -L /usr/aarch64-linux-gnu .build/loops-arm64

sanitize: test-deps ## run what shares threads and what reads bytes from outside under the thread and the address sanitizer
	POSED_TESTS='FlowTests KernelsTests DeliveryTests WebTests' swift test --no-parallel --scratch-path .build/tsan --sanitize thread
	POSED_TESTS='BasicsTests MediaTests NetworksTests RecordsTests WebTests' ASAN_OPTIONS=detect_leaks=0 \
		swift test --no-parallel --scratch-path .build/asan --sanitize address

test-install: ## install into a folder, and try that as another user on a read-only file system
	$(SUDO) scripts/try_install.sh $(CONFIGURATION)

test-service: ## boot systemd in namespaces of its own, and watch the service of the release build in its sandbox
	$(SUDO) scripts/try_service.sh

lint: ## check the formatting and the project's own rules
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	$(PYTHON) scripts/lint.py

format: ## format every Swift file in place
	swift format --in-place --recursive --parallel Package.swift Sources Tests

churn: deps ## a million frames of people who come and go: memory stays where it was
	scripts/churn.sh

soak: build test-deps ## half an hour beside three cameras, one of which comes and goes
	$(PYTHON) scripts/soak.py --minutes 30

attack: build test-deps ## odd and hostile cameras, files and clients beside two healthy cameras, for six minutes
	$(PYTHON) scripts/attack.py

demo: build $(CLIP) ## poses of two walkers in a real clip, as data and as a picture
	.build/release/posed process $(CLIP) --out $(DEMO)/demo.poses.jsonl --overlay $(DEMO)/demo.overlay.mp4
	@echo "records: $(DEMO)/demo.poses.jsonl"
	@echo "overlay: $(DEMO)/demo.overlay.mp4"

# The clip is a file of the sports2d wheel (BSD-3-Clause): downloaded, never installed.
$(CLIP):
	mkdir -p $(DEMO)/wheel
	$(PYTHON) -m pip download --quiet --no-deps --disable-pip-version-check --dest $(DEMO)/wheel sports2d==0.8.34
	$(PYTHON) -m zipfile -e $(DEMO)/wheel/sports2d-*.whl $(DEMO)/clip
	touch $@

clean: ## remove what was built, and the demo
	rm -rf .build $(DEMO)
