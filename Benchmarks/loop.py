#!/usr/bin/env python3
"""The loop that people write instead of posed: OpenCV reads, a detector and a pose network run in another engine, nobody is tracked.
It takes turns with `posed process` over the same clip, with the same networks, both on all processors, and prints posed's rate over its.

    pip install opencv-python-headless and what Benchmarks/peers.py wants
    python Benchmarks/loop.py squat.mp4 dance.mp4 --rounds 3

The networks are those that ship, exported from their folders. People are those from a score of 0.3 on; keypoints are the heatmaps'
highest cells, moved a quarter towards the higher neighbour. posed does more: it tracks, smooths and writes records.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.modules["torchvision"] = None  # as in peers.py
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "weights/training"), str(ROOT / "Benchmarks")]

import cv2
import numpy as np
import openvino
import torch
from safetensors.torch import load_file

import peers
import yolox

THREADS = len(os.sched_getaffinity(0))
MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def exported(width, height, folder):
    """ONNX files of the networks that ship: the detector at the size that it takes for such a clip, the pose network of any batch."""
    from transformers import VitPoseForPoseEstimation

    class Heatmaps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = VitPoseForPoseEstimation.from_pretrained(ROOT / "weights/vitpose-tiny").float().eval()

        def forward(self, images):
            return self.model(images).heatmaps

    pose, person = folder / "tiny.onnx", folder / "person.onnx"
    torch.onnx.export(Heatmaps(), (torch.zeros(2, 3, 256, 192),), pose, input_names=["images"], dynamo=True, verbose=False,
                      dynamic_shapes={"images": {0: torch.export.Dim("batch", min=1, max=64)}}, external_data=False)
    detector = yolox.YOLOX(1).eval()
    tensors = load_file(ROOT / "weights/person-nano/model.safetensors")
    detector.load_state_dict({name: values.float() for name, values in tensors.items()}, strict=False)
    across, down = yolox.input_size(416, width, height)
    torch.onnx.export(detector, (torch.zeros(1, 3, down, across),), person, input_names=["images"], dynamo=True, verbose=False,
                      external_data=False)
    return person, pose, (across, down)


def find(detect, frame, size, places, strides):
    """Left, top, width and height of the people in a frame, by letterbox and non-maximum suppression."""
    factor = min(size[0] / frame.shape[1], size[1] / frame.shape[0])
    small = cv2.resize(frame, (int(frame.shape[1] * factor), int(frame.shape[0] * factor)))
    image = np.full((size[1], size[0], 3), 114, np.uint8)
    image[: small.shape[0], : small.shape[1]] = small
    out = detect(np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32))
    scores = 1 / (1 + np.exp(-out[:, 4])) / (1 + np.exp(-out[:, 5]))
    kept = np.nonzero(scores >= 0.3)[0]
    if len(kept) == 0:
        return []
    centre, extent = (out[kept, :2] + places[kept]) * strides[kept], np.exp(out[kept, 2:4]) * strides[kept]
    boxes = np.concatenate([centre - extent / 2, extent], 1) / factor
    return boxes[np.array(cv2.dnn.NMSBoxes(boxes.tolist(), scores[kept].tolist(), 0.3, 0.65)).ravel()]


def keypoints(estimate, frame, boxes):
    """`[people, 17, 3]` in pixels of the frame, from crops of 1.25 times the box."""
    crops, matrices = [], []
    for x, y, width, height in boxes:
        scale = max(width, height * 0.75) * 1.25 / 192
        matrices.append((x + width / 2 - 96 * scale, y + height / 2 - 128 * scale, scale))
        left, top, scale = matrices[-1]
        crop = cv2.warpAffine(frame, np.array([[scale, 0, left], [0, scale, top]]), (192, 256),
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        crops.append((crop[:, :, ::-1] / np.float32(255) - MEAN) / STD)
    heatmaps = estimate(np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), np.float32))
    people = np.empty((*heatmaps.shape[:2], 3))
    for person, (left, top, scale) in enumerate(matrices):
        for joint, heatmap in enumerate(heatmaps[person]):
            y, x = divmod(int(heatmap.argmax()), heatmap.shape[1])
            across, down = float(x), float(y)
            if 0 < x < heatmap.shape[1] - 1 and 0 < y < heatmap.shape[0] - 1:
                across += 0.25 * np.sign(heatmap[y, x + 1] - heatmap[y, x - 1])
                down += 0.25 * np.sign(heatmap[y + 1, x] - heatmap[y - 1, x])
            people[person, joint] = left + across * 4 * scale, top + down * 4 * scale, heatmap[y, x]
    return people


def run(clip, detect, estimate, size):
    """Frames a second, and how many people were found."""
    places, strides = (tensor.numpy() for tensor in yolox.cells(size))
    capture, frames, people, start = cv2.VideoCapture(clip), 0, 0, time.perf_counter()
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames / (time.perf_counter() - start), people
        boxes = find(detect, frame, size, places, strides)
        if len(boxes):
            people += len(keypoints(estimate, frame, boxes))
        frames += 1


def engines(person, pose, size):
    """Detector and pose network by engine; int8 by NNCF is the pose network's, as in posed. What is not int8 is bf16, or fp32 for
    processors whose bf16 is slow."""
    person_model, pose_model = openvino.Core().read_model(person), openvino.Core().read_model(pose)
    crops = [-1, 3, 256, 192]
    quantized = peers.nncf_int8(pose_model, [1, *crops[1:]], True)
    fp32, bf16 = (peers.open_vino(person_model, precision, [1, 3, size[1], size[0]], THREADS) for precision in ("f32", "bf16"))
    pairs = {
        "ONNX Runtime fp32": [peers.onnx_runtime(path, THREADS) for path in (person, pose)],
        "OpenVINO bf16": [bf16, peers.open_vino(pose_model, "bf16", crops, THREADS)],
        "OpenVINO int8": [fp32, peers.open_vino(quantized, "f32", crops, THREADS)],
        "OpenVINO int8+bf16": [bf16, peers.open_vino(quantized, "bf16", crops, THREADS)],
    }
    return {name: (lambda images, run=find: run(images)[0][0], lambda images, run=pose: run(images)[0])
            for name, (find, pose) in pairs.items()}


def ours(posed, clip):
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run([posed, "process", clip, "--out", f"{folder}/poses.jsonl"], check=True, capture_output=True, text=True)
    return float(re.search(r": ([0-9.]+) fps", out.stdout + out.stderr)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--posed", type=pathlib.Path, default=peers.POSED, help="the program; that of the release build if not given")
    arguments = parser.parse_args()
    cv2.setNumThreads(THREADS)
    for clip in arguments.clips:
        capture = cv2.VideoCapture(clip)
        width, height = (int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        with tempfile.TemporaryDirectory() as folder:
            person, pose, size = exported(width, height, pathlib.Path(folder))
            loops = engines(person, pose, size)
            rates = {"posed": []} | {name: [] for name in loops}
            for _ in range(arguments.rounds):
                rates["posed"].append(ours(arguments.posed, clip))
                for name, (detect, estimate) in loops.items():
                    rate, people = run(clip, detect, estimate, size)
                    rates[name].append(rate)
        median = {name: statistics.median(values) for name, values in rates.items()}
        print(f"\n{clip}, {THREADS} threads, the last loop found {people} people: frames a second, and posed's rate over it")
        for name, rate in median.items():
            print(f"{name:20}{rate:8.1f}{median['posed'] / rate:8.2f}", flush=True)
        fastest = max(loops, key=median.get)
        print(f"posed's rate over the fastest loop's ({fastest}): {median['posed'] / median[fastest]:.2f}", flush=True)


if __name__ == "__main__":
    main()
