"""Trains variants of a pose network at equal samples with several seeds, and says how like held-out labels each one's joints are.

    python compare.py --data pose-a.tar --held-out pose-b.tar --out runs --seeds 0 1 2 --common "--samples 40000 --size 128 96 --workers 2" \\
        --variant scratch="" --variant deit="--init deit_tiny_patch16_224.pth" --variant mae="--init mae.pt"

Each run is a checkpoint in --out and goes on where it was stopped. The table, one row a variant, is ready for the README: the mean OKS
over the seeds, the least and the most, and the options.
"""
import argparse
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys

import evaluate

HERE = os.path.dirname(os.path.abspath(__file__))


def train(arguments):
    """Runs train_pose.py in a process of its own."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "train_pose.py"), *arguments])
    if done.returncode:
        raise SystemExit(f"train_pose.py {shlex.join(arguments)} ended with {done.returncode}")


def score(checkpoint, shards):
    """Mean OKS of a checkpoint over the crops of some tars."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        evaluate.crops(checkpoint, *shards)
    found = [(float(oks), int(n)) for oks, n in re.findall(r"OKS ([\d.]+) \((\d+) crops\)", out.getvalue())]
    return sum(oks * n for oks, n in found) / sum(n for _, n in found)


def variant(text):
    """A name and its options from NAME=OPTIONS."""
    name, equals, options = text.partition("=")
    if not equals or not re.fullmatch(r"[\w.-]+", name):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=OPTIONS")
    return name, shlex.split(options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--held-out", nargs="+", required=True, help="tars that no variant is trained on")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--common", type=shlex.split, default=[], help="options of train_pose.py that all variants have")
    parser.add_argument("--variant", type=variant, action="append", required=True, metavar="NAME=OPTIONS")
    a = parser.parse_args()
    if set(map(os.path.abspath, a.data)) & set(map(os.path.abspath, a.held_out)):
        raise SystemExit("a tar is both in --data and in --held-out")
    os.makedirs(a.out, exist_ok=True)
    print("| variant | OKS | least, most | options |\n| --- | --- | --- | --- |")
    for name, options in a.variant:
        found = []
        for seed in a.seeds:
            out = os.path.join(a.out, f"{name}-{seed}.pt")
            train(["--data", *a.data, "--out", out, "--seed", str(seed), *a.common, *options])
            found.append(score(out, a.held_out))
        print(f"| {name} | {sum(found) / len(found):.4f} | {min(found):.4f}, {max(found):.4f} | `{shlex.join(options)}` |", flush=True)


if __name__ == "__main__":
    main()
