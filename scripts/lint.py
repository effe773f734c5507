#!/usr/bin/env python3
"""Holds the rules that no compiler checks; prints every breach as `file:line: message` and exits 1 if there is one.

- a file has at most 400 lines;
- a module imports only what Package.swift lists for it (SwiftPM lets the rest through);
- every `@unchecked Sendable` and `nonisolated(unsafe)` says why, beside it;
- blocking queue calls stay out of the global queues;
- documents and scripts name no path of a developer's machine.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST = 400
# What comes with the toolchain and every module may import.
TOOLCHAIN = {
    "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Swift", "Testing", "Glibc", "Musl", "Darwin", "SystemPackage",
}
breaches = []


def breach(path, line, message):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {message}")


def targets():
    """Every target of the package: its folder and the modules it may import."""
    package = json.loads(subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True).stdout)
    for target in package["targets"]:
        folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + target["name"]
        allowed = {(d.get("byName") or d.get("product") or d.get("target"))[0] for d in target["dependencies"]}
        yield target["name"], ROOT / folder, allowed


def check_swift(path, allowed):
    lines = path.read_text().splitlines()
    if len(lines) > LONGEST:
        breach(path, len(lines), f"{len(lines)} lines; a file has at most {LONGEST}: is there a seam?")
    for number, line in enumerate(lines, 1):
        found = re.match(r"(?:@\w+(?:\(\w+\))?\s+)*(?:public |package |internal |private )?import (?:(?:struct|class|enum|func|protocol) )?(\w+)", line)
        if found and found[1] not in allowed | TOOLCHAIN:
            breach(path, number, f"imports {found[1]}, which Package.swift does not list for this target")
        nearby = " ".join(lines[max(0, number - 4) : number + 2])
        if "@unchecked Sendable" in re.sub(r"//.*", "", line) and "@unchecked Sendable because" not in nearby:
            breach(path, number, "@unchecked Sendable without a comment `// @unchecked Sendable because …`")
        if "nonisolated(unsafe)" in re.sub(r"//.*", "", line) and "//" not in nearby:
            breach(path, number, "nonisolated(unsafe) without a comment that says why")
        if re.search(r"\.global\([^)]*\)\.(sync|async)\b", line):
            breach(path, number, "work on a global queue: blocking there starves Swift concurrency")


def check_text(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if re.search(r"(?:^|[^\w.])/(?:work|farm|home/\w+)/", line):
            breach(path, number, "names a path of a developer's machine")


def main():
    for name, folder, allowed in targets():
        for path in sorted(folder.rglob("*.swift")):
            check_swift(path, allowed | {name})
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".swift", ".py", ".md", ".sh", ".yaml", ".json", ".c", ".h", ".service"} or path.name in {"Makefile", "run"}:
            if path.is_file() and path != pathlib.Path(__file__).resolve():
                check_text(path)
    print("\n".join(breaches) if breaches else "lint: nothing to mend")
    sys.exit(1 if breaches else 0)


main()
