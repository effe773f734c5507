"""Labels a folder of pictures: pose-NAME.tar (crops with joints) and detect-NAME.tar (pictures with boxes).

    python gather.py --pictures FOLDER --name sport --out DATA --avoid COCO/val2017 \
        --rtmdet rtmdetnp.onnx --deim deimv2_femto.onnx --picodet picodet_s_416.onnx --pose-teacher model.xml tinypose_256x192.param

Pictures that look like one in --avoid, or like one already taken, are left out, and crops that look like one in --known. Where a
picture lies in images/ and a file of the YOLO format in labels/ beside it, its boxes are taken as human-made and the teachers'
added for people they miss; without --rtmdet only human-made ones are taken (detect-NAME.tar then lacks who has none). Each label
says in `source` which file it is of.
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

from person_teachers import PersonTeachers, shares
from pose_teachers import HEIGHT, WIDTH, PoseTeachers


def window(left, top, right, bottom, padding, width, height):
    """Affine [2, 3] from the padded 3:4 window around a box to a crop (corner pixel centres to corner pixel centres)."""
    cx, cy, w, h = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    w, h = (h * 0.75, h) if w < 0.75 * h else (w, w / 0.75)
    sx, sy = (width - 1) / (w * padding), (height - 1) / (h * padding)
    return np.array([[sx, 0, -sx * (cx - w * padding / 2)], [0, sy, -sy * (cy - h * padding / 2)]])


class Likeness:
    """64-bit difference hashes of what must not be taken, and of what was: both within some bits of a new one."""

    def __init__(self, forbidden=8, taken=3):
        self.limits, self.prints = (forbidden, taken), [np.zeros(0, np.uint64), np.zeros(0, np.uint64)]

    @staticmethod
    def print_of(picture):
        """The hash (64 bits) of a BGR picture: where it grows brighter to the right in a grid of 8x9 means."""
        grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA).astype(int)
        return np.packbits((grey[:, 1:] > grey[:, :-1]).ravel()).view(np.uint64)[0]

    def forbid(self, picture):
        """Nothing like this picture or its mirror image is admitted from now on."""
        self.prints[0] = np.append(self.prints[0], [self.print_of(picture), self.print_of(picture[:, ::-1])])

    def forbid_folders(self, folders):
        """Forbids every jpeg of these folders."""
        for path in (p for folder in folders for p in glob.glob(f"{folder}/*.jpg")):
            self.forbid(cv2.imread(path))

    def forbid_shards(self, paths, cache):
        """Forbids every picture of these tars; their hashes are kept in the folder `cache`, since all parts of a run need them."""
        for path in paths:
            kept = os.path.join(cache, os.path.basename(path) + ".prints.npy")
            if not os.path.exists(kept):
                likeness = Likeness()
                for picture, _ in read_shard(path):
                    likeness.forbid(picture)
                np.save(f"{kept}.{os.getpid()}.npy", likeness.prints[0])
                os.replace(f"{kept}.{os.getpid()}.npy", kept)
            self.prints[0] = np.append(self.prints[0], np.load(kept))

    def forbids(self, picture):
        """Whether a picture is like a forbidden one."""
        return self.near(self.print_of(picture), 0)

    def near(self, mine, kind):
        """Whether a hash is like one of the forbidden ones (0) or of those taken (1)."""
        return len(self.prints[kind]) > 0 and np.bitwise_count(self.prints[kind] ^ mine).min() <= self.limits[kind]

    def admits(self, picture):
        """Whether a picture is like none before; it then counts as taken."""
        mine = self.print_of(picture)
        if self.near(mine, 0) or self.near(mine, 1):
            return False
        self.prints[1] = np.append(self.prints[1], mine)
        return True


def labels_of(tar):
    """The labels of an open tar, a list of dictionaries."""
    return json.load(tar.extractfile(next(n for n in tar.getnames() if n.endswith(".json"))))


def read_shard(path):
    """Each picture (BGR) of a tar with its label."""
    with tarfile.open(path) as tar:
        for label in labels_of(tar):
            data = np.frombuffer(tar.extractfile(label["file"]).read(), np.uint8)
            yield cv2.imdecode(data, cv2.IMREAD_COLOR), label


class Shard:
    """A tar of pictures with their labels in one JSON file."""

    def __init__(self, path):
        self.path, self.tar, self.labels = path, tarfile.open(path, "w"), []

    def add(self, picture, quality, **label):
        self.add_encoded(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes(), **label)

    def add_encoded(self, data, **label):
        """A picture as it is stored; its name is a new one."""
        name = f"{len(self.labels):05d}.webp"
        self.write(name, data)
        self.labels.append(dict(label, file=name))

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
    """Every box worth keeping, scored: the teachers', or human ones and the teachers' of people they miss."""
    seen = persons(picture)
    seen = seen[seen[:, 4] > 0.2]
    if human is None:
        return seen
    missed = [box for box in seen if not len(human) or shares(box, human).max() < 0.45]
    return np.concatenate([human, np.array(missed, np.float32).reshape(-1, 5)])


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
    parser.add_argument("--known", nargs="*", default=[], help="pose-*.tar whose crops are not taken again")
    parser.add_argument("--rtmdet", help="ONNX of RTMDet-nano for persons; without it there are only human-made boxes")
    parser.add_argument("--deim", help="ONNX of DEIMv2, fused with it")
    parser.add_argument("--picodet", help="ONNX of PicoDet-S 416x416, fused with it")
    parser.add_argument("--looks", type=int, default=3, choices=(1, 3), help="how often RTMDet sees a picture")
    parser.add_argument("--pose-teacher", nargs="*", default=[], help="one or two; without any only boxes are labelled")
    parser.add_argument("--sure", type=float, default=0.5, help="score from which a box is cut out as a person")
    parser.add_argument("--per-picture", type=int, default=3, help="crops from one picture at most")
    parser.add_argument("--side", type=int, default=416, help="long side of the pictures kept for the detector")
    parser.add_argument("--part", default="0/1", help="K/N: take every Nth picture from the Kth on")
    a = parser.parse_args()
    cv2.setNumThreads(1)
    persons = PersonTeachers(a.rtmdet, a.deim, a.picodet, a.looks) if a.rtmdet else lambda picture: np.zeros((0, 5), np.float32)
    joints_of = PoseTeachers(a.pose_teacher)
    part, parts = map(int, a.part.split("/"))
    files = sorted(f for f in glob.glob(f"{a.pictures}/**/*", recursive=True) if f.lower().endswith((".jpg", ".jpeg", ".png")))
    random.Random(7).shuffle(files)
    os.makedirs(a.out, exist_ok=True)
    pictures, crops = Likeness(), Likeness(forbidden=4)
    pictures.forbid_folders(a.avoid)
    crops.forbid_shards(a.known, a.out)
    boxes_kept = Shard(f"{a.out}/detect-{a.name}-{part}.tar")
    poses = Shard(f"{a.out}/pose-{a.name}-{part}.tar") if a.pose_teacher else None
    for count, path in enumerate(files[part::parts]):
        picture = cv2.imread(path)
        if picture is None or min(picture.shape[:2]) < 110 or not pictures.admits(picture):
            continue
        height, width = picture.shape[:2]
        boxes, scale = label_boxes(persons, picture, human_boxes(path, width, height)), min(1, a.side / max(height, width))
        small, source = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), os.path.relpath(path, a.pictures)
        boxes_kept.add(small, 60, boxes=np.round(boxes * [scale, scale, scale, scale, 1], 2).tolist(), source=source)
        people = boxes[boxes[:, 4] > a.sure] if poses else []
        largest = sorted(people, key=lambda b: (b[0] - b[2]) * (b[3] - b[1]))[: a.per_picture]
        for crop, joints in filter(None, (label_joints(joints_of, picture, box) for box in largest)):
            if crops.admits(crop):
                poses.add(crop, 60, kp=joints, source=source)
        if count % 250 == 0:
            print(f"{count} of {len(files) // parts}: {len(boxes_kept.labels)} pictures, {len(poses.labels) if poses else 0} crops", flush=True)
    for shard in filter(None, (boxes_kept, poses)):
        shard.close()


if __name__ == "__main__":
    main()
