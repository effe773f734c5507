"""The weighted mean of checkpoints of one network (weights that sum to 1), as one of them: for fine-tunings that lose less so.

    python mean.py person-c.pt:0.3 person-start.pt:0.7 --out person.pt     # size and history are those of the last
"""
import argparse

import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", metavar="CHECKPOINT:WEIGHT")
    parser.add_argument("--out", required=True)
    a = parser.parse_args()
    names, weights = zip(*(part.rsplit(":", 1) for part in a.parts))
    weights = [float(weight) for weight in weights]
    if abs(sum(weights) - 1) > 1e-6:
        parser.error(f"the weights sum to {sum(weights)}, not to 1")
    saved = [torch.load(name, map_location="cpu", weights_only=True) for name in names]
    mean = saved[-1]
    for name, value in mean["model"].items():
        if value.is_floating_point():
            mean["model"][name] = sum(weight * one["model"][name] for weight, one in zip(weights, saved))
    torch.save(mean, a.out)


main()
