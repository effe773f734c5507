"""COCO figures of a checkpoint on an annotation file: keypoint AP with ground-truth boxes, or person box AP.

    python evaluate.py pose pose.pt ANNOTATIONS.json IMAGES [HEIGHT WIDTH]
    python evaluate.py crops pose.pt pose-unseen.tar [pose-more.tar …]
    python evaluate.py person person.pt ANNOTATIONS.json IMAGES [SIZE [QUARTERS]]

In place of a checkpoint, an exported folder will do. QUARTERS turns the pictures clockwise: 1 people lie, 2 they hang head down.
`crops` says how like the labels of crops a network's joints are (mean OKS): to choose by, since nothing may be chosen on the cut.

For progress while training; the figures of a model card come from `posed eval`.
"""
import contextlib
import io
import json
import os
import sys

import cv2
import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from safetensors.torch import load_file

from vitpose_files import load_pose

MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
MEAN, STD = np.array([0.485, 0.456, 0.406]) * 255, np.array([0.229, 0.224, 0.225]) * 255


def quietly(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


def summary(truth, results, kind, ids):
    """pycocotools' ten (keypoints) or twelve (boxes) figures."""
    judge = quietly(lambda: COCOeval(truth, truth.loadRes(results), kind))
    judge.params.imgIds = ids
    for step in (judge.evaluate, judge.accumulate, judge.summarize):
        quietly(step)
    return judge.stats


def dark(heatmap):
    """Peak of one heatmap with the DARK step (arXiv 1910.06278: Gaussian 11, Taylor expansion of the logarithm): x, y, value."""
    columns = heatmap.shape[1]
    y, x = divmod(int(heatmap.argmax()), columns)
    smooth = np.pad(np.log(np.clip(cv2.GaussianBlur(heatmap, (11, 11), 0), 1e-3, 50)), 1, mode="edge")
    g = smooth[y : y + 3, x : x + 3]
    slope = np.array([(g[1, 2] - g[1, 0]) / 2, (g[2, 1] - g[0, 1]) / 2])
    cross = (g[2, 2] - g[2, 0] - g[0, 2] + g[0, 0]) / 4
    curve = np.array([[g[1, 2] - 2 * g[1, 1] + g[1, 0], cross], [cross, g[2, 1] - 2 * g[1, 1] + g[0, 1]]])
    step = -np.linalg.pinv(curve) @ slope
    step = step if np.abs(step).max() < 2 else np.zeros(2)
    return x + step[0], y + step[1], float(heatmap[y, x])


def crop(picture, box, height, width):
    """The window of a COCO box widened to 3:4 and by 1.25, and its place: left, top, width, height."""
    x, y, w, h = box
    cx, cy = x + w / 2, y + h / 2
    w, h = (h * 0.75, h) if w < 0.75 * h else (w, w / 0.75)
    w, h = w * 1.25, h * 1.25
    sx, sy = (width - 1) / w, (height - 1) / h
    matrix = np.array([[sx, 0, -sx * (cx - w / 2)], [0, sy, -sy * (cy - h / 2)]])
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR), (cx - w / 2, cy - h / 2, w, h)


def pose_results(model, size, truth, pictures, flip):
    """COCO results of every person with keypoints, from ground-truth boxes."""
    height, width, results = *size, []
    for i in sorted(truth.imgs):
        people = [a for a in truth.imgToAnns[i] if a.get("num_keypoints", 0) > 0 and not a.get("iscrowd")]
        if not people:
            continue
        picture = cv2.imread(f"{pictures}/{truth.imgs[i]['file_name']}")[:, :, ::-1]
        crops, places = zip(*(crop(picture, a["bbox"], height, width) for a in people))
        batch = torch.from_numpy(((np.stack(crops) - MEAN) / STD).transpose(0, 3, 1, 2).astype(np.float32))
        with torch.inference_mode():
            heat = model(batch)
            if flip:
                heat = (heat + model(batch.flip(3)).flip(3)[:, MIRROR]) / 2
        for (left, top, w, h), maps in zip(places, heat.numpy()):
            joints = np.array([dark(m) for m in maps])
            joints[:, 0] = joints[:, 0] * w / (maps.shape[2] - 1) + left
            joints[:, 1] = joints[:, 1] * h / (maps.shape[1] - 1) + top
            good = joints[:, 2] > 0.2
            score = float(joints[good, 2].mean()) if good.any() else 0.0
            results.append(dict(image_id=i, category_id=1, keypoints=joints.ravel().tolist(), score=score))
    return results


def pose(checkpoint, annotations, pictures, *size):
    model, trained, samples = load_pose(checkpoint)
    size = [int(n) for n in size] or trained
    truth = quietly(COCO, annotations)
    for flip in (False, True):
        results = pose_results(model, size, truth, pictures, flip)
        s = summary(truth, results, "keypoints", sorted(truth.imgs))
        figures = f"AP {s[0]:.3f} AP50 {s[1]:.3f} AP75 {s[2]:.3f} M {s[3]:.3f} L {s[4]:.3f} AR {s[5]:.3f}"
        print(f"{samples}, {'flip' if flip else 'plain'}: {figures} ({len(results)} persons)", flush=True)


SPREAD = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000 * 2  # COCO's, per joint


def likeness(joints, label):
    """OKS of joints [17, 2+] with a label [17, 3] of the same stored crop (216x288, 1.6 of its box), over the joints that are taught."""
    taught = label[:, 2] > 0.3
    squares = ((joints[taught, :2] - label[taught, :2]) ** 2).sum(1)
    area = 0.53 * (216 / 1.6) * (288 / 1.6)  # of a person, as COCO's segments are to their boxes
    return float(np.exp(-squares / (2 * area * SPREAD[taught] ** 2)).mean()) if taught.any() else None


def crops(checkpoint, *shards):
    """Mean OKS of a network with the labels of crops of COCO's layout."""
    from gather import read_shard
    from relabel import joints_in

    model, (height, width), samples = load_pose(checkpoint)

    def joints_of(crop):
        batch = torch.from_numpy(((crop - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32))
        with torch.inference_mode():
            return np.array([dark(m) for m in model(batch)[0].numpy()])

    for shard in shards:
        found = [likeness(joints_in(joints_of, picture, height, width), np.reshape(label["kp"], (-1, 3))) for picture, label in read_shard(shard)]
        found = [f for f in found if f is not None]
        print(f"{samples}, {os.path.basename(shard)}: OKS {np.mean(found):.4f} ({len(found)} crops)", flush=True)


def nms(boxes, scores, threshold, overlap):
    """Indices kept, best first; boxes are centre x, y, width, height."""
    order, kept = [k for k in np.argsort(-scores) if scores[k] > threshold], []
    low, high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    while order:
        best, order = order[0], np.array(order[1:], int)
        kept.append(best)
        shared = np.clip(np.minimum(high[best], high[order]) - np.maximum(low[best], low[order]), 0, None).prod(1)
        order = order[shared / (boxes[best, 2:].prod() + boxes[order, 2:].prod(1) - shared) < overlap].tolist()
    return kept


def detect(model, picture, size, threshold=0.01):
    """Boxes [n, 5] of people: left, top, width, height in pixels, score. The input follows the picture's shape."""
    from yolox import cells, decode, input_size

    height, width = picture.shape[:2]
    across, down = input_size(size, width, height)
    scale = min(across / width, down / height)
    canvas = np.full((down, across, 3), 114, np.uint8)
    small = cv2.resize(picture, (max(1, int(width * scale)), max(1, int(height * scale))), interpolation=cv2.INTER_LINEAR)
    canvas[: small.shape[0], : small.shape[1]] = small
    with torch.inference_mode():
        y = model(torch.from_numpy(canvas).permute(2, 0, 1)[None].float())
    boxes, scores = decode(y, *cells((across, down)))[0].numpy() / scale, (y[0, :, 4].sigmoid() * y[0, :, 5].sigmoid()).numpy()
    kept = nms(boxes, scores, threshold, 0.65)[:100]
    return np.concatenate([boxes[kept, :2] - boxes[kept, 2:] / 2, boxes[kept, 2:], scores[kept, None]], 1)


def load_person(checkpoint):
    """The detector of a checkpoint or of an exported folder, and its input size."""
    from yolox import YOLOX

    model = YOLOX(classes=1).eval()
    if os.path.isdir(checkpoint):
        tensors = load_file(f"{checkpoint}/model.safetensors")
        model.load_state_dict({k: v.float() for k, v in tensors.items()}, strict=False)
        with open(f"{checkpoint}/config.json") as file:
            return model, json.load(file)["input_size"][0]
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model.load_state_dict(saved["model"])
    return model, saved["size"]


def turned_boxes(truth, quarters):
    """Turns the annotated boxes with their pictures."""
    from person_data import TURNS, turned

    for annotation in truth.anns.values():
        image, (x, y, w, h) = truth.imgs[annotation["image_id"]], annotation["bbox"]
        blank = np.zeros((image["height"], image["width"]), np.uint8)
        ((left, top, right, bottom, _),) = turned(blank, np.array([[x, y, x + w, y + h, 1]]), TURNS[quarters - 1])[1]
        annotation["bbox"] = [left, top, right - left, bottom - top]


def person(checkpoint, annotations, pictures, size=None, quarters=0):
    model, trained = load_person(checkpoint)
    size, quarters = int(size or trained), int(quarters)
    truth, results = quietly(COCO, annotations), []
    if quarters:
        turned_boxes(truth, quarters)
    for i in sorted(truth.imgs):
        picture = np.ascontiguousarray(np.rot90(cv2.imread(f"{pictures}/{truth.imgs[i]['file_name']}"), -quarters))
        for *box, score in detect(model, picture, size).tolist():
            results.append(dict(image_id=i, category_id=1, bbox=box, score=score))
    s = summary(truth, results, "bbox", sorted(truth.imgs))
    print(f"{size}: AP {s[0]:.3f} AP50 {s[1]:.3f} small {s[3]:.3f} medium {s[4]:.3f} large {s[5]:.3f}, AR {s[8]:.3f}")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    dict(pose=pose, crops=crops, person=person)[sys.argv[1]](*sys.argv[2:])
