#!/usr/bin/env python3
"""Compares two builds of posed: whether both write the same records, byte for byte, over the same inputs.

    python3 scripts/same_records.py OLD/posed NEW/posed squat.mp4 dance.mp4 picture.jpg

Each input is processed with several options, and played by `posed run` without dropping a frame. What differs from run to
run is masked: sessions, uids, versions, wall-clock times and latencies. Both run the AVX-512 form of the kernels, whose networks are
in fp32. Ends with status 1 at the first difference.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ["POSED_KERNELS"] = "avx512"
OPTIONS = [[], ["--lag", "0.3"], ["--detect-every", "3", "--max-persons", "2"], ["--threshold", "0.6", "--no-bone-gate"]]
MASKED = re.compile(r'"(session|uid|version|t|lat_ms|clock_err_ms|begun|started)":("[^"]*"|[-0-9.e]+)')


def masked(path):
    return [MASKED.sub(r'"\1":0', line) for line in pathlib.Path(path).read_text().splitlines()]


def process(program, source, options, folder):
    subprocess.run([program, "process", source, "--out", folder / "x.jsonl", *options], check=True, capture_output=True)
    return masked(folder / "x.jsonl")


def run(program, source, folder):
    (folder / "x.yaml").write_text(f"source:\n  file: {pathlib.Path(source).resolve()}\n  policy: all\nsinks:\n  - file: {folder}/y.jsonl\n")
    (folder / "y.jsonl").unlink(missing_ok=True)
    subprocess.run([program, "run", folder / "x.yaml", "--pid-file", folder / "pid"], check=True, capture_output=True)
    return masked(folder / "y.jsonl")


def compare(name, old, new):
    for number, (a, b) in enumerate(zip(old, new), 1):
        if a != b:
            sys.exit(f"{name}: line {number} differs:\n{a[:600]}\n{b[:600]}")
    if len(old) != len(new):
        sys.exit(f"{name}: {len(old)} and {len(new)} lines")
    print(f"{name}: the same {len(old)} lines", flush=True)


def main():
    old, new, *sources = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for source in sources:
            for options in OPTIONS:
                results = [process(program, source, options, folder) for program in (old, new)]
                compare(f"{pathlib.Path(source).name} {' '.join(options)}", *results)
            if source.endswith(".mp4"):
                compare(f"{pathlib.Path(source).name}, run", *(run(program, source, folder) for program in (old, new)))


main()
