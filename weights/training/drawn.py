"""Drawn people and pictures to test the recipe on, and a way to call its scripts."""
import contextlib
import io
import sys

import cv2
import numpy as np

import export
from gather import Shard


def figure(canvas, x, y, height):
    """A stick person and its joints: enough to learn from."""
    spots = [(0, -45), (-3, -48), (3, -48), (-6, -46), (6, -46), (-15, -30), (15, -30), (-22, -12), (22, -12), (-26, 5), (26, 5)]
    spots += [(-9, 5), (9, 5), (-10, 26), (10, 26), (-11, 48), (11, 48)]
    joints = np.array(spots) * height / 100 + [x, y]
    for a, b in export.BONES:
        ends = [tuple(int(v) for v in joints[k]) for k in (a, b)]
        cv2.line(canvas, *ends, (40, 40, 220), max(1, height // 30))
    return joints


def make_data(folder):
    random, poses, pictures = np.random.default_rng(1), Shard(f"{folder}/pose-test.tar"), Shard(f"{folder}/detect-test.tar")
    for _ in range(24):
        crop = random.integers(0, 255, 3) + np.zeros((288, 216, 3), np.uint8)
        joints = figure(crop := crop.astype(np.uint8), 108, 144, 170)
        poses.add(crop, 80, kp=np.column_stack([joints, np.full(17, 0.9)]).ravel().tolist())
        picture = (random.integers(0, 255, 3) + np.zeros((160, 200, 3))).astype(np.uint8)
        joints = figure(picture, 100, 80, 120)
        pictures.add(picture, 80, boxes=[[*joints.min(0).tolist(), *joints.max(0).tolist(), 0.9]])
    poses.close(), pictures.close()


def call(main, *arguments):
    """Runs a script's main with these arguments and returns what it printed."""
    before, out = sys.argv, io.StringIO()
    sys.argv = ["script", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out):
            main()
    finally:
        sys.argv = before
    return out.getvalue()
