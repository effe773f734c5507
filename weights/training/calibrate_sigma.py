"""How far off joints are, against what the heatmaps' spread says: one factor and one floor for each kind of joint, for `sigma` in records.

    OMP_NUM_THREADS=1 python calibrate_sigma.py ../vitpose-tiny --people COCO.json PICTURES --people MORE.json PICTURES --leave-out hips \
        [--crops pose-*.tar] [--write ../manifest.json]

A joint's deviation becomes the root of (factor * spread)² + (floor * the crop's height)². The first --people are annotated as
the figures are to hold (COCO's), further ones in COCO's form by other people help with the shape; --leave-out names kinds of
the last --people that other people marked elsewhere. Each kind gets the pair with which, over all joints, 39.3 % of errors lie
within one deviation, as of a Gaussian in two dimensions, and as many as possible within two; then one number scales all, so
that the first --people have 39.3 %. --crops only prints what the labels of teachers would say. --write puts the numbers into
`preprocessor_config.json` and its new size and sum into the manifest; a network exported anew needs both again. A minute.

Human labels, of pictures that no network of ours has seen (github.com): COCO-MINI of Obmutescence, `train2017` (86 persons of COCO);
Mask-R-CNN-PFG of Julito22, `train2017` (165 players of pelota, whose hips are marked elsewhere). Never the cut of val2017.
"""
import argparse
import hashlib
import json
import os

import cv2
import numpy as np
import torch

from evaluate import MEAN, STD, crop, dark
from gather import read_shard
from vitpose_files import load_pose

KINDS = dict(head=range(5), shoulders=(5, 6), elbows=(7, 8), wrists=(9, 10), hips=(11, 12), knees=(13, 14), ankles=(15, 16))
KIND = np.array([k for k, joints in enumerate(KINDS.values()) for _ in joints])  # the kinds follow one another in COCO's order
WITHIN = 1 - np.exp(-0.5)
OTHERS = 0.35  # what a joint of further people counts
PAIRS = np.array([(f, c) for f in np.arange(0.3, 2.51, 0.1) for c in np.arange(0, 0.049, 0.003)])


def spread(heatmap, x, y, peak):
    """`sigma` of HeatmapDecoding+Spread.swift, in heatmap pixels."""
    rows, columns = heatmap.shape
    v, u = np.mgrid[:rows, :columns]
    mass, trained = heatmap * (heatmap > 0.1 * peak), rows / 32
    moment = (mass * ((u - x) ** 2 + (v - y) ** 2)).sum() / (2 * mass.sum())
    return max(moment - 0.744 * trained**2, trained**2 / 16) ** 0.5


class People:
    """Errors and spreads [n, 17] of a network's joints, in heights of the crop, and which joints are labelled."""

    def __init__(self, model, crops, places, labels, least):
        found = []
        for i in range(0, len(crops), 8):
            batch = torch.from_numpy(((np.stack(crops[i : i + 8]) - MEAN) / STD).transpose(0, 3, 1, 2).astype(np.float32))
            with torch.inference_mode():
                found += [self.joints(maps) for maps in model(batch).numpy()]
        joints, places, labels = np.array(found), np.array(places)[:, None], np.array(labels, float)
        where = joints[:, :, :2] * places[:, :, 2:] + places[:, :, :2]
        self.errors = np.linalg.norm(where - labels[:, :, :2], axis=2) / places[:, :, 3]
        self.spreads, self.known = joints[:, :, 2], (labels[:, :, 2] > least) & np.isfinite(joints[:, :, 2])

    @staticmethod
    def joints(maps):
        """x and y as shares of the crop, and the spread in its heights."""
        rows, columns = maps.shape[1:]
        peaks = [(heatmap, *dark(heatmap)) for heatmap in maps]
        return [(x / (columns - 1), y / (rows - 1), spread(m, x, y, top) / (rows - 1) if top > 0 else np.nan) for m, x, y, top in peaks]

    def shares(self, deviations, kinds=None):
        """Which shares of the errors lie within one deviation and within two."""
        chosen = self.known if kinds is None else self.known & (KIND == kinds)
        return [(self.errors < n * deviations)[chosen].mean() if chosen.any() else np.nan for n in (1, 2)]

    def counts(self):
        """[kinds, pairs, 2]: how many errors lie within one and two deviations; and how many there are of each kind."""
        counts = np.zeros((len(KINDS), len(PAIRS), 2))
        for kind in range(len(KINDS)):
            chosen = self.known & (KIND == kind)
            deviations = deviation(self.spreads[chosen], *PAIRS[:, :, None].transpose(1, 0, 2))
            counts[kind] = np.stack([(self.errors[chosen] < n * deviations).sum(1) for n in (1, 2)], 1)
        return counts, np.bincount(KIND, self.known.sum(0), len(KINDS))


def deviation(spreads, factors, floors):
    return np.hypot(factors * spreads, floors)


def annotated(model, size, annotations, pictures, left_out):
    with open(annotations) as file:
        truth = json.load(file)
    names, crops, places, labels = {i["id"]: i["file_name"] for i in truth["images"]}, [], [], []
    for person in truth["annotations"]:
        picture = cv2.imread(os.path.join(pictures, names[person["image_id"]]))
        if person.get("num_keypoints") and not person.get("iscrowd") and picture is not None:
            seen, place = crop(picture[:, :, ::-1], person["bbox"], *size)
            crops.append(seen), places.append(place), labels.append(np.reshape(person["keypoints"], (-1, 3)))
    people = People(model, crops, places, labels, 0)
    for kind in left_out:
        people.known[:, KIND == list(KINDS).index(kind)] = False
    return people


def labelled(model, size, shards, every=20):
    """Every twentieth crop of teachers' labels, as far as they are sure."""
    crops, places, labels = [], [], []
    for n, (picture, label) in enumerate(pair for shard in shards for pair in read_shard(shard)):
        if n % every == 0:
            height, width = ((n - 1) / 1.6 for n in picture.shape[:2])
            middle = (picture.shape[1] - 1 - width) / 2, (picture.shape[0] - 1 - height) / 2
            seen, place = crop(picture[:, :, ::-1], (*middle, width, height), *size)
            crops.append(seen), places.append(place), labels.append(np.reshape(label["kp"], (-1, 3)))
    return People(model, crops, places, labels, 0.3)


def fit(people):
    """A factor and a floor for each joint: the pairs with most within two deviations for as many within one, then the scale."""
    tables = [one.counts() for one in people]
    counts, joints = (sum((OTHERS if n else 1) * table[i] for n, table in enumerate(tables)) for i in (0, 1))
    every = np.arange(len(KINDS))
    ways = [(counts[:, :, 1] - price * counts[:, :, 0]).argmax(1) for price in np.arange(0.2, 2.5, 0.02)]
    best = min(ways, key=lambda way: abs(counts[every, way, 0].sum() / joints.sum() - WITHIN))
    factors, floors = PAIRS[best].T
    first = people[0]
    scale = np.quantile((first.errors / deviation(first.spreads, factors[KIND], floors[KIND]))[first.known], WITHIN)
    return np.round(scale * factors, 2), np.round(scale * floors, 4)


def write(folder, manifest, factors, floors):
    path = os.path.join(folder, "preprocessor_config.json")
    with open(path) as file:
        config = json.load(file)
    sigma = dict(factor=factors[KIND].tolist(), floor=floors[KIND].tolist())
    text = json.dumps({k: v for k, v in config.items() if k != "sigma"}, indent=2).removesuffix("\n}")
    text += f',\n  "sigma": {{\n    "factor": {sigma["factor"]},\n    "floor": {sigma["floor"]}\n  }}\n}}\n'
    with open(manifest) as file:
        entries = file.read()
    name, known = os.path.basename(os.path.abspath(folder)), json.loads(entries)["models"]
    (old,) = (f for m in known if m["id"] == name for f in m["files"] if f["name"] == os.path.basename(path))
    shape = '"size": {},\n          "sha256": "{}"'
    before, after = shape.format(old["size"], old["sha256"]), shape.format(len(text), hashlib.sha256(text.encode()).hexdigest())
    if entries.count(before) != 1:
        raise SystemExit(f"{manifest} does not name {path} in the way that is expected")
    with open(path, "w") as config, open(manifest, "w") as file:
        config.write(text), file.write(entries.replace(before, after))


class Pictures(argparse.Action):
    def __call__(self, parser, names, values, option=None):
        names.people.append((*values, []))


class LeaveOut(argparse.Action):
    def __call__(self, parser, names, values, option=None):
        names.people[-1][2].extend(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="an exported folder or a checkpoint")
    parser.add_argument("--people", nargs=2, action=Pictures, default=[], required=True)
    parser.add_argument("--leave-out", nargs="+", choices=list(KINDS), action=LeaveOut)
    parser.add_argument("--crops", nargs="+", default=[])
    parser.add_argument("--write", metavar="MANIFEST")
    a = parser.parse_args()
    cv2.setNumThreads(1)
    model, size, _ = load_pose(a.network)
    people = {f"people {n}": annotated(model, size, *source) for n, source in enumerate(a.people, 1)}
    factors, floors = fit(list(people.values()))
    if a.crops:
        people["teachers"] = labelled(model, size, a.crops)
    print(f"{'':12} {'factor':>7} {'floor':>7}  joints, and shares within one and two deviations: before, after")
    for kind, name in [*enumerate(KINDS), (None, "all")]:
        shown = "" if kind is None else f"{factors[kind]:7.2f} {floors[kind]:7.4f}"
        for label, one in people.items():
            before, after = one.shares(one.spreads, kind), one.shares(deviation(one.spreads, factors[KIND], floors[KIND]), kind)
            number = one.known.sum() if kind is None else one.known[:, KIND == kind].sum()
            print(f"{name:12} {shown:15}  {label:14} {number:6} {before[0]:.2f} {before[1]:.2f}   {after[0]:.2f} {after[1]:.2f}")
    if a.write:
        write(a.network, a.write, factors, floors)


if __name__ == "__main__":
    main()
