"""Pictures with scored boxes of people (detect-*.tar) and their augmentation into training batches."""
import copy
import json
import math
import tarfile

import cv2
import numpy as np
import torch

SURE, UNKNOWN = 0.45, 0.35  # scores from which a box is taught, and from which it is neither taught nor background
TURNS = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


def read_pictures(paths):
    """BGR pictures uint8 and their boxes [n, 5]: left, top, right, bottom in pixels, score."""
    pictures, boxes = [], []
    for path in paths:
        with tarfile.open(path) as tar:
            files = {m.name: m for m in tar.getmembers()}
            for label in json.load(tar.extractfile(next(n for n in files if n.endswith(".json")))):
                data = np.frombuffer(tar.extractfile(files[label["file"]]).read(), np.uint8)
                pictures.append(cv2.imdecode(data, cv2.IMREAD_COLOR))
                boxes.append(useful(np.array(label["boxes"], np.float32).reshape(-1, 5)))
    return pictures, boxes


def useful(boxes):
    """Without the teacher's weakest boxes, and without doubtful ones inside a sure one: those are halves of the same person."""
    sure, kept = boxes[boxes[:, 4] >= SURE], []
    for box in boxes[boxes[:, 4] >= UNKNOWN]:
        shared = np.clip(np.minimum(box[2:4], sure[:, 2:4]) - np.maximum(box[:2], sure[:, :2]), 0, None).prod(1)
        if box[4] >= SURE or not len(sure) or shared.max() < 0.7 * (box[2:4] - box[:2]).prod():
            kept.append(box)
    return np.array(kept, np.float32).reshape(-1, 5)


def turned(picture, boxes, turn):
    """The picture turned by 90, 180 or 270 degrees, so that lying and upside-down people are seen; boxes stay exact."""
    h, w = picture.shape[:2]
    left, top, right, bottom, score = boxes.T
    if turn == cv2.ROTATE_90_CLOCKWISE:
        moved = h - bottom, left, h - top, right
    elif turn == cv2.ROTATE_180:
        moved = w - right, h - bottom, w - left, h - top
    else:
        moved = top, w - right, bottom, w - left
    return cv2.rotate(picture, turn), np.stack([*moved, score], 1)


def clip(boxes, left, top, right, bottom):
    """Cut to the window; a box of which little is left is no longer sure, or is dropped."""
    if not len(boxes):
        return boxes
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    cut = boxes.copy()
    cut[:, [0, 2]], cut[:, [1, 3]] = cut[:, [0, 2]].clip(left, right), cut[:, [1, 3]].clip(top, bottom)
    width, height = cut[:, 2] - cut[:, 0], cut[:, 3] - cut[:, 1]
    visible = width * height / np.maximum(area, 1e-3)
    cut[:, 4] = np.where(visible < 0.3, np.minimum(cut[:, 4], 0.3), cut[:, 4])
    return cut[(width * height > 16) & (width > 3) & (height > 3) & (visible > 0.05)]


class Augment:
    """A batch of pictures, each placed at a random scale, or four in a mosaic; turned, mirrored and recoloured.

    Everything random comes from `seed`: the same seed and indices make the same batch.
    """

    def __init__(self, pictures, boxes, size, turn=0.12):
        self.pictures, self.boxes, self.size, self.turn = pictures, boxes, size, turn

    def __call__(self, index, seed, mosaic):
        own = copy.copy(self)  # several threads make batches at once
        own.random = np.random.default_rng(seed)
        images = np.full((len(index), self.size, self.size, 3), 114, np.uint8)
        boxes = [own.draw(i, canvas, mosaic) for i, canvas in zip(index.tolist(), images)]
        return torch.from_numpy(images), [torch.from_numpy(b) for b in boxes]

    def draw(self, index, canvas, mosaic):
        boxes = self.four(index, canvas) if self.random.random() < mosaic else self.single(index, canvas)
        if self.random.random() < 0.8:
            self.recolour(canvas)
        return boxes

    def place(self, picture, boxes, scale, left, top, canvas):
        """Draws a picture, mirrored half of the time, and returns its boxes on the canvas."""
        along = np.array([scale, left], np.float32)
        if self.random.random() < 0.5:
            along = np.array([-scale, left + scale * (picture.shape[1] - 1)], np.float32)
        matrix = np.array([[along[0], 0, along[1]], [0, scale, top]], np.float32)
        shape = canvas.shape[1::-1]
        cv2.warpAffine(picture, matrix, shape, dst=canvas, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
        boxes = boxes.copy()
        edges = boxes[:, [0, 2]] * along[0] + along[1]
        boxes[:, 0], boxes[:, 2] = edges.min(1), edges.max(1)
        boxes[:, [1, 3]] = boxes[:, [1, 3]] * scale + top
        return boxes

    def take(self, index):
        picture, boxes = self.pictures[index], self.boxes[index]
        if self.random.random() < self.turn:
            return turned(picture, boxes, TURNS[int(self.random.integers(3))])
        return picture, boxes

    def offset(self, spare):
        return self.random.uniform(min(0, spare), max(0, spare))

    def single(self, index, canvas):
        picture, boxes = self.take(index)
        h, w = picture.shape[:2]
        scale = self.size / max(h, w) * math.exp(self.random.uniform(math.log(0.5), math.log(1.6)))
        left, top = self.offset(self.size - scale * w), self.offset(self.size - scale * h)
        return clip(self.place(picture, boxes, scale, left, top, canvas), 0, 0, self.size, self.size)

    def four(self, first, canvas):
        size, found = self.size, []
        x, y = (int(size * self.random.uniform(0.3, 0.7)) for _ in range(2))
        windows = ((0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size))
        for k, (left, top, right, bottom) in enumerate(windows):
            picture, boxes = self.take(first if k == 0 else int(self.random.integers(len(self.pictures))))
            h, w = picture.shape[:2]
            scale = max(right - left, bottom - top) / max(h, w) * self.random.uniform(0.8, 1.8)
            across, down = self.offset(right - left - scale * w), self.offset(bottom - top - scale * h)
            placed = self.place(picture, boxes, scale, across, down, canvas[top:bottom, left:right]) + [left, top, left, top, 0]
            found.append(clip(placed, left, top, right, bottom))
        return np.concatenate(found).astype(np.float32)

    def recolour(self, canvas):
        gain = self.random.uniform(0.6, 1.4) * self.random.uniform(0.88, 1.12, 3)
        colour = canvas.astype(np.float32) * gain + self.random.uniform(-25, 25)
        if self.random.random() < 0.12:
            colour[:] = colour.mean(2, keepdims=True)
        canvas[:] = colour.clip(0, 255)
