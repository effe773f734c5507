#!/usr/bin/env python3
"""Counts people found where nobody is (weights/person-nano/README.md).

    posed process one-by-one.mp4 --threshold 0.3 --out found.jsonl
    python3 scripts/ghosts.py found.jsonl 0-58,205-226,455-500,706-740,875-918,1208-1232,1366-1390

The stretches were chosen by eye: nobody is in the picture in these 256 frames.
"""
import json
import sys


def main():
    path, stretches = sys.argv[1:]
    bounds = [[int(n) for n in part.split("-")] for part in stretches.split(",")]
    with open(path) as lines:
        records = [record for record in map(json.loads, lines) if record["type"] == "frame" and not record.get("rev")]
    empty = [record for record in records if any(first <= record["frame"] <= last for first, last in bounds)]
    ghosts = [(record["frame"], person["score"]) for record in empty for person in record["persons"]]
    for frame, score in ghosts:
        print(f"frame {frame}: {score:.2f}")
    print(f"{len(ghosts)} ghosts in {len(empty)} empty frames: {len(ghosts) / max(1, len(empty)):.3f} a frame")


main()
