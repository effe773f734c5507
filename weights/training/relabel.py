"""Gives stored crops (pose-*.tar) the joints of other teachers: the same pictures, a new tar beside them.

    python relabel.py pose-*.tar --out DATA --pose-teacher model.xml tinypose_256x192.param

Joints that lay outside the original picture (confidence 0.2 exactly) stay as they were.
"""
import argparse
import os
import tarfile

import cv2
import numpy as np

from gather import Shard, labels_of
from pose_teachers import HEIGHT, WIDTH, PoseTeachers

OUTSIDE = 0.2


def near(stored, seen):
    """Affine [2, 3] from a stored crop, which reaches 1.6 of its box, to what a network sees, 1.25 of it; both sizes are (width, height)."""
    (sx, tx), (sy, ty) = (((b - 1) / (a - 1) * 1.6 / 1.25, (b - 1) / 2 - (b - 1) / 2 * 1.6 / 1.25) for a, b in zip(stored, seen))
    return np.array([[sx, 0, tx], [0, sy, ty]])


def joints_in(joints_of, picture, height=HEIGHT, width=WIDTH):
    """Joints [17, 3] of a stored BGR crop, in its pixels; joints_of(RGB of height x width) gives them in heatmap pixels."""
    matrix = near(picture.shape[1::-1], (width, height))
    joints = joints_of(cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR)[:, :, ::-1])
    place = joints[:, :2] * [(width - 1) / (width // 4 - 1), (height - 1) / (height // 4 - 1)]
    return np.column_stack([(place - matrix[:, 2]) / [matrix[0, 0], matrix[1, 1]], joints[:, 2]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--pose-teacher", nargs="+", required=True)
    a = parser.parse_args()
    cv2.setNumThreads(1)
    joints_of = PoseTeachers(a.pose_teacher)
    for path in a.shards:
        shard = Shard(os.path.join(a.out, os.path.basename(path)))
        if os.path.abspath(path) == os.path.abspath(shard.path):
            raise SystemExit(f"--out must be another folder than that of {path}")
        with tarfile.open(path) as tar:
            for label in labels_of(tar):
                data = tar.extractfile(label["file"]).read()
                before = np.array(label["kp"], float).reshape(17, 3)
                joints = joints_in(joints_of, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
                joints[before[:, 2] == OUTSIDE] = before[before[:, 2] == OUTSIDE]
                shard.add_encoded(data, **dict(label, kp=np.round(joints, 2).ravel().tolist()))
                if len(shard.labels) % 1000 == 0:
                    print(f"{path}: {len(shard.labels)}", flush=True)
        shard.close()


if __name__ == "__main__":
    main()
