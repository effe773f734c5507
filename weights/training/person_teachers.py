"""The teachers that find people in pictures, and how their answers become one.

RTMDet-nano for persons (`PersonTeacher`) looks once or three times. DEIMv2-Femto and PicoDet-S (`DEIM`, `PicoDet`) look once each, and `fused`
takes the mean of all three by size. Every box is left, top, right, bottom in pixels of the picture, and a score.
"""
import cv2
import numpy as np
import onnx
import onnxruntime

SMALL, LARGE = 32, 160  # pixels, of a picture 640 long: sizes below which RTMDet counts alone, above which all count alike


def session(model):
    """An ONNX model on one thread. Its weights are no inputs: then the runtime can fold them."""
    weights = {w.name for w in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


class PersonTeacher:
    """Its height and width are made free here: it sees a picture at any size that 32 divides."""

    def __init__(self, path, looks=3):
        self.looks = looks
        model = onnx.load(path)
        for value in [*model.graph.input, *model.graph.output]:
            for axis in (2, 3):
                value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
        del model.graph.value_info[:]
        self.session = session(model)

    def look(self, picture, size, threshold=0.05):
        """Boxes [n, 5] of a BGR picture whose long side is made `size`; overlapping ones are still there."""
        scale = size / max(picture.shape[:2])
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=flags)[:size, :size]
        height, width = (-(-n // 32) * 32 for n in small.shape[:2])
        canvas = np.full((height, width, 3), 114, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        tensor = ((canvas.astype(np.float32) - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]).transpose(2, 0, 1)
        outputs = self.session.run(None, {"input": tensor[None].astype(np.float32)})
        found = [np.zeros((0, 5), np.float32)]
        for level, stride in enumerate((8, 16, 32)):
            score, distance = 1 / (1 + np.exp(-outputs[level][0, 0])), outputs[3 + level][0]
            y, x = np.nonzero(score > threshold)
            left, top, right, bottom = distance[:, y, x]
            found.append(np.stack([x * stride - left, y * stride - top, x * stride + right, y * stride + bottom, score[y, x]], 1))
        boxes = np.concatenate(found)
        boxes[:, :4] /= scale
        return boxes

    def __call__(self, picture):
        """Boxes [n, 5] of three looks, large, large and mirrored, small, or of the first of them."""
        if self.looks == 1:
            return merged(self.look(picture, 640))
        mirrored = self.look(np.ascontiguousarray(picture[:, ::-1]), 640)
        mirrored[:, [0, 2]] = picture.shape[1] - mirrored[:, [2, 0]]
        return merged(np.concatenate([self.look(picture, 416), self.look(picture, 640), mirrored]))


class DEIM:
    """DEIMv2 as its authors export it: a picture squeezed into 416x416, boxes in pixels of the picture."""

    def __init__(self, path):
        self.session = session(onnx.load(path))

    def __call__(self, picture, threshold=0.05):
        """Boxes [n, 5] of the people in a BGR picture."""
        height, width = picture.shape[:2]
        tensor = cv2.resize(picture, (416, 416))[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
        sizes = np.array([[width, height]], np.int64)
        kinds, boxes, scores = (a[0] for a in self.session.run(None, {"images": tensor, "orig_target_sizes": sizes}))
        kept = (kinds == 0) & (scores > threshold)
        return merged(np.column_stack([boxes[kept], scores[kept]]).astype(np.float32))


class PicoDet:
    """PicoDet-S 416x416 as PaddleDetection exports it: scores and distributions of the four distances at four strides."""

    def __init__(self, path):
        self.session = session(onnx.load(path))

    def __call__(self, picture, threshold=0.05):
        """Boxes [n, 5] of the people in a BGR picture."""
        height, width = picture.shape[:2]
        tensor = (cv2.resize(picture, (416, 416), interpolation=cv2.INTER_CUBIC) - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]
        outputs = self.session.run(None, {"image": tensor.transpose(2, 0, 1)[None].astype(np.float32)})
        found = [np.zeros((0, 5), np.float32)]
        for stride, scores, logits in zip((8, 16, 32, 64), outputs[:4], outputs[4:]):
            score = scores[0, :, 0]
            place = np.nonzero(score > threshold)[0]
            shares = np.exp(logits[0, place].reshape(-1, 4, 8))
            left, top, right, bottom = ((shares / shares.sum(2, keepdims=True)) @ np.arange(8) * stride).T
            y, x = np.divmod(place, -(-416 // stride))
            x, y = x * stride + (stride - 1) / 2, y * stride + (stride - 1) / 2
            found.append(np.stack([x - left, y - top, x + right, y + bottom, score[place]], 1))
        boxes = np.concatenate(found)
        boxes[:, :4] *= [width / 416, height / 416, width / 416, height / 416]
        return merged(boxes)


def shares(box, boxes):
    """Intersection over union of one box with many."""
    shared = np.clip(np.minimum(box[2:4], boxes[:, 2:4]) - np.maximum(box[:2], boxes[:, :2]), 0, None).prod(1)
    union = (box[2:4] - box[:2]).prod() + (boxes[:, 2:4] - boxes[:, :2]).prod(1) - shared
    return shared / np.maximum(union, 1e-6)


def merged(boxes, overlap=0.6):
    """Best first; each kept box is the score-weighted mean of those it covers."""
    boxes, kept = boxes[np.argsort(-boxes[:, 4])], []
    while len(boxes):
        best, same = boxes[0].copy(), shares(boxes[0], boxes) > overlap
        same[0] = True
        best[:4] = (boxes[same, :4] * boxes[same, 4:]).sum(0) / boxes[same, 4].sum()
        kept.append(best)
        boxes = boxes[~same]
    return np.array(kept, np.float32).reshape(-1, 5)


def weights(box, scale):
    """How much RTMDet's word and each other's count for a box, by its size: [1, w]."""
    size = np.sqrt(max(1e-6, (box[2] - box[0]) * (box[3] - box[1]))) * scale
    return 1.0, float(np.clip(np.log(size / SMALL) / np.log(LARGE / SMALL), 0, 1))


def fused(first, others, scale, overlap=0.6):
    """Boxes [n, 5] of RTMDet and of other teachers made one: places and scores are weighted means; who does not see somebody says 0.

    `scale` is 640 over the picture's long side.
    """
    every = [first, *others]
    free = [np.ones(len(boxes), bool) for boxes in every]
    kept = []
    for teacher, place in sorted(((t, p) for t, b in enumerate(every) for p in range(len(b))), key=lambda tp: -every[tp[0]][tp[1], 4]):
        if not free[teacher][place]:
            continue
        best, same = every[teacher][place], []
        mine, theirs = weights(best, scale)
        for number, boxes in enumerate(every):
            close = np.where(free[number], shares(best, boxes), 0) if len(boxes) else np.zeros(0)
            if len(close) and close.max() > overlap:
                same.append((mine if number == 0 else theirs, boxes[close.argmax()]))
                free[number][close > overlap] = False
        said = np.array([w * box[4] for w, box in same])
        if said.sum() <= 0:
            continue
        box = (said[:, None] * np.array([box[:4] for _, box in same])).sum(0) / said.sum()
        kept.append([*box, said.sum() / (mine + theirs * len(others))])
    kept = np.array(kept, np.float32).reshape(-1, 5)
    return kept[np.argsort(-kept[:, 4])]


class PersonTeachers:
    """RTMDet-nano alone, or with DEIMv2 and PicoDet where their files are named."""

    def __init__(self, rtmdet, deim=None, picodet=None, looks=3):
        self.first = PersonTeacher(rtmdet, looks)
        self.others = [kind(path) for kind, path in ((DEIM, deim), (PicoDet, picodet)) if path]

    def __call__(self, picture):
        """Boxes [n, 5] of the people in a BGR picture, best first."""
        boxes = self.first(picture)
        if not self.others:
            return boxes
        return fused(boxes, [teacher(picture) for teacher in self.others], 640 / max(picture.shape[:2]))
