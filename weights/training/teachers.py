"""The teachers that label pictures: RTMDet-nano for persons (ONNX, raw heads) and PP-TinyPose 256x192 (OpenVINO IR)."""
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino

from evaluate import MEAN, MIRROR, STD, dark

WIDTH, HEIGHT = 192, 256


class PersonTeacher:
    """Its height and width are made free here: it sees a picture at any size that 32 divides."""

    def __init__(self, path):
        model = onnx.load(path)
        for value in [*model.graph.input, *model.graph.output]:
            for axis in (2, 3):
                value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
        del model.graph.value_info[:]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def __call__(self, picture, size, threshold=0.05):
        """Boxes [n, 5]: left, top, right, bottom in pixels, score; overlapping ones are still there."""
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


class PoseTeacher:
    def __init__(self, path):
        core = openvino.Core()
        model = core.read_model(path)
        model.reshape({model.inputs[0].get_any_name(): [1, 3, HEIGHT, WIDTH]})
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        self.model = core.compile_model(model, "CPU", options)

    def heatmaps(self, crop):
        tensor = ((crop - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32)
        return self.model(tensor)[self.model.output(0)][0]

    def __call__(self, crop):
        """Joints [17, 3] of an RGB crop in heatmap pixels with the height of their peaks; flip test."""
        mean = (self.heatmaps(crop) + self.heatmaps(crop[:, ::-1])[:, :, ::-1][MIRROR]) / 2
        return np.array([dark(np.ascontiguousarray(m)) for m in mean])
