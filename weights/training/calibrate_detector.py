"""What a detector's scores are in those of the official YOLOX-nano, to which the tracker's evidence was fitted: `calibration` in the manifest.

    python calibrate_detector.py person-nano --reference yolox_nano.onnx --posed POSED --labelled detect-*.tar --people PEOPLE.json PICTURES \
        [--check person_keypoints_val2017.json val2017] [--write ../manifest.json]

`posed eval boxes` gives the raw detections of both on training pictures: those of gather.py's tars (boxes from 0.45 are people, from 0.35 on
nobody knows), those of annotations in COCO's form, or of a folder of Pascal VOC's files. A detection is true where its IoU with a
box that no better one took is 0.5. The odds that it is follow by logistic regression on the logit of its score, for each detector:

    logit(true) = slope logit(score) + offset        ->        logit(calibrated) = scale logit(score) + shift
    scale = slope / slope of the reference,    shift = (offset - offset of the reference) / slope of the reference

The reference's scores from 0.05 on count, and as many of the detector's best, in at most a thousand pictures of each kind; each kind counts
alike. --check counts the true ones on pictures that nothing was fitted to. The standard deviations come from drawing pictures anew; a detector that differs from the reference by no
more than chance (95 %, of both numbers together) gets 1 and 0. --write puts the numbers into the manifest.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree

import numpy as np

from gather import labels_of
from person_teachers import shares

LEAST = 0.05  # of the reference's scores
MOST = 1000  # pictures of each kind, evenly spread
SURE, DOUBTFUL = 0.45, 0.35  # of teachers' boxes
CHANCE = 5.99  # the 95th percentile of chi-square with two degrees of freedom
BOUNDS = 0.1, 0.3, 0.5, 0.7, 1.001


def logit(scores):
    share = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))


def logistic(logits):
    return 1 / (1 + np.exp(-logits))


class Pictures:
    """A folder of pictures and what is in each: boxes [n, 5] with 1 for a person and 0 for what is not asked about."""

    def __init__(self, name, folder, boxes):
        spread = list(boxes.items())[:: max(1, -(-len(boxes) // MOST))]
        self.name, self.folder, self.boxes = name, folder, {k: np.array(v, float).reshape(-1, 5) for k, v in spread}

    @classmethod
    def annotated(cls, annotations, folder):
        """Of COCO's form, or of Pascal VOC's where `annotations` is a folder."""
        if os.path.isdir(annotations):
            return cls(folder, folder, dict(map(voc, sorted(glob.glob(f"{annotations}/*.xml")))))
        with open(annotations) as file:
            truth = json.load(file)
        names = {image["id"]: image["file_name"] for image in truth["images"]}
        boxes = {name: [] for name in names.values()}
        for a in truth["annotations"]:
            x, y, w, h = a["bbox"]
            if a.get("category_id", 1) == 1:
                boxes[names[a["image_id"]]].append([x, y, x + w, y + h, not a.get("iscrowd")])
        return cls(folder, folder, boxes)

    @classmethod
    def labelled(cls, shard, folder):
        """Of gather.py's tars, unpacked into an empty folder."""
        with tarfile.open(shard) as tar:
            tar.extractall(folder, filter="data")
            labels = labels_of(tar)
        return cls(shard, folder, {l["file"]: [[*b[:4], b[4] >= SURE] for b in l["boxes"] if b[4] >= DOUBTFUL] for l in labels})

    def detections(self, posed, detector):
        """A detector's raw detections in each picture, as `judge` gives them."""
        names, found = list(self.boxes), {}
        with tempfile.TemporaryDirectory() as folder:
            asked, results = os.path.join(folder, "asked.json"), os.path.join(folder, "results.json")
            with open(asked, "w") as file:
                json.dump(dict(images=[dict(id=n, file_name=name) for n, name in enumerate(names)]), file)
            options = ["--detector", detector, "--annotations", asked, "--images", self.folder, "--results", results]
            subprocess.run([posed, "eval", "boxes", *options], check=True, stdout=subprocess.DEVNULL)
            with open(results) as file:
                for one in json.load(file):
                    found.setdefault(one["image_id"], []).append(one)
        return [self.judge(self.boxes[name], found.get(picture, [])) for picture, name in enumerate(names)]

    @staticmethod
    def judge(boxes, found):
        """A score, and whether it is true, for each detection of a picture but those of what is not asked about; the best first."""
        people, others, judged = boxes[boxes[:, 4] == 1], boxes[boxes[:, 4] == 0], []
        free = np.ones(len(people), bool)
        for one in sorted(found, key=lambda one: -one["score"]):
            x, y, w, h = one["bbox"]
            box = np.array([x, y, x + w, y + h])
            fit = np.where(free, shares(box, people), 0) if len(people) else np.zeros(1)
            if fit.max() >= 0.5:
                free[fit.argmax()] = False
                judged.append((one["score"], True))
            elif not len(others) or inside(box, others).max() < 0.5:
                judged.append((one["score"], False))
        return judged


def voc(path):
    """A picture's name, and its people, of a file of Pascal VOC's form."""
    root, boxes = ElementTree.parse(path).getroot(), []
    for thing in root.iter("object"):
        if thing.findtext("name") == "person":
            place = [float(thing.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")]
            boxes.append([*place, thing.findtext("difficult") != "1"])
    return os.path.splitext(os.path.basename(path))[0] + ".jpg", boxes


def inside(box, others):
    """Which share of a box lies in each of the others."""
    shared = np.clip(np.minimum(box[2:], others[:, 2:4]) - np.maximum(box[:2], others[:, :2]), 0, None).prod(1)
    return shared / max((box[2:] - box[:2]).prod(), 1e-6)


def regression(scores, true, weights):
    """Slope and offset of the logit of being true over the logit of the score: the likeliest, by Newton's steps."""
    inputs, found = np.column_stack([logit(scores), np.ones(len(scores))]), np.array([1.0, 0.0])
    for _ in range(50):
        odds = logistic(inputs @ found)
        curvature = (inputs * (weights * odds * (1 - odds))[:, None]).T @ inputs
        found = found + np.linalg.solve(curvature + 1e-9 * np.eye(2), inputs.T @ (weights * (true - odds)))
    return found


def joined(pictures):
    """Scores [n] of all detections in some pictures, and which are true [n]."""
    scores, true = np.array([one for picture in pictures for one in picture]).reshape(-1, 2).T
    return scores, true.astype(bool)


def line(kinds, count):
    """The regression over some kinds of pictures, each with equal weight, of the best detections: `count` of each kind."""
    best = [np.argsort(-scores)[:n] for (scores, _), n in zip(kinds, count)]
    scores, true = (np.concatenate([one[part][chosen] for one, chosen in zip(kinds, best)]) for part in (0, 1))
    return regression(scores, true, np.concatenate([np.full(len(chosen), 1 / max(1, len(chosen))) for chosen in best]))


def fit(detector, reference):
    """Scale and shift, from scores and truths by kinds of pictures."""
    count = [(scores >= LEAST).sum() for scores, _ in reference]
    (slope, offset), (usual, start) = line(detector, count), line(reference, count)
    return slope / usual, (offset - start) / usual


def fit_pictures(detector, reference, draws=60):
    """Scale and shift, rounded, and their standard deviations; of detections by kinds and pictures, the same pictures for both."""
    found, random, drawn = np.array(fit(list(map(joined, detector)), list(map(joined, reference)))), np.random.default_rng(0), []
    for _ in range(draws):
        chosen = [random.integers(0, len(kind), len(kind)) for kind in reference]
        both = ([joined([kind[i] for i in places]) for kind, places in zip(one, chosen)] for one in (detector, reference))
        drawn.append(fit(*both))
    away = found - (1, 0)
    is_other = away @ np.linalg.solve(np.cov(np.transpose(drawn)) + 1e-12 * np.eye(2), away) > CHANCE
    return found.round(3).tolist(), np.std(drawn, 0), is_other


def report(name, scores, true):
    cells = []
    for low, high in zip(BOUNDS, BOUNDS[1:]):
        chosen = true[(scores >= low) & (scores < high)]
        cells.append(f"{chosen.mean() if len(chosen) else np.nan:6.2f} of {len(chosen):5}")
    above = [f"{true[scores >= bound].mean():6.2f} of {(scores >= bound).sum():5}" for bound in (0.3, 0.5)]
    print(f"  {name:32} {'  '.join(cells)}  |  {'  '.join(above)}")


def write(manifest, model, scale, shift):
    with open(manifest) as file:
        text = file.read()
    entry = re.compile(rf'("id": "{re.escape(model)}",.*?)(?:      "calibration": [^\n]*\n)?(      "files": \[)', re.S)
    text, count = entry.subn(rf'\g<1>      "calibration": {{"scale": {scale}, "shift": {shift}}},\n\g<2>', text, count=1)
    if not count:
        raise SystemExit(f"{manifest} knows no {model}")
    with open(manifest, "w") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detector", help="an id of the manifest, a folder or a file")
    parser.add_argument("--reference", default="yolox-nano", help="the official YOLOX-nano")
    parser.add_argument("--posed", default="../../.build/release/posed")
    parser.add_argument("--labelled", nargs="*", default=[], metavar="TAR")
    parser.add_argument("--people", nargs=2, action="append", default=[], metavar=("ANNOTATIONS", "PICTURES"))
    parser.add_argument("--check", nargs=2, metavar=("ANNOTATIONS", "PICTURES"))
    parser.add_argument("--write", metavar="MANIFEST")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = [Pictures.labelled(shard, os.path.join(folder, str(n))) for n, shard in enumerate(a.labelled)]
        sources += [Pictures.annotated(*source) for source in a.people]
        detector, reference = ([source.detections(a.posed, name) for source in sources] for name in (a.detector, a.reference))
    (scale, shift), deviations, is_other = fit_pictures(detector, reference)
    print("true detections by score: " + ", ".join(f"{bound} to" for bound in BOUNDS[:-1]) + " 1 | all from 0.3, from 0.5")
    for source, mine, other in zip(sources, detector, reference):
        alone, its, _ = fit_pictures([mine], [other])
        print(f"{source.name}, {len(source.boxes)} pictures; alone: scale {alone[0]} +- {its[0]:.3f}, shift {alone[1]} +- {its[1]:.3f}")
        compare(a, mine, other, scale, shift)
    print(f"all: scale {scale} +- {deviations[0]:.3f}, shift {shift} +- {deviations[1]:.3f}" + ("" if is_other else ": chance"))
    if a.check:
        checked = Pictures.annotated(*a.check)
        print(f"checked on {checked.name}, {len(checked.boxes)} pictures")
        compare(a, *(checked.detections(a.posed, name) for name in (a.detector, a.reference)), scale, shift)
    if a.write:
        write(a.write, a.detector, *((scale, shift) if is_other else (1, 0)))


def compare(a, detector, reference, scale, shift):
    scores, true = joined(detector)
    report(a.reference, *joined(reference))
    report(f"{a.detector}, raw", scores, true)
    report(f"{a.detector}, calibrated", logistic(scale * logit(scores) + shift), true)


if __name__ == "__main__":
    main()
