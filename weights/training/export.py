"""Writes a checkpoint as half-precision safetensors in the published layout, with its model card.

    python export.py pose pose.pt weights/vitpose-tiny        # a Hugging Face VitPose folder, checked against transformers
    python export.py person person.pt weights/person-nano     # official YOLOX parameter names, batch norms kept in fp32

The card is filled from cards/NAME.md: {curve} becomes the runs that made the checkpoint; everything else is written by hand.
"""
import json
import os
import sys

import torch
from safetensors.torch import save_file

from layouts import COCO
from vitpose_files import RENAMED, estimator

BONES = [
    [15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8],
    [7, 9], [8, 10], [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6],
]  # fmt: skip


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def published(model):
    """The names and shapes of transformers' VitPose; the positions carry no class token, so its place is zero."""
    if model.token is not None:
        raise SystemExit("this network needs its knowledge token, and transformers' VitPose has no place for one")
    ours, depth, hidden = model.state_dict(), len(model.blocks), model.patch.out_channels
    theirs = {"backbone.embeddings.position_embeddings": torch.cat([torch.zeros(1, 1, hidden), model.position], 1)}
    for kind in ("weight", "bias"):
        theirs[f"backbone.embeddings.patch_embeddings.projection.{kind}"] = ours[f"patch.{kind}"]
        theirs[f"backbone.layernorm.{kind}"] = ours[f"norm.{kind}"]
        for i in range(depth):
            layer = f"backbone.encoder.layer.{i}."
            for name, part in zip(("query", "key", "value"), ours[f"blocks.{i}.qkv.{kind}"].chunk(3)):
                theirs[f"{layer}attention.attention.{name}.{kind}"] = part
            for short, long in RENAMED.items():
                theirs[f"{layer}{long}.{kind}"] = ours[f"blocks.{i}.{short}.{kind}"]
    place = "head.conv." if model.shape["decoder"] == "simple" else "head."
    theirs |= {k.replace("head.", place, 1): v for k, v in ours.items() if k.startswith("head.")}
    return {k: (v.detach().half() if v.is_floating_point() else v).contiguous().clone() for k, v in theirs.items()}


def pose(checkpoint, folder):
    from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    height, width = saved["size"]
    model = estimator(saved)
    if model.keypoints != len(COCO.names):
        raise SystemExit(f"this network has {model.keypoints} keypoints; only those of COCO, which are {len(COCO.names)}, are exported")
    model.regrid(height // 16, width // 16)
    backbone = VitPoseBackboneConfig(
        image_size=[height, width], patch_size=[16, 16], hidden_size=model.patch.out_channels, num_attention_heads=model.shape["heads"],
        num_hidden_layers=len(model.blocks), mlp_ratio=4, out_indices=[len(model.blocks)], num_experts=1, part_features=0,
    )  # fmt: skip
    labels = dict(id2label=dict(enumerate(COCO.names)), label2id={n: i for i, n in enumerate(COCO.names)})
    config = VitPoseConfig(backbone_config=backbone, use_simple_decoder=model.shape["decoder"] == "simple", num_labels=len(COCO.names), **labels)
    config.edges = BONES
    os.makedirs(folder, exist_ok=True)
    save_file(published(model), f"{folder}/model.safetensors", metadata={"format": "pt"})
    config.save_pretrained(folder)
    processor = dict(
        image_processor_type="VitPoseImageProcessor", do_affine_transform=True, do_rescale=True, do_normalize=True,
        size=dict(height=height, width=width), rescale_factor=1 / 255, normalize_factor=200.0,
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225],
    )  # fmt: skip
    write_json(f"{folder}/preprocessor_config.json", processor)
    loaded = VitPoseForPoseEstimation.from_pretrained(folder, dtype=torch.float32).eval()
    images = torch.randn(2, 3, height, width)
    with torch.inference_mode():
        ours, theirs = model(images), loaded(pixel_values=images).heatmaps
    difference, largest = (theirs - ours).abs().max().item(), ours.abs().max().item()
    print(f"largest difference from transformers, from rounding to half: {difference:.2g} of {largest:.2g}")
    if difference > 0.02 * max(largest, 1):
        raise SystemExit("the exported folder is not the same network")
    return saved


def person(checkpoint, folder):
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    os.makedirs(folder, exist_ok=True)
    tensors = {}
    for name, value in saved["model"].items():
        if not name.endswith("num_batches_tracked"):
            tensors[name] = (value.half() if value.ndim == 4 else value.float()).contiguous().clone()
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
    config = dict(
        architecture="yolox", classes=["person"], input_size=[saved["size"], saved["size"]], input_follows_picture=True,
        batch_norm_eps=1e-3,
    )  # fmt: skip
    write_json(f"{folder}/config.json", config)
    return saved


def card(folder, saved):
    """The model card of this network, from its template."""
    name = os.path.basename(os.path.normpath(folder))
    template = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cards", f"{name}.md")
    if not os.path.exists(template):
        return print(f"no template {template}: no card written")
    side = lambda size: f"{size[0]}x{size[1]}" if isinstance(size, list) else f"{size}x{size}"
    runs = [
        f"{r['samples']:,} samples at {side(r['size'])} (seed {r['seed']}, torch {r['torch']}, recipe {r['recipe']})"
        for r in saved["history"]
    ]
    with open(template) as source, open(f"{folder}/README.md", "w") as target:
        target.write(source.read().replace("{curve}", "; ".join(runs)))


if __name__ == "__main__":
    card(sys.argv[3], dict(pose=pose, person=person)[sys.argv[1]](*sys.argv[2:4]))
    print(os.path.getsize(f"{sys.argv[3]}/model.safetensors"), "bytes")
