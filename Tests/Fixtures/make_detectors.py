"""Makes Tests/Fixtures/detectors: what transformers computes for the RT-DETRs of Sources/Networks/RTDETR.

    pip install torch==2.13.0 transformers==5.24.0 safetensors numpy==2.4.6 pillow==13.0.0
    python make_detectors.py
    python make_detectors.py --published DIR     # not a fixture: folders of the published shapes with random weights (250 MB)

As in make_networks.py the networks' numbers come from a generator that the tests have, too: by the tensors' names in the files, which
transformers renames when it loads them.
"""

import pathlib
import struct
import sys

sys.modules["torchvision"] = None  # as in make_networks.py

import numpy as np
import PIL.Image
import torch
from safetensors.torch import load_file, save_file
from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig, RTDetrV2Config, RTDetrV2ForObjectDetection
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

from make_networks import generated, parameter, write_manifest

OUT = pathlib.Path(__file__).parent / "detectors"
NAMES = ["person", "bicycle", "car"]


def rtdetr(version, layers, stem, widths, depths, names=NAMES, **keys):
    backbone = RTDetrResNetConfig(
        embedding_size=stem, hidden_sizes=widths, depths=depths, layer_type=layers, out_features=["stage2", "stage3", "stage4"])
    config, network = [(RTDetrConfig, RTDetrForObjectDetection), (RTDetrV2Config, RTDetrV2ForObjectDetection)][version - 1]
    width = keys.get("encoder_hidden_dim", 256)
    return network(
        config(
            backbone_config=backbone, encoder_in_channels=widths[1:], decoder_in_channels=[width] * 3,
            id2label=dict(enumerate(names)), label2id={name: index for index, name in enumerate(names)}, **keys))


def filled(model, folder):
    """The model with generated numbers, by way of its file."""
    model.save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    for name, value in tensors.items():
        if value.dtype == torch.float32 and not name.endswith("n_points_scale"):
            tensors[name] = torch.from_numpy(parameter(name, tuple(value.shape)).astype(np.float32))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return type(model).from_pretrained(folder).eval()


def images(batch, height, width):
    return (generated("images", batch * 3 * height * width).reshape(batch, 3, height, width) + np.float32(1)) / np.float32(2)


def expectation(model, height, width, batch=2):
    """The output, and how near each other the encoder's scores of two queries are: their order decides that of the queries."""
    scores = []
    hook = model.model.enc_score_head.register_forward_hook(lambda module, inputs, output: scores.append(output.max(-1).values))
    with torch.inference_mode():
        output = model(torch.from_numpy(images(batch, height, width)))
    hook.remove()
    best = scores[0].sort(descending=True).values[:, : model.config.num_queries + 1]
    steps = best[:, :-1] - best[:, 1:]
    return output, float(steps[steps > 0].min())


def detections(output, width, height, threshold):
    """What the processor makes of the first image's output for a picture of that size: the people."""
    sizes = [(height, width)] * len(output.logits)
    found = RTDetrImageProcessorPil().post_process_object_detection(output, threshold, target_sizes=sizes)[0]
    people = found["labels"] == 0
    return torch.cat([found["boxes"], found["scores"][:, None]], -1)[people].tolist()


def small():
    shape = dict(
        encoder_hidden_dim=16, encoder_ffn_dim=24, encoder_attention_heads=2, d_model=16, num_queries=20, decoder_ffn_dim=20,
        decoder_layers=2, decoder_attention_heads=4)
    basic = dict(layers="basic", stem=8, widths=[8, 12, 16, 24], depths=[1, 2, 1, 1])
    cases = dict(
        basic=dict(size=(64, 96), version=1, hidden_expansion=0.5, **basic, **shape),
        # So wide that places at the sides have no anchors.
        bottleneck=dict(
            size=(32, 416), version=1, layers="bottleneck", stem=6, widths=[8, 12, 16, 20], depths=[2, 1, 1, 1],
            **{**shape, "d_model": 24, "encoder_layers": 2, "encoder_activation_function": "relu", "decoder_n_points": 3}),
        v2=dict(size=(64, 64), version=2, hidden_expansion=0.75, decoder_offset_scale=0.4, **basic, **shape),
        v2_discrete=dict(size=(64, 64), version=2, hidden_expansion=0.75, decoder_method="discrete", **basic, **shape))
    for name, case in cases.items():
        folder = OUT / f"rtdetr_{name}"
        height, width = case.pop("size")
        model = filled(rtdetr(**case), folder)
        stored = (folder / "model.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", stored[:8])
        (folder / "header.json").write_bytes(stored[8 : 8 + length])
        (folder / "model.safetensors").unlink()
        output, step = expectation(model, height, width)
        assert step > 1e-5, f"{name}: {step}"
        save_file(
            dict(logits=output.logits.contiguous(), boxes=output.pred_boxes.contiguous()), folder / "expected.safetensors")
        scores = output.logits.sigmoid()
        threshold = float(scores[0].flatten().sort(descending=True).values[40])  # below what is kept of 20 queries
        yield dict(
            folder=folder.name, height=height, width=width, threshold=threshold, pictureWidth=640, pictureHeight=427,
            detections=detections(output, 640, 427, threshold),
            spread=[float(scores.std()), float(output.pred_boxes.std())])


def synthetic(width, height):
    """As in make_processing.py."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (((x * 37 + y * 91 + c * 53) ^ (x * y)) & 255).astype(np.uint8)


def pictures():
    """What the processor makes of pictures that are larger, smaller, and both; one after the other, as levels."""
    levels, cases = [], []
    for width, height, across, down in [(211, 117, 64, 32), (40, 50, 96, 64), (300, 9, 64, 64), (64, 32, 64, 32), (1, 1, 32, 32)]:
        picture = PIL.Image.fromarray(synthetic(width, height))
        values = RTDetrImageProcessorPil(size=dict(height=down, width=across))(picture, return_tensors="np")["pixel_values"][0]
        level = np.round(values * 255).astype(np.uint8)
        assert np.array_equal((level.astype(np.float64) * (1 / 255)).astype(np.float32), values)
        # torchvision's resize is PyTorch's, within a level.
        plain = torch.nn.functional.interpolate(
            torch.from_numpy(synthetic(width, height)).permute(2, 0, 1)[None], (down, across), mode="bilinear", antialias=True)
        assert (plain[0].short() - torch.from_numpy(level).short()).abs().max() <= 1
        levels.append(level.tobytes())
        cases.append(dict(width=width, height=height, inputWidth=across, inputHeight=down))
    (OUT / "pictures.bin").write_bytes(b"".join(levels))
    normalised = RTDetrImageProcessorPil(size=dict(height=32, width=32), do_normalize=True)(
        PIL.Image.fromarray(synthetic(1, 1)), return_tensors="np")["pixel_values"][0]
    return dict(cases=cases, normalised=normalised[:, 0, 0].tolist())


def published(folder):
    names = ["person"] + [f"class {index}" for index in range(1, 80)]
    r18 = dict(
        layers="basic", stem=64, widths=[64, 128, 256, 512], depths=[2, 2, 2, 2], hidden_expansion=0.5, decoder_layers=3, names=names)
    r50 = dict(layers="bottleneck", stem=64, widths=[256, 512, 1024, 2048], depths=[3, 4, 6, 3], names=names)
    for name, case in dict(r18=dict(version=1, **r18), r18_v2=dict(version=2, **r18), r50=dict(version=1, **r50)).items():
        model = filled(rtdetr(**case), folder / name)
        output, step = expectation(model, 640, 640, batch=1)
        save_file(
            dict(logits=output.logits.contiguous(), boxes=output.pred_boxes.contiguous()), folder / name / "expected.safetensors")
        print(name, "spread of scores and boxes", float(output.logits.sigmoid().std()), float(output.pred_boxes.std()), "step", step)


def main(arguments):
    if arguments[:1] == ["--published"]:
        return published(pathlib.Path(arguments[1]))
    OUT.mkdir(exist_ok=True)
    write_manifest(
        OUT, "make_detectors.py", ("transformers", "torch", "numpy", "safetensors", "pillow"),
        rtdetr=list(small()), pictures=pictures())


if __name__ == "__main__":
    main(sys.argv[1:])
