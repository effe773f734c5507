#!/usr/bin/env bash
# A million frames of people who come and go, after which resident memory must be where it was (InvariantTests). Built with
# optimisation, which only Tracking needs: a package of its own, made here, is built in a minute, and the tests run alone in it.
#
#     scripts/churn.sh [FRAMES]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.build/churn
mkdir -p "$folder/Sources" "$folder/Tests"
for module in Basics PoseTypes Records Tracking; do ln -sfn "$PWD/Sources/$module" "$folder/Sources/$module"; done
for tests in TestSupport TrackingTests Fixtures; do ln -sfn "$PWD/Tests/$tests" "$folder/Tests/$tests"; done
{
    sed -n '1,/^]/p' Package.swift
    cat <<'SWIFT'
let package = Package(
    name: "churn",
    targets: [
        .target(name: "Basics", swiftSettings: settings),
        .target(name: "PoseTypes", dependencies: ["Basics"], swiftSettings: settings),
        .target(name: "Records", dependencies: ["Basics", "PoseTypes"], swiftSettings: settings),
        .target(name: "Tracking", dependencies: ["Basics", "PoseTypes"], swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["PoseTypes", "Records"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "TrackingTests", dependencies: ["Basics", "Tracking", "PoseTypes", "TestSupport"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6])
SWIFT
} >"$folder/Package.swift"
POSED_CHURN=${1:-1000000} swift test --package-path "$folder" -c release -Xswiftc -enable-testing --filter memoryStaysFlat
