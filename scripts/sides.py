#!/usr/bin/python3
"""How often left and right are mixed up, held against a stronger network: what docs/following.md says of sides.

    posed process clip.mp4 --out clip.jsonl
    /usr/bin/python3 scripts/sides.py TEACHER.xml clip.mp4 clip.jsonl

TEACHER is PP-TinyPose 256x192 (weights/training/README.md says where it is and what to install). It looks at the boxes of the first
stream, if there are several. Counted are pairs of joints that it is sure of and sees at least 0.12 sizes apart: as the network named them (kp) and as they
were smoothed (kps).
"""
import json
import pathlib
import sys

from needs import need

need(cv2="python3-opencv", numpy="python3-numpy")
import cv2  # noqa: E402
import numpy as np  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "weights/training"))
from gather import window  # noqa: E402
from pose_teachers import HEIGHT, WIDTH, PoseTeachers  # noqa: E402

PAIRS = [(left, left + 1) for left in range(5, 17, 2)]
SURE, APART, SEEN = 0.4, 0.12, 0.2


def people(path):
    """{(frame, id): person} of the first versions of a stream's frames."""
    with open(path) as lines:
        frames = [r for r in map(json.loads, lines) if r["type"] == "frame" and not r.get("rev")]
    return {(r["frame"], p["id"]): p for r in frames for p in r["persons"] if "id" in p}


def taught(teacher, video, people):
    """{(frame, id): [17, 3]} for the people of a stream."""
    capture, frame, poses = cv2.VideoCapture(video), 0, {}
    while True:
        read, picture = capture.read()
        if not read:
            return poses
        for key in [key for key in people if key[0] == frame]:
            left, top, width, height = people[key]["bbox"]
            view = window(left, top, left + width, top + height, 1.25, WIDTH, HEIGHT)
            joints = teacher(cv2.warpAffine(picture, view, (WIDTH, HEIGHT))[:, :, ::-1])
            scale = [(WIDTH - 1) / (WIDTH // 4 - 1), (HEIGHT - 1) / (HEIGHT // 4 - 1)]
            poses[key] = np.column_stack([(joints[:, :2] * scale - view[:, 2]) / [view[0, 0], view[1, 1]], joints[:, 2]])
        frame += 1


def mixed_up(people, poses, key):
    """Pairs that are closer to the teacher's the other way round, and pairs compared."""
    wrong = count = 0
    for who, person in people.items():
        pose, size = poses.get(who), np.sqrt(person["bbox"][2] * person["bbox"][3])
        joints = [None if j is None or (len(j) > 2 and j[2] < SEEN) else np.array(j[:2]) for j in person[key]]
        for a, b in PAIRS if pose is not None else []:
            apart = np.linalg.norm(pose[a, :2] - pose[b, :2])
            if min(pose[a, 2], pose[b, 2]) < SURE or apart < APART * size or joints[a] is None or joints[b] is None:
                continue
            distance = lambda left, right: ((left - pose[a, :2]) ** 2).sum() + ((right - pose[b, :2]) ** 2).sum()
            count += 1
            wrong += distance(joints[b], joints[a]) < distance(joints[a], joints[b])
    return f"{wrong} of {count}"


def main():
    teacher, video, *streams = sys.argv[1:]
    streams = {path: people(path) for path in streams}
    first = next(iter(streams.values()))
    poses = taught(PoseTeachers([teacher]), video, first)
    print(f"kp: {mixed_up(first, poses, 'kp')} pairs mixed up")
    for path, stream in streams.items():
        print(f"kps of {path}: {mixed_up(stream, poses, 'kps')}")


main()
