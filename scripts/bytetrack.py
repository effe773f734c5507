#!/usr/bin/env python3
"""ByteTrack over a video with the official YOLOX file as detector: what docs/following.md compares posed with.

    pip install trackers==2.6.1 supervision==0.31.2 onnxruntime==1.31.1 opencv-python-headless numpy
    python3 scripts/bytetrack.py yolox_nano.onnx VIDEO [THRESHOLD] > bytetrack.txt
    posed eval track --truth GROUND-TRUTH --results bytetrack.txt

THRESHOLD is the least score of a new track and of a confident detection; without it the package's defaults hold.
"""
import sys

import cv2
import numpy as np
import onnxruntime
import supervision
from trackers import ByteTrackTracker


def cells(size):
    """Column, row and stride of every cell, strides 8, 16 and 32."""
    levels = []
    for stride in (8, 16, 32):
        rows, columns = np.mgrid[: size // stride, : size // stride]
        levels.append(np.stack([columns, rows, np.full_like(rows, stride)], -1).reshape(-1, 3))
    return np.concatenate(levels)


def suppressed(boxes, scores, overlap=0.65):
    """Indices kept, best first; boxes are corners."""
    order, kept = np.argsort(-scores), []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        low, high = np.maximum(boxes[best, :2], boxes[order, :2]), np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        order = order[shared / (areas[best] + areas[order] - shared) < overlap]
    return kept


def main():
    session = onnxruntime.InferenceSession(sys.argv[1])
    size = session.get_inputs()[0].shape[2]
    places = cells(size)
    video = cv2.VideoCapture(sys.argv[2])
    options = {"frame_rate": video.get(cv2.CAP_PROP_FPS)}
    if len(sys.argv) > 3:
        options |= {"track_activation_threshold": float(sys.argv[3]), "high_conf_det_threshold": min(0.6, float(sys.argv[3]))}
    tracker, frame = ByteTrackTracker(**options), 0
    while True:
        read, picture = video.read()
        if not read:
            break
        frame += 1
        scale = min(size / picture.shape[0], size / picture.shape[1])
        small = cv2.resize(picture, (int(picture.shape[1] * scale), int(picture.shape[0] * scale)))
        canvas = np.full((size, size, 3), 114, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        found = session.run(None, {session.get_inputs()[0].name: canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        centres = (found[:, :2] + places[:, :2]) * places[:, 2:]
        halves = np.exp(found[:, 2:4]) * places[:, 2:] / 2
        scores = found[:, 4] * found[:, 5]
        boxes = np.concatenate([centres - halves, centres + halves], 1)[scores > 0.05] / scale
        scores = scores[scores > 0.05]
        kept = suppressed(boxes, scores)
        people = supervision.Detections(xyxy=boxes[kept], confidence=scores[kept], class_id=np.zeros(len(kept), int))
        people = tracker.update(people)
        for (left, top, right, bottom), identity in zip(people.xyxy, people.tracker_id):
            if identity >= 0:
                print(f"{frame},{identity},{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f},1,-1,-1,-1")


main()
