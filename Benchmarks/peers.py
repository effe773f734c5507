#!/usr/bin/env python3
"""Times posed beside its peers (ONNX Runtime, OpenVINO) on the same networks, in turns, and prints posed's time over theirs.

    pip install torch==2.13.0+cpu transformers==5.24.0 onnx==1.23.2 onnxscript onnxruntime==1.32.0 openvino==2026.4.1 nncf==3.4.0
    swift build -c release --product posed --static-swift-stdlib
    python Benchmarks/peers.py --models tiny,s,b --batch 1,4 --rounds 5
    python Benchmarks/peers.py --models yolox-nano --onnx yolox_nano.onnx

ViTPose, RT-DETR (`rtdetr-r18`) and D-FINE (`dfine-n`) come from transformers with random weights, YOLOX from the release's file. Each round times every engine once, in turns, for
`--seconds`; a figure is the median over the rounds of the median time for an image, and a ratio is of those. Below 1 posed is the
faster one. `--json FILE` keeps every figure with the versions.
"""

import argparse
import functools
import importlib.metadata
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not; nothing here needs it

import numpy as np
import onnxruntime
import openvino

POSED = pathlib.Path(__file__).resolve().parents[1] / ".build" / "release" / "posed"
SHAPES = {"tiny": (192, 12, 3, True), "s": (384, 12, 12, False), "b": (768, 12, 12, False), "l": (1024, 24, 16, False)}
OURS = ["fp32", "bf16", "int8"]


def exported(name, folder):
    """The ONNX file of a ViTPose with random weights: images `[batch, 3, 256, 192]` to heatmaps."""
    import torch
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

    torch.manual_seed(1)
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
                      dynamic_shapes={"images": {0: batch}}, verbose=False, external_data=False)
    return path


def exported_rtdetr(folder):
    """The ONNX file of RT-DETR's smallest shape with random weights: an image `[1, 3, 640, 640]` to logits and boxes."""
    import torch
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig

    torch.manual_seed(1)
    backbone = RTDetrResNetConfig(
        hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2], layer_type="basic", out_features=["stage2", "stage3", "stage4"])
    config = RTDetrConfig(
        backbone_config=backbone, encoder_in_channels=[128, 256, 512], hidden_expansion=0.5, decoder_layers=3,
        id2label={i: str(i) for i in range(80)})
    return exported_detector(RTDetrForObjectDetection(config).eval(), folder / "rtdetr-r18.onnx")


def exported_dfine(folder):
    """The same of D-FINE-N."""
    import torch
    from transformers import DFineConfig, DFineForObjectDetection, HGNetV2Config
    from transformers.models.d_fine import modeling_d_fine

    modeling_d_fine.torch_compilable_check = lambda *values: None  # ONNX has no such thing
    torch.manual_seed(1)
    backbone = HGNetV2Config(
        stem_channels=[3, 16, 16], stage_in_channels=[16, 64, 256, 512], stage_mid_channels=[16, 32, 64, 128],
        stage_out_channels=[64, 256, 512, 1024], stage_num_blocks=[1, 1, 2, 1], stage_numb_of_layers=[3, 3, 3, 3],
        hidden_sizes=[128, 256, 512, 1024], out_indices=[3, 4], use_learnable_affine_block=True)
    config = DFineConfig(
        backbone_config=backbone, num_feature_levels=2, encoder_in_channels=[512, 1024], encoder_hidden_dim=128, encoder_ffn_dim=512,
        encode_proj_layers=[1], d_model=128, decoder_ffn_dim=512, decoder_in_channels=[128, 128], decoder_n_points=[6, 6],
        feat_strides=[16, 32], depth_mult=0.5, hidden_expansion=0.34, decoder_layers=3, id2label={i: str(i) for i in range(80)})
    return exported_detector(DFineForObjectDetection(config).eval(), folder / "dfine-n.onnx")


def exported_detector(model, path):
    import torch

    class Predictions(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            output = self.model(images)
            return output.logits, output.pred_boxes

    torch.onnx.export(Predictions(), (torch.zeros(1, 3, 640, 640),), path, input_names=["images"], dynamo=True, opset_version=18,
                      verbose=False, external_data=False)
    return path


DETECTORS = {"rtdetr-r18": exported_rtdetr, "dfine-n": exported_dfine}


def onnx_runtime(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})


def dynamic_int8(path):
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared, quantized = path.with_suffix(".prepared.onnx"), path.with_suffix(".int8.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_dynamic(prepared, quantized, op_types_to_quantize=["MatMul", "Gemm"])
    return quantized


def open_vino(model, precision, shape, threads):
    model = model.clone()
    model.reshape(shape)
    compiled = openvino.Core().compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    return lambda images: request.infer({0: images})


def nncf_int8(model, shape, is_transformer):
    import nncf

    model = model.clone()
    model.reshape([1, *shape[1:]])
    chance = np.random.default_rng(1)
    images = [chance.standard_normal((1, *shape[1:]), dtype=np.float32) for _ in range(16)]
    return nncf.quantize(model, nncf.Dataset(images), subset_size=16,
                         model_type=nncf.ModelType.TRANSFORMER if is_transformer else None)


def time_theirs(run, images, seconds):
    """Milliseconds an image, median."""
    run(images)
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        at = time.perf_counter()
        run(images)
        times.append(time.perf_counter() - at)
    return statistics.median(times) * 1e3 / len(images)


def time_ours(name, precision, threads, batch, seconds):
    command = [POSED, "bench", "network", "--model", name, "--precision", precision, "--threads", str(threads),
               "--batch", str(batch), "--seconds", str(seconds)]
    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    return float(line.split()[4])


def peers(path, shape, threads, without):
    """The engines by name; built one after the other, each a function of images."""
    model = openvino.Core().read_model(path)
    quantized = functools.cache(lambda: nncf_int8(model, shape, path.stem in SHAPES))
    made = {
        "ONNX Runtime fp32": lambda: onnx_runtime(path, threads),
        "ONNX Runtime int8": lambda: onnx_runtime(dynamic_int8(path), threads),
        "OpenVINO fp32": lambda: open_vino(model, "f32", shape, threads),
        "OpenVINO bf16": lambda: open_vino(model, "bf16", shape, threads),
        "OpenVINO int8": lambda: open_vino(quantized(), "f32", shape, threads),
        "OpenVINO int8+bf16": lambda: open_vino(quantized(), "bf16", shape, threads),
    }
    return {name: make() for name, make in made.items() if name not in without}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="tiny,s,b", help=f"of {', '.join(SHAPES)}, {', '.join(DETECTORS)}; another name needs --onnx")
    parser.add_argument("--onnx", type=pathlib.Path, help="the file of a network that transformers does not have")
    parser.add_argument("--side", type=int, default=416, help="its input's side")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", default="1,4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--without", default="", help="engines to leave out, by their names, comma-separated")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.models.split(","):
            if name in DETECTORS:
                path, side = DETECTORS[name](pathlib.Path(folder)), (640, 640)
            elif name in SHAPES:
                path, side = exported(name, pathlib.Path(folder)), (256, 192)
            else:
                path, side = arguments.onnx, (arguments.side, arguments.side)
            for batch in map(int, arguments.batch.split(",")):
                if name not in SHAPES and batch > 1:
                    continue  # these files are of one image
                shape = [batch, 3, *side]
                images = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
                engines = {p: lambda p=p: time_ours(name, p, arguments.threads, batch, arguments.seconds) for p in OURS}
                for peer, run in peers(path, shape, arguments.threads, arguments.without.split(",")).items():
                    engines[peer] = lambda run=run: time_theirs(run, images, arguments.seconds)
                times = {engine: [] for engine in engines}
                for _ in range(arguments.rounds):
                    for engine, measure in engines.items():
                        times[engine].append(measure())
                median = {engine: statistics.median(values) for engine, values in times.items()}
                rows.append({"network": name, "batch": batch, "ms": median})
                print(f"\n{name}, batch {batch}, {arguments.threads} threads: milliseconds an image, and posed's time over it")
                print(f"{'':22}{'ms':>9}" + "".join(f"{'posed ' + ours:>14}" for ours in OURS))
                for engine, milliseconds in median.items():
                    ratios = "".join(f"{median[ours] / milliseconds:14.2f}" for ours in OURS)
                    print(f"{('posed ' if engine in OURS else '') + engine:22}{milliseconds:9.2f}{ratios}", flush=True)
    if arguments.json:
        packages = ["torch", "transformers", "onnxruntime", "openvino", "nncf", "numpy"]
        versions = {package: importlib.metadata.version(package) for package in packages}
        arguments.json.write_text(json.dumps({"versions": versions, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
