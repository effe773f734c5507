"""Times ONNX Runtime (fp32) beside `posed bench network`, on the same shapes, in turns, and prints the ratio of the medians.

    pip install torch==2.13.0 transformers==5.23.0 onnx onnxscript onnxruntime==1.31.1 numpy
    swift build -c release --product posed
    python Benchmarks/onnxruntime_network.py --models tiny,s,b --threads 1,2 --batch 1,4 --rounds 5
    python Benchmarks/onnxruntime_network.py --models yolox-nano --onnx yolox_nano.onnx

ViTPose comes from transformers with random weights, YOLOX from the release's file. Below 1 posed is the faster one. `CPU` is the
time that processors worked, which other work on the machine disturbs less than the median on the clock.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not; nothing here needs it

import numpy as np
import onnxruntime

POSED = pathlib.Path(__file__).resolve().parents[1] / ".build" / "release" / "posed"
SHAPES = {"tiny": (192, 12, 3, True), "s": (384, 12, 12, False), "b": (768, 12, 12, False), "l": (1024, 24, 16, False)}


def exported(name, folder):
    import torch
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

    width, blocks, heads, simple = SHAPES[name]
    backbone = VitPoseBackboneConfig(hidden_size=width, num_hidden_layers=blocks, num_attention_heads=heads, out_indices=[blocks])
    config = VitPoseConfig(backbone_config=backbone, use_simple_decoder=simple, id2label={i: str(i) for i in range(17)})
    model = VitPoseForPoseEstimation(config).eval()

    class Heatmaps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            return self.model(images).heatmaps

    path = folder / f"{name}.onnx"
    batch = torch.export.Dim("batch", min=1, max=64)
    torch.onnx.export(Heatmaps(), (torch.zeros(2, 3, 256, 192),), path, input_names=["images"], dynamo=True,
                      dynamic_shapes={"images": {0: batch}}, verbose=False)
    return path


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def time_theirs(run, images, seconds):
    run(images)
    times, before, start = [], time.process_time(), time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        at = time.perf_counter()
        run(images)
        times.append(time.perf_counter() - at)
    worked = (time.process_time() - before) / len(times)
    return statistics.median(times) * 1e3 / len(images), worked * 1e3 / len(images)


def time_ours(name, threads, batch, seconds):
    command = [POSED, "bench", "network", "--model", name, "--threads", str(threads), "--batch", str(batch), "--seconds", str(seconds)]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    fields = re.split(r" +", line.strip())
    return float(fields[3]), float(fields[4])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="tiny,s,b")
    parser.add_argument("--onnx", help="the file for a model that is not a ViTPose")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--batch", default="1,4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the exported networks, used again if they are there")
    arguments = parser.parse_args()
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    print("model       threads batch   posed ms  onnxruntime ms  ratio   posed CPU  onnxruntime CPU  ratio")
    for name in arguments.models.split(","):
        path = arguments.onnx if name not in SHAPES else folder / f"{name}.onnx"
        if name in SHAPES and not path.exists():
            exported(name, folder)
        for threads in map(int, arguments.threads.split(",")):
            theirs = session(path, threads)
            shape = [n if isinstance(n, int) else 0 for n in theirs.get_inputs()[0].shape]
            for batch in map(int, arguments.batch.split(",")):
                if shape[0] not in (0, batch):
                    continue  # the file takes one picture
                images = np.random.default_rng(0).random((batch, *shape[1:]), dtype=np.float32)
                run = lambda images: theirs.run(None, {theirs.get_inputs()[0].name: images})
                rounds = []
                for _ in range(arguments.rounds):
                    rounds.append((*time_ours(name, threads, batch, arguments.seconds), *time_theirs(run, images, arguments.seconds)))
                ours, our_work, their, their_work = (statistics.median(column) for column in zip(*rounds))
                print(f"{name:11} {threads:7} {batch:5} {ours:10.2f} {their:15.2f} {ours / their:6.2f} "
                      f"{our_work:11.2f} {their_work:16.2f} {our_work / their_work:6.2f}", flush=True)


if __name__ == "__main__":
    main()
