"""Makes Tests/Fixtures/evaluation: synthetic annotations and results, and what pycocotools and mmpose say of them.

    pip install pycocotools==2.0.11 numpy==2.4.6 mmpose==1.3.2 (mmpose with --no-deps: only its oks_nms is read; it needs torch)
    python make_evaluation.py
"""

import contextlib
import copy
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import pathlib
import sys
import types

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SEED = 4
OUT = pathlib.Path(__file__).parent / "evaluation"
SIGMAS = np.array([.26, .25, .25, .35, .35, .79, .79, .72, .72, .62, .62, 1.07, 1.07, .87, .87, .89, .89]) / 10
random = np.random.default_rng(SEED)


def person(identity, picture, size):
    """One annotation; about a third of the joints unlabelled, some people without any, some crowds, some odd keys."""
    width, height = size * random.uniform(0.4, 0.9), size
    x, y = random.uniform(0, 640 - width), random.uniform(0, max(1, 480 - height))
    joints = np.stack([x + width * random.random(17), y + height * random.random(17), random.choice([0, 1, 2], 17, p=[.3, .2, .5])], 1)
    crowd = int(random.random() < 0.08)
    if crowd or random.random() < 0.15:
        joints[:] = 0
    joints = np.where(joints[:, 2:] > 0, joints, 0).round()
    record = {
        "id": identity, "image_id": picture, "category_id": 1, "iscrowd": crowd,
        "bbox": [round(float(v), 2) for v in (x, y, width, height)], "area": round(float(width * height * random.uniform(0.3, 0.8)), 3),
        "keypoints": [int(v) for v in joints.ravel()], "num_keypoints": int((joints[:, 2] > 0).sum()),
    }
    if random.random() < 0.1:
        record["ignore"] = 1  # pycocotools overwrites it
    return record


def truth():
    # The first id is 0, whose matches pycocotools does not count.
    pictures, people = [], []
    for place in range(48):
        picture = 1000 - 7 * place  # not in order
        pictures.append({"id": picture, "file_name": f"{picture:012d}.jpg", "width": 640, "height": 480})
        for _ in range(0 if place % 8 == 3 else random.integers(1, 5)):
            people.append(person(len(people), picture, float(np.exp(random.uniform(np.log(20), np.log(400))))))
    people[5]["num_keypoints"] = 0  # says none, has some: ignored, yet compared joint by joint
    return {"images": pictures, "annotations": people, "categories": [{"id": 1, "name": "person", "keypoints": [], "skeleton": []}]}


def poses(annotations):
    """Results of mixed quality: near, duplicated, far, invented; a picture with far more than 20; many equal scores."""
    results = []
    for a in annotations["annotations"]:
        x, y, w, h = a["bbox"]
        for _ in range(random.choice([0, 1, 1, 1, 2])):
            joints = np.array(a["keypoints"], float).reshape(-1, 3)
            empty = joints[:, 2] == 0
            joints[empty, :2] = [x, y] + [w, h] * random.random((empty.sum(), 2))
            joints[:, :2] += random.normal(0, 1, (17, 2)) * np.sqrt(a["area"]) * SIGMAS[:, None] * 2 * np.exp(random.uniform(-3, 1))
            results.append(record(a["image_id"], joints))
    busy = annotations["images"][6]["id"]
    for picture in [busy] * 30 + [i["id"] for i in annotations["images"][::3]]:
        results.append(record(picture, np.stack([random.uniform(0, 640, 17), random.uniform(0, 480, 17), np.ones(17)], 1)))
    exact = next(a for a in annotations["annotations"] if a["num_keypoints"] > 10)
    results.append(record(exact["image_id"], np.array(exact["keypoints"], float).reshape(-1, 3)))
    return results


def record(picture, joints):
    joints[:, 2] = random.random(17).round(2)
    return {"image_id": picture, "category_id": 1, "keypoints": [round(float(v), 1) for v in joints.ravel()],
            "score": round(float(random.random()), 1)}


def with_boxes(results):
    """The same with a `bbox` in every record, which decides the areas."""
    for r in (boxed := copy.deepcopy(results)):
        x, y = np.array(r["keypoints"][0::3]), np.array(r["keypoints"][1::3])
        r["bbox"] = [round(float(v), 1) for v in (x.min() - 5, y.min() - 5, np.ptp(x) * 0.6, np.ptp(y) * 0.6)]
    return boxed


def boxes(annotations):
    """Box results, with exact overlaps of 0.5 and 0.75, another category, and more than 100 in one picture."""
    results = []
    for a in annotations["annotations"]:
        x, y, w, h = a["bbox"]
        for _ in range(random.choice([0, 1, 1, 2])):
            shift = random.normal(0, 0.25 * np.exp(random.uniform(-3, 0.5)), 4) * [w, h, w, h]
            results.append(box(a["image_id"], np.maximum([x, y, w, h] + shift, [0, 0, 1, 1])))
        if random.random() < 0.3:
            results.append(box(a["image_id"], [x, y, w, h / 2]))
            results.append(box(a["image_id"], [x, y, w * 0.75, h]))
    busy = annotations["images"][6]["id"]
    results += [box(busy, [*random.uniform(0, 500, 2), *random.uniform(5, 200, 2)]) for _ in range(120)]
    results += [box(a["image_id"], a["bbox"]) | {"category_id": 2} for a in annotations["annotations"][:9]]
    return results


def box(picture, values):
    return {"image_id": picture, "category_id": 1, "bbox": [round(float(v), 2) for v in values], "score": round(float(random.random()), 2)}


def figures(truth_file, results, kind):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        annotations = COCO(str(truth_file))
        judge = COCOeval(annotations, annotations.loadRes(copy.deepcopy(results)), kind)
        judge.params.catIds = [1]
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return {"figures": judge.stats.tolist(), "lines": [line for line in text.getvalue().splitlines() if " @[" in line]}


def suppression(results):
    """What mmpose's oks_nms keeps of some pictures' poses, with areas as the crops' (distinct scores: its sort is not stable)."""
    bbox = types.ModuleType("mmpose.structures.bbox")
    bbox.bbox_overlaps = None
    sys.modules |= {"mmpose": types.ModuleType("mmpose"), "mmpose.structures": types.ModuleType("structures"), "mmpose.structures.bbox": bbox}
    file = importlib.metadata.distribution("mmpose").locate_file("mmpose/evaluation/functional/nms.py")
    spec = importlib.util.spec_from_file_location("nms", file)
    nms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(nms)
    cases = []
    for _ in range(12):
        people = []
        for r in random.choice(results, 4):
            for spread in (0, 0.02, 0.05, 0.1, 0.2)[: random.integers(1, 6)]:
                joints = np.array(r["keypoints"]).reshape(-1, 3)
                size = np.ptp(joints[:, :2], axis=0).max()
                joints[:, :2] = (joints[:, :2] + random.normal(0, spread * size * 0.2, (17, 2))).round(1)
                people.append({"keypoints": joints, "score": float(len(people) * 7 % 23) / 23, "area": round(float(size * size * 0.75), 1)})
        kept = nms.oks_nms(people, 0.9, sigmas=SIGMAS)
        cases.append({"poses": [p["keypoints"].ravel().tolist() for p in people], "scores": [p["score"] for p in people],
                      "areas": [p["area"] for p in people], "kept": [int(k) for k in kept]})
    return cases


def ochuman(annotations):
    """The shape of OCHuman's `ochuman_coco_format_*` files: fractional joints, RLE segments, the box's area as area."""
    people = []
    for a in annotations["annotations"][:12]:
        joints = [v + 0.25 if k % 3 < 2 and v else v for k, v in enumerate(a["keypoints"])]
        people.append(a | {"iscrowd": 0, "keypoints": joints, "area": int(a["bbox"][2] * a["bbox"][3]),
                           "segmentation": {"size": [480, 640], "counts": "PZ5"}})
    return annotations | {"annotations": people}


def main():
    OUT.mkdir(exist_ok=True)
    annotations = truth()
    results = poses(annotations)
    plain = {"annotations.json": annotations, "ochuman.json": ochuman(annotations), "keypoints.json": results,
             "keypoints-bbox.json": with_boxes(results), "boxes.json": boxes(annotations),
             "first-few.json": results[:3], "suppression.json": suppression(results)}
    for name, content in plain.items():
        (OUT / name).write_text(json.dumps(content, separators=(",", ":")))
    cases = [("annotations.json", "keypoints.json", "keypoints"), ("annotations.json", "keypoints-bbox.json", "keypoints"),
             ("annotations.json", "first-few.json", "keypoints"), ("ochuman.json", "keypoints.json", "keypoints"),
             ("annotations.json", "boxes.json", "bbox"), ("annotations.json", "keypoints-bbox.json", "bbox"),
             ("annotations.json", "keypoints.json", "bbox")]
    manifest = {
        "made_by": "make_evaluation.py", "seed": SEED,
        "versions": {name: importlib.metadata.version(name) for name in ("pycocotools", "numpy", "mmpose")},
        "sha256": {name: hashlib.sha256((OUT / name).read_bytes()).hexdigest() for name in plain},
        "cases": [{"annotations": a, "results": r, "kind": k} | figures(OUT / a, plain[r], k) for a, r, k in cases],
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    for case in manifest["cases"]:
        print(case["annotations"], case["results"], case["kind"], np.round(case["figures"], 3))


main()
