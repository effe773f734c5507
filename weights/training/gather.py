"""Labels a folder of pictures: pose-NAME.tar (crops with joints) and detect-NAME.tar (pictures with boxes).

    python gather.py --pictures FOLDER --name sport --out DATA --avoid COCO/val2017 --person-teacher rtmdetnp.onnx --pose-teacher model.xml

Pictures that look like one in --avoid, or like one already taken, are left out. Where a picture lies in images/ and a file of
the YOLO format in labels/ beside it, its boxes are taken as human-made and the teacher's added for people they miss.
One process uses one core: start several with --part.
"""
import argparse
import glob
import io
import json
import os
import random
import tarfile

import cv2
import numpy as np

from teachers import HEIGHT, WIDTH, PersonTeacher, PoseTeacher, merged, shares


def window(left, top, right, bottom, padding, width, height):
    """Affine [2, 3] from the padded 3:4 window around a box to a crop (corner pixel centres to corner pixel centres)."""
    cx, cy, w, h = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    w, h = (h * 0.75, h) if w < 0.75 * h else (w, w / 0.75)
    sx, sy = (width - 1) / (w * padding), (height - 1) / (h * padding)
    return np.array([[sx, 0, -sx * (cx - w * padding / 2)], [0, sy, -sy * (cy - h * padding / 2)]])


class Likeness:
    """64-bit difference hashes of what must not be taken (again)."""

    def __init__(self, folders):
        self.forbidden, self.taken = [], []
        for path in (p for folder in folders for p in glob.glob(f"{folder}/*.jpg")):
            picture = cv2.imread(path)
            self.forbidden += [self.print_of(picture), self.print_of(picture[:, ::-1])]

    @staticmethod
    def print_of(picture):
        grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA).astype(int)
        return np.packbits((grey[:, 1:] > grey[:, :-1]).ravel())

    def admits(self, picture):
        mine = self.print_of(picture)
        for others, distance in ((self.forbidden, 8), (self.taken, 3)):
            if others and np.unpackbits(np.stack(others) ^ mine, axis=1).sum(1).min() <= distance:
                return False
        self.taken.append(mine)
        return True


class Shard:
    """A tar of pictures with their labels in one JSON file."""

    def __init__(self, path):
        self.path, self.tar, self.labels = path, tarfile.open(path, "w"), []

    def add(self, picture, quality, **label):
        name = f"{len(self.labels):05d}.webp"
        self.write(name, cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes())
        self.labels.append(dict(file=name, **label))

    def write(self, name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))

    def close(self):
        name = os.path.basename(self.path).replace(".tar", ".json")
        self.write(name, json.dumps(self.labels, separators=(",", ":")).encode())
        self.tar.close()


def human_boxes(path, width, height):
    """Boxes [n, 5] with score 1 from the YOLO file that belongs to a picture, or none where there is no such file."""
    labels, found = os.path.splitext(path.replace("/images/", "/labels/"))[0] + ".txt", []
    if not os.path.exists(labels) or "/images/" not in path:
        return None
    with open(labels) as file:
        for line in file:
            values = np.array(line.split()[1:], float)
            if len(values) == 4:
                (x, y, w, h) = values
                found.append([(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height, 1])
            elif len(values) >= 6:  # an outline
                x, y = values[::2] * width, values[1::2] * height
                found.append([x.min(), y.min(), x.max(), y.max(), 1])
    return np.array(found, np.float32).reshape(-1, 5)


def label_boxes(persons, picture, human):
    """Every box worth keeping, scored; without human labels the teacher looks three times."""
    if human is not None:
        seen = merged(persons(picture, 512))
        missed = [box for box in seen if box[4] > 0.2 and (not len(human) or shares(box, human).max() < 0.45)]
        return np.concatenate([human, np.array(missed, np.float32).reshape(-1, 5)])
    width = picture.shape[1]
    mirrored = persons(np.ascontiguousarray(picture[:, ::-1]), 640)
    mirrored[:, [0, 2]] = width - mirrored[:, [2, 0]]
    every = merged(np.concatenate([persons(picture, 416), persons(picture, 640), mirrored]))
    return every[every[:, 4] > 0.2]


def label_joints(joints_of, picture, box):
    """The stored crop 216x288 of a box and its joints [17, 3], or none where the teacher sees too little."""
    height, width = picture.shape[:2]
    left, top, right, bottom = np.clip(box[:4], 0, [width, height, width, height])
    if bottom - top < 64 or right - left < 20:
        return None
    near, wide = window(left, top, right, bottom, 1.25, WIDTH, HEIGHT), window(left, top, right, bottom, 1.6, 216, 288)
    joints = joints_of(cv2.warpAffine(picture, near, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)[:, :, ::-1])
    if (joints[:, 2] > 0.4).sum() < 5:
        return None
    place = joints[:, :2] * [(WIDTH - 1) / (WIDTH // 4 - 1), (HEIGHT - 1) / (HEIGHT // 4 - 1)]
    place = (place - near[:, 2]) / [near[0, 0], near[1, 1]]
    outside = (place < -2).any(1) | (place[:, 0] > width + 1) | (place[:, 1] > height + 1)
    joints[outside, 2] = 0.2  # outside the picture: neither there nor surely absent
    label = np.column_stack([place * [wide[0, 0], wide[1, 1]] + wide[:, 2], joints[:, 2]])
    return cv2.warpAffine(picture, wide, (216, 288), flags=cv2.INTER_AREA), np.round(label, 2).ravel().tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--avoid", nargs="+", required=True, help="folders of pictures that are for evaluation")
    parser.add_argument("--person-teacher", required=True)
    parser.add_argument("--pose-teacher", help="without it only boxes are labelled")
    parser.add_argument("--per-picture", type=int, default=3, help="crops from one picture at most")
    parser.add_argument("--side", type=int, default=416, help="long side of the pictures kept for the detector")
    parser.add_argument("--part", default="0/1", help="K/N: take every Nth picture from the Kth on")
    a = parser.parse_args()
    cv2.setNumThreads(1)
    persons, joints_of = PersonTeacher(a.person_teacher), PoseTeacher(a.pose_teacher) if a.pose_teacher else None
    part, parts = map(int, a.part.split("/"))
    files = sorted(f for f in glob.glob(f"{a.pictures}/**/*", recursive=True) if f.lower().endswith((".jpg", ".jpeg", ".png")))
    random.Random(7).shuffle(files)
    os.makedirs(a.out, exist_ok=True)
    likeness, boxes_kept = Likeness(a.avoid), Shard(f"{a.out}/detect-{a.name}-{part}.tar")
    poses = Shard(f"{a.out}/pose-{a.name}-{part}.tar") if joints_of else None
    for count, path in enumerate(files[part::parts]):
        picture = cv2.imread(path)
        if picture is None or min(picture.shape[:2]) < 110 or not likeness.admits(picture):
            continue
        height, width = picture.shape[:2]
        boxes, scale = label_boxes(persons, picture, human_boxes(path, width, height)), min(1, a.side / max(height, width))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        boxes_kept.add(small, 60, boxes=np.round(boxes * [scale, scale, scale, scale, 1], 2).tolist())
        people = boxes[boxes[:, 4] > 0.5] if joints_of else []
        largest = sorted(people, key=lambda b: (b[0] - b[2]) * (b[3] - b[1]))[: a.per_picture]
        for crop, joints in filter(None, (label_joints(joints_of, picture, box) for box in largest)):
            poses.add(crop, 60, kp=joints)
        if count % 250 == 0:
            print(f"{count} of {len(files) // parts}: {len(boxes_kept.labels)} pictures, {len(poses.labels) if poses else 0} crops", flush=True)
    for shard in filter(None, (boxes_kept, poses)):
        shard.close()


if __name__ == "__main__":
    main()
