"""Turns human annotations into crops: pose-NAME.tar, as gather.py writes them, of any layout (layouts.py).

    python readers.py coco person_keypoints_train2017.json --pictures train2017 --name coco --out DATA --avoid COCO/val2017
    python readers.py crowdpose crowdpose_train.json ...       COCO's form, 14 keypoints
    python readers.py mpii mpii_train.json ...                 a list of {image, center, scale, joints, joints_vis} (HRNet's and MMPose's form)
    python readers.py aic keypoint_train_annotations.json ...  a list of {image_id, human_annotations, keypoint_annotations}
    python readers.py ap10k ap10k-train-split1.json ...        COCO's form, 17 keypoints of animals
    python readers.py wholebody coco_wholebody_train_v1.0.json ...

A joint that somebody marked has confidence 1, hidden or not; of all others nothing is known (0.2).
"""
import argparse
import json
import os

import cv2
import numpy as np

from gather import Likeness, Shard, window
from layouts import LAYOUTS

UNKNOWN = 0.2
HANDS_AND_FACE = ("keypoints", "foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts")


def marked(values, known):
    """Joints [k, 3] (x, y, confidence) from flat triples x, y, v, of which those with known(v) are marked."""
    joints = np.array(values, np.float32).reshape(-1, 3)
    joints[:, 2] = np.where(known(joints[:, 2]), 1, UNKNOWN)
    return joints


def coco(data, fields=("keypoints",)):
    """Each person (or animal) of COCO's form: file name, box (left, top, right, bottom), joints [k, 3]."""
    names = {image["id"]: image["file_name"] for image in data["images"]}
    for a in data["annotations"]:
        values = [v for field in fields for v in a.get(field, ())]
        if a.get("iscrowd") or not any(values[2::3]):
            continue
        x, y, w, h = a["bbox"]
        yield names[a["image_id"]], (x, y, x + w, y + h), marked(values, lambda v: v > 0)


def mpii(data):
    """Each person of MPII, as `coco` gives them; its boxes are squares of 200 pixels times `scale`, and it counts pixels from 1."""
    for a in data:
        x, y = np.array(a["center"], float) - 1
        half = a["scale"] * 100
        joints = np.column_stack([np.array(a["joints"], np.float32) - 1, np.where(np.array(a["joints_vis"]) > 0, 1, UNKNOWN)])
        if (joints[:, 2] == 1).any():
            yield a["image"], (x - half, y - half, x + half, y + half), joints


def aic(data):
    """Each person of AI Challenger, as `coco` gives them; there 3 means that a joint is not marked."""
    for picture in data:
        for name, values in picture["keypoint_annotations"].items():
            joints = marked(values, lambda v: (v == 1) | (v == 2))
            if (joints[:, 2] == 1).any():
                yield picture["image_id"] + ".jpg", picture["human_annotations"][name], joints


READERS = dict(coco=coco, crowdpose=coco, mpii=mpii, aic=aic, ap10k=coco, wholebody=lambda data: coco(data, HANDS_AND_FACE))


def people(kind, path):
    """Every person of an annotation file: file name, box, joints [k, 3] with the layout's k."""
    with open(path) as file:
        data = json.load(file)
    wanted = len(LAYOUTS[kind].names)
    try:
        for name, box, joints in READERS[kind](data):
            if len(joints) != wanted:
                raise SystemExit(f"{path}: {kind} has {wanted} keypoints, and somebody in {name} has {len(joints)}")
            yield name, box, joints
    except (KeyError, TypeError, ValueError) as error:
        raise SystemExit(f"{path} is not of {kind}'s form: {type(error).__name__} {error}")


def crop_of(picture, box, joints):
    """The stored crop 216x288 of a box, and its joints [k, 3] in pixels of it, flat and rounded."""
    matrix = window(*box, 1.6, 216, 288)
    place = joints[:, :2] * [matrix[0, 0], matrix[1, 1]] + matrix[:, 2]
    label = np.column_stack([place, joints[:, 2]])
    return cv2.warpAffine(picture, matrix, (216, 288), flags=cv2.INTER_AREA), np.round(label, 2).ravel().tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=READERS)
    parser.add_argument("annotations")
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--avoid", nargs="*", default=[], help="folders of pictures that are for evaluation")
    parser.add_argument("--least", type=int, default=1, help="marked joints that somebody must have")
    a = parser.parse_args()
    os.makedirs(a.out, exist_ok=True)
    every = list(people(a.kind, a.annotations))  # before anything is written
    likeness, shard, missing = Likeness(), Shard(os.path.join(a.out, f"pose-{a.name}.tar")), set()
    likeness.forbid_folders(a.avoid)
    opened, picture = None, None
    for name, box, joints in every:
        if (joints[:, 2] == 1).sum() < a.least or box[2] - box[0] < 8 or box[3] - box[1] < 8:
            continue
        if name != opened:
            opened, picture = name, cv2.imread(os.path.join(a.pictures, name))
            if picture is None:
                missing.add(name)
            elif a.avoid and likeness.forbids(picture):
                picture = None
        if picture is not None:
            crop, kp = crop_of(picture, box, joints)
            shard.add(crop, 80, kp=kp, source=name, layout=a.kind)
    shard.close()
    print(f"{len(shard.labels)} crops" + (f"; {len(missing)} pictures are missing, such as {min(missing)}" if missing else ""))


if __name__ == "__main__":
    main()
