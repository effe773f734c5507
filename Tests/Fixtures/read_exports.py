#!/usr/bin/python3
"""Opens what `posed export` wrote of a recording as its users do, and holds it against the recording.

    read_exports.py POSES.jsonl FOLDER        FOLDER: coco.json alphapose.json mmpose.json openpose/ trc/ pyskl.pkl mot.txt csv.csv

pycocotools, motmetrics, pandas and NumPy read; AlphaPose, MMPose and OpenPose have no reader of their own, their files are JSON.
"""
import contextlib
import io
import json
import pathlib
import pickle
import sys

import motmetrics
import numpy as np
import pandas
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

lines = [json.loads(line) for line in open(sys.argv[1])]
folder = pathlib.Path(sys.argv[2])
header, frames = lines[0], [line for line in lines if line["type"] == "frame"]
persons = [(frame, person) for frame in frames for person in frame["persons"]]
assert len(frames) > 10 and any("id" in person for _, person in persons)
width, height, joints = header["source"]["width"], header["source"]["height"], header["keypoints"]


def smoothed(person):
    """V x 3: what other tools are given."""
    if "kps" not in person:
        return np.array(person["kp"])
    return np.array([[*place, kp[2]] if place else [0, 0, 0] for place, kp in zip(person["kps"], person["kp"])])


def near(a, b, most=0.006):
    a, b = np.asarray(a, float), np.asarray(b, float)
    assert a.shape == b.shape and np.abs(a - b).max() <= most, (a, b)


# COCO: results that are the truth are right.
results = json.load(open(folder / "coco.json"))
near([r["keypoints"] for r in results], [np.ravel(p["kp"]) for _, p in persons])
truth = {
    "info": {},
    "images": [{"id": f["frame"], "width": width, "height": height} for f in frames],
    "categories": [{"id": 1, "name": "person", "keypoints": joints}],
    "annotations": [
        {"id": n + 1, "image_id": f["frame"], "category_id": 1, "iscrowd": 0, "num_keypoints": 17, "bbox": p["bbox"], "area": p["bbox"][2] * p["bbox"][3],
         "keypoints": np.ravel([[x, y, 2] for x, y, _ in p["kp"]]).tolist()} for n, (f, p) in enumerate(persons)],
}  # fmt: skip
(folder / "truth.json").write_text(json.dumps(truth))
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(str(folder / "truth.json"))
    evaluation = COCOeval(coco, coco.loadRes(str(folder / "coco.json")), "keypoints")
    evaluation.evaluate(), evaluation.accumulate(), evaluation.summarize()
assert evaluation.stats[0] > 0.999, evaluation.stats

# AlphaPose
results = json.load(open(folder / "alphapose.json"))
assert [r["image_id"] for r in results] == [f"{f['frame']}.jpg" for f, _ in persons]
assert [r.get("idx") for r in results] == [p.get("id") for _, p in persons]
near([r["keypoints"] for r in results], [smoothed(p).ravel() for _, p in persons])
near([r["box"] for r in results], [p["bbox"] for _, p in persons])

# MMPose
results = json.load(open(folder / "mmpose.json"))
assert [r["frame_id"] for r in results] == [f["frame"] for f in frames]
for result, frame in zip(results, frames):
    for instance, person in zip(result["instances"], frame["persons"], strict=True):
        near(np.column_stack([instance["keypoints"], instance["keypoint_scores"]]), smoothed(person))
        x, y, w, h = person["bbox"]
        near(instance["bbox"], [[x, y, x + w, y + h]], 0.011)

# OpenPose
files = sorted((folder / "openpose").iterdir())
assert [path.name for path in files] == [f"poses_{f['frame']:012}_keypoints.json" for f in frames]
for path, frame in zip(files, frames):
    for one, person in zip(json.loads(path.read_text())["people"], frame["persons"], strict=True):
        points, own = np.reshape(one["pose_keypoints_2d"], (25, 3)), smoothed(person)
        at = {name: own[joints.index(name)] for name in joints}
        near(points[[0, 2, 4, 14, 15]], [at[n] for n in ("nose", "right_shoulder", "right_wrist", "left_ankle", "right_eye")])
        for middle, joint in ((1, "shoulder"), (8, "hip")):
            left, right = at[f"left_{joint}"], at[f"right_{joint}"]
            seen = left.any() and right.any()
            near(points[middle], [*((left + right) / 2)[:2], min(left[2], right[2])] if seen else [0, 0, 0], 0.011)
        assert not points[19:].any() and one["person_id"] == [person.get("id", -1)]

# MOTChallenge
table = motmetrics.io.loadtxt(str(folder / "mot.txt"), fmt="mot15-2D")
followed = [(f, p) for f, p in persons if "id" in p]
assert list(table.index) == [(f["frame"] + 1, p["id"]) for f, p in followed]
near(table[["X", "Y", "Width", "Height"]], [p["bbox"] for _, p in followed])  # motmetrics counts from 0

# CSV
table = pandas.read_csv(folder / "csv.csv")
assert len(table) == len(persons) * len(joints)
near(table[["x", "y", "score"]], np.concatenate([p["kp"] for _, p in persons]))

# PySKL
with open(folder / "pyskl.pkl", "rb") as file:
    data = pickle.load(file)
(annotation,) = data["annotations"]
ids = sorted({p["id"] for _, p in followed})
assert data["split"] == {"test": [annotation["frame_dir"]]} and annotation["label"] == -1
assert annotation["img_shape"] == annotation["original_shape"] == (height, width) and annotation["total_frames"] == len(frames)
keypoint, score = annotation["keypoint"], annotation["keypoint_score"]
assert keypoint.dtype == score.dtype == np.float16 and keypoint.flags.writeable
expected = np.zeros((len(ids), len(frames), len(joints), 3))
for number, frame in enumerate(frames):
    for person in frame["persons"]:
        if "id" in person:
            expected[ids.index(person["id"]), number] = smoothed(person)
near(keypoint, expected[..., :2], 0.26)  # float16 below 512
near(score, expected[..., 2], 0.001)

# TRC, as Sports2D reads it: five lines of head.
files = sorted((folder / "trc").iterdir())
assert len(files) == len(ids)
for path, who in zip(files, ids):
    head = path.read_text().split("\n")[:5]
    rate, _, count, markers = head[2].split("\t")[:4]
    names = [name for name in head[3].split("\t")[2:] if name]
    assert int(markers) == len(names) == len(joints) and names[joints.index("left_knee")] == "LKnee"
    table = pandas.read_csv(path, sep="\t", skiprows=5, header=None)
    assert len(table) == int(count) and table.shape[1] == 2 + 3 * len(joints)
    assert np.allclose(np.diff(table[1]), 1 / float(rate), atol=2e-6)
    for frame, person in ((f, p) for f, p in followed if p["id"] == who):
        row = table.iloc[(table[1] - frame["pts_ns"] / 1e9).abs().argmin()]
        if abs(row[1] - frame["pts_ns"] / 1e9) < 1e-5:
            seen = [place is not None for place in person["kps"]]
            place = np.reshape(row[2:], (-1, 3))[seen]
            near(place[:, :2], [[x, height - 1 - y] for x, y in filter(None, person["kps"])], 0.011)
print(len(frames), "frames", len(persons), "people", len(ids), "ids")
