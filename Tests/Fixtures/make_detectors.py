"""Makes Tests/Fixtures/detectors: what transformers computes for the networks of Sources/Networks/RTDETR.

    pip install torch==2.13.0 transformers==5.24.0 safetensors numpy==2.4.6 pillow==13.0.0
    python make_detectors.py
    python make_detectors.py --published DIR [NAME…]  # not a fixture: folders of the published shapes with random weights (3 GB)

D-FINE's and DEIMv2's shapes are those of transformers' conversion scripts and DEIMv2's repository.

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
from transformers import (
    Deimv2Config, Deimv2ForObjectDetection, DFineConfig, DFineForObjectDetection, HGNetV2Config, RTDetrConfig, RTDetrForObjectDetection,
    RTDetrResNetConfig, RTDetrV2Config, RTDetrV2ForObjectDetection)
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


def dfine(version, stem, stages, outputs, names=NAMES, affine=True, **keys):
    """A D-FINE (version 1) or DEIMv2 (2). `stages` are inputs, layers' width, outputs, blocks, layers, whether light, kernel."""
    inputs, widths, outs, blocks, layers, light, kernels = (list(column) for column in zip(*stages))
    backbone = HGNetV2Config(
        stem_channels=[3, stem, inputs[0]], stage_in_channels=inputs, stage_mid_channels=widths, stage_out_channels=outs,
        stage_num_blocks=blocks, stage_numb_of_layers=layers, stage_light_block=light, stage_kernel_size=kernels,
        stage_downsample=[index > 0 for index in range(len(stages))], hidden_sizes=outs, depths=layers,
        out_indices=[index + 1 for index in range(len(stages))][-outputs:], use_learnable_affine_block=affine)
    config, network = [(DFineConfig, DFineForObjectDetection), (Deimv2Config, Deimv2ForObjectDetection)][version - 1]
    levels = 2 if keys.get("encoder_type") == "lite" else outputs
    keys.setdefault("encode_proj_layers", [levels - 1])
    return network(
        config(
            backbone_config=backbone, encoder_in_channels=outs[-outputs:], decoder_in_channels=[keys["encoder_hidden_dim"]] * levels,
            num_feature_levels=levels, feat_strides=[8, 16, 32][-levels:], id2label=dict(enumerate(names)),
            label2id={name: index for index, name in enumerate(names)}, **keys))


def filled(model, folder, salt=""):
    """The model with generated numbers, by way of its file; with others for another `salt`."""
    model.save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    if getattr(model.config, "share_bbox_head", False):
        # transformers 5.24 writes the shared head under another layer's name, under which it does not read it.
        last = model.config.decoder_layers - 1
        tensors = {name.replace(f"bbox_embed.{last}.", "bbox_embed.0."): value for name, value in tensors.items()}
    for name, value in tensors.items():
        if value.dtype == torch.float32 and not name.endswith(("n_points_scale", "num_points_scale")):
            tensors[name] = torch.from_numpy(parameter(salt + name, tuple(value.shape)).astype(np.float32))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return type(model).from_pretrained(folder).eval()


def images(batch, height, width):
    return (generated("images", batch * 3 * height * width).reshape(batch, 3, height, width) + np.float32(1)) / np.float32(2)


def expectation(model, height, width, batch=2):
    """The output, and how near each other the encoder's scores of two queries are: their order decides that of the queries."""
    scores, qualities = [], []
    quality = getattr(model.model.decoder, "lqe_layers", [torch.nn.Identity()])[-1]
    second = getattr(quality, "reg_conf", quality).register_forward_hook(lambda module, inputs, output: qualities.append(output.std()))
    hook = model.model.enc_score_head.register_forward_hook(lambda module, inputs, output: scores.append(output.max(-1).values))
    with torch.inference_mode():
        output = model(torch.from_numpy(images(batch, height, width)).to(model.dtype))
    hook.remove()
    second.remove()
    assert all(spread > 0.01 for spread in qualities), qualities  # or else it would not show whether they are there
    best = scores[0].sort(descending=True).values[:, : model.config.num_queries + 1]
    steps = best[:, :-1] - best[:, 1:]
    return output, float(steps[steps > 0].min())


def detections(output, width, height, threshold):
    """What the processor makes of the first image's output for a picture of that size: the people."""
    sizes = [(height, width)] * len(output.logits)
    found = RTDetrImageProcessorPil().post_process_object_detection(output, threshold, target_sizes=sizes)[0]
    # posed leaves out boxes that are inside out.
    people = (found["labels"] == 0) & (found["boxes"][:, 2:] > found["boxes"][:, :2]).all(-1)
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
    stages = [(8, 6, 16, 1, 2, False, 3), (16, 8, 24, 2, 2, False, 3), (24, 8, 32, 3, 2, True, 5), (32, 12, 40, 1, 1, True, 5)]
    edges = dict(
        shape, decoder_n_points=[3, 4, 2], max_num_bins=12, top_prob_values=3, lqe_hidden_dim=24, hidden_expansion=0.7, depth_mult=0.5)
    gated = {**edges, "decoder_activation_function": "silu"}
    lite = [(8, 6, 16, 1, 2, False, 3), (16, 8, 24, 1, 2, False, 3), (24, 8, 32, 2, 2, True, 3)]
    fine = dict(
        dfine=dict(size=(64, 96), version=1, stem=8, stages=stages, outputs=3, **edges),
        # Without affine blocks, two levels, a decoder that is narrower than the encoder, positions whose limits matter.
        dfine_two=dict(
            size=(96, 160), version=1, stem=6, stages=stages, outputs=2, affine=False,
            **{**edges, "decoder_n_points": 4, "d_model": 12, "lqe_layers": 3, "decoder_method": "discrete", "depth_mult": 1.0}),
        deimv2=dict(size=(96, 160), version=2, stem=8, stages=stages, outputs=2, **{**gated, "decoder_n_points": [3, 5]}),
        # transformers' encoder has no positions where there is an eval_size.
        deimv2_placeless=dict(
            size=(96, 160), version=2, stem=8, stages=stages, outputs=2, eval_size=[96, 160],
            **{**gated, "decoder_n_points": [3, 5], "d_model": 12}),
        deimv2_lite=dict(
            size=(160, 96), version=2, stem=8, stages=lite, outputs=1, encoder_type="lite", encoder_layers=0, use_gateway=False,
            share_bbox_head=True, **{**gated, "decoder_n_points": [4, 2], "encoder_hidden_dim": 24, "d_model": 24}))
    built = {f"rtdetr_{name}": (case.pop("size"), rtdetr(**case)) for name, case in cases.items()}
    built |= {name: (case.pop("size"), dfine(**case)) for name, case in fine.items()}
    for name, ((height, width), model) in built.items():
        folder = OUT / name
        model = filled(model, folder)
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


def published(folder, chosen):
    names = ["person"] + [f"class {index}" for index in range(1, 80)]
    basic = dict(layers="basic", stem=64, widths=[64, 128, 256, 512], hidden_expansion=0.5, names=names)
    bottleneck = dict(layers="bottleneck", stem=64, widths=[256, 512, 1024, 2048], names=names)
    shapes = dict(
        r18=dict(depths=[2, 2, 2, 2], decoder_layers=3, **basic), r34=dict(depths=[3, 4, 6, 3], decoder_layers=4, **basic),
        r50=dict(depths=[3, 4, 6, 3], **bottleneck),
        r101=dict(depths=[3, 4, 23, 3], encoder_hidden_dim=384, encoder_ffn_dim=2048, **bottleneck))
    models = {
        name + suffix: (640, lambda case=case, version=version: rtdetr(version, **case))
        for version, suffix in [(1, ""), (2, "_v2")] for name, case in shapes.items()}

    def stages(stem, *rows):
        inputs = [stem, *(row[1] for row in rows)]
        return [(inputs[index], *row) for index, row in enumerate(rows)]

    b0 = stages(16, (16, 64, 1, 3, False, 3), (32, 256, 1, 3, False, 3), (64, 512, 2, 3, True, 5), (128, 1024, 1, 3, True, 5))
    b2 = stages(32, (32, 96, 1, 4, False, 3), (64, 384, 1, 4, False, 3), (128, 768, 3, 4, True, 5), (256, 1536, 1, 4, True, 5))
    b4 = stages(48, (48, 128, 1, 6, False, 3), (96, 512, 1, 6, False, 3), (192, 1024, 3, 6, True, 5), (384, 2048, 1, 6, True, 5))
    b5 = stages(64, (64, 128, 1, 6, False, 3), (128, 512, 2, 6, False, 3), (256, 1024, 5, 6, True, 5), (512, 2048, 2, 6, True, 5))
    nano = dict(
        stem=16, stages=b0, outputs=2, encoder_hidden_dim=128, encoder_ffn_dim=512, d_model=128, decoder_ffn_dim=512,
        decoder_n_points=[6, 6], decoder_layers=3, hidden_expansion=0.34, depth_mult=0.5, names=names)
    large = dict(outputs=3, decoder_n_points=[3, 6, 3], names=names)
    middle = dict(encoder_hidden_dim=256, **large)
    fine = dict(
        dfine_n=nano,
        dfine_s=dict(stem=16, stages=b0, decoder_layers=3, hidden_expansion=0.5, depth_mult=0.34, **middle),
        dfine_m=dict(stem=24, stages=b2, decoder_layers=4, depth_mult=0.67, **middle),
        dfine_l=dict(stem=32, stages=b4, affine=False, **middle),
        dfine_x=dict(stem=32, stages=b5, affine=False, encoder_hidden_dim=384, encoder_ffn_dim=2048, **large))
    fine["dfine_x_other"] = fine["dfine_x"]  # with other numbers, which magnify rounding less
    models |= {name: (640, lambda case=case: dfine(version=1, **case)) for name, case in fine.items()}

    def lite(width, outputs, blocks, kernel, queries, hidden):
        return dict(
            stem=16, stages=b0[:2] + [(256, 64, outputs, blocks, 3, True, kernel)], outputs=1, encoder_type="lite", encoder_layers=0,
            encoder_hidden_dim=width, d_model=width, decoder_n_points=[4, 2], decoder_layers=3, hidden_expansion=0.34,
            depth_mult=0.5, num_queries=queries, decoder_ffn_dim=hidden, share_bbox_head=True, use_gateway=False, names=names)

    deim = dict(
        deimv2_n=(640, nano), deimv2_pico=(640, lite(112, 512, 2, 5, 200, 320)), deimv2_femto=(416, lite(96, 512, 1, 5, 150, 256)),
        deimv2_atto=(320, lite(64, 256, 1, 3, 100, 160)))
    models |= {
        name: (side, lambda case=case: dfine(version=2, decoder_activation_function="silu", **case))
        for name, (side, case) in deim.items()}
    for name in chosen or models:
        side, make = models[name]
        model = filled(make(), folder / name, salt="other." if name.endswith("_other") else "")
        # In double: transformers' own fp32 is up to 6e-4 from it (D-FINE-X, whose layers magnify what rounding does).
        output, step = expectation(model.double(), side, side, batch=1)
        save_file(
            dict(logits=output.logits.float().contiguous(), boxes=output.pred_boxes.float().contiguous()),
            folder / name / "expected.safetensors")
        print(name, "spread of scores and boxes", float(output.logits.sigmoid().std()), float(output.pred_boxes.std()), "step", step)


def main(arguments):
    if arguments[:1] == ["--published"]:
        return published(pathlib.Path(arguments[1]), arguments[2:])
    OUT.mkdir(exist_ok=True)
    write_manifest(
        OUT, "make_detectors.py", ("transformers", "torch", "numpy", "safetensors", "pillow"),
        rtdetr=list(small()), pictures=pictures())


if __name__ == "__main__":
    main(sys.argv[1:])
