#!/usr/bin/python3
"""Holds the rules that no compiler checks; prints every breach as `file:line: message` and exits 1 if there is one.

- a file has at most 400 lines;
- a module imports only what Package.swift lists for it (SwiftPM lets the rest through);
- the program imports FoundationEssentials, never Foundation, which brings 38 MB of tables for languages into it;
- folders of a module use one another in one direction only, by the names that they declare;
- every `@unchecked Sendable` and `nonisolated(unsafe)` says why, beside it;
- an integer made of another number says what happens where it does not fit: `saturating:`, `exactly:`, `clamping:` or
  `truncatingIfNeeded:`, or a comment `// fits: …` says why it does (a bare `Int(…)` of a number from outside ends the process);
- blocking queue calls stay out of the global queues;
- documents and scripts name no path of a developer's machine;
- the tables of models are those of the manifest.
"""
import collections
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
        if found and found[1] == "Foundation" and path.is_relative_to(ROOT / "Sources"):
            breach(path, number, "imports Foundation, which adds 38 MB to the program: FoundationEssentials, Glibc or Dispatch will do")
        nearby = " ".join(lines[max(0, number - 4) : number + 2])
        if "@unchecked Sendable" in re.sub(r"//.*", "", line) and "@unchecked Sendable because" not in nearby:
            breach(path, number, "@unchecked Sendable without a comment `// @unchecked Sendable because …`")
        if "nonisolated(unsafe)" in re.sub(r"//.*", "", line) and "//" not in nearby:
            breach(path, number, "nonisolated(unsafe) without a comment that says why")
        if re.search(r"\.global\([^)]*\)\.(sync|async)\b", line):
            breach(path, number, "work on a global queue: blocking there starves Swift concurrency")


def argument(text, start):
    """What stands between the bracket before `start` and the one that closes it, or what the line has of it."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start:place]
    return text[start:]


def check_integers(path):
    """A conversion is fine with a label, of a constant of C, of a text (which makes an optional), or with its reason beside it."""
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        code = re.sub(r"//.*", "", line)
        for found in re.finditer(r"(?<![\w.])U?Int(?:8|16|32|64)?\(", code):
            inside = argument(code, found.end()) or lines[number].strip()
            before, after = code[: found.start()], code[found.end() + len(inside) + 1 :]
            isOptional = re.match(r"\s*\?\?|\.(?:flatMap|map) ", after) or re.search(r"[fF]latMap|compactMap", before) or (
                re.search(r"\blet \w+ = $", before) and re.search(r"\b(?:if|guard)\b|, let|(?:,|else \{)\s*$", code))
            if re.match(r"\w+:", inside) or re.fullmatch(r"[A-Z0-9_]+(?:\.rawValue)?(?: \| [A-Z0-9_]+(?:\.rawValue)?)*", inside):
                continue
            if not isOptional and "// fits:" not in line + lines[max(0, number - 2)]:
                breach(path, number, f"{found[0]}{inside}) may end the process: say saturating:, exactly: or clamping:, or why it `// fits: …`")


DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:package |final |indirect )*(?:struct|class|enum|protocol|actor|typealias|func|let|var) `?(\w+)")


def check_folders(module):
    """Folders of a module that use one another in a circle, each use with an example."""
    folders = collections.defaultdict(list)
    for path in sorted(module.rglob("*.swift")):
        folders[path.parent].append(path)
    homes = collections.defaultdict(set)
    for folder, paths in folders.items():
        for path in paths:
            for line in path.read_text().splitlines():
                if found := DECLARATION.match(line):
                    homes[found[1]].add(folder)
    uses = collections.defaultdict(dict)
    for folder, paths in folders.items():
        for path in paths:
            code = "\n".join(re.sub(r'"(?:\\.|[^"\\])*"|//.*', "", line) for line in path.read_text().splitlines())
            for name in sorted(set(re.findall(r"\b\w{4,}\b", code))):
                home = homes.get(name, set())
                if len(home) == 1 and folder not in home:
                    uses[folder].setdefault(next(iter(home)), f"{path.name} uses {name}")

    def reached(folder):
        seen, left = set(), [folder]
        while left:
            for other in uses[left.pop()]:
                if other not in seen:
                    seen.add(other)
                    left.append(other)
        return seen

    for folder in list(folders):
        for other, example in uses[folder].items():
            if folder in reached(other):
                breaches.append(f"{folder.relative_to(ROOT)}: uses {other.name}, which uses it: {example}")


def check_text(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if re.search(r"(?:^|[^\w.])/(?:work|farm|home/\w+)/", line):
            breach(path, number, "names a path of a developer's machine")


def main():
    for name, folder, allowed in targets():
        if folder.parent.name == "Sources":
            check_folders(folder)
        for path in sorted(folder.rglob("*.swift")):
            check_swift(path, allowed | {name})
            if folder.is_relative_to(ROOT / "Sources"):
                check_integers(path)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".swift", ".py", ".md", ".sh", ".yaml", ".json", ".c", ".h", ".service"} or path.name in {"Makefile", "run"}:
            if path.is_file() and path != pathlib.Path(__file__).resolve():
                check_text(path)
    tables = subprocess.run([sys.executable, ROOT / "scripts" / "models_table.py", "--check"], capture_output=True, text=True)
    if tables.returncode:
        breaches.append(tables.stderr.strip())
    print("\n".join(breaches) if breaches else "lint: nothing to mend")
    sys.exit(1 if breaches else 0)


main()
