#!/usr/bin/env bash
# A million frames of people who come and go, after which resident memory must be where it was (InvariantTests). Built with
# optimisation, which only Tracking needs.
#
#     scripts/churn.sh [FRAMES]
set -euo pipefail
cd "$(dirname "$0")/.."
POSED_TESTS=TrackingTests POSED_CHURN=${1:-1000000} \
    swift test --scratch-path .build/churn -c release -Xswiftc -enable-testing --filter memoryStaysFlat
