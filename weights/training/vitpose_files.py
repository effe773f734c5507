"""The files that a ViTPose starts from and is kept in: checkpoints of train_pose.py, DeiT and MAE trunks, Hugging Face folders."""
import json
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

from vitpose import ViTPose

ADDED = ("auxiliary", "head", "others", "token")  # what a trunk may lack, or bring in vain


def network(saved, **more):
    """The untrained network of a checkpoint's shape; those from before November 2026 name none and are the default."""
    return ViTPose(grid=saved["grid"], **{**saved.get("shape", {}), **more})


def estimator(saved, number=0):
    """The averaged network of a checkpoint without what only training needs; of several data sets the one of this number."""
    model = network(saved).eval()
    model.load_state_dict({k: v for k, v in saved["model"].items() if not k.startswith("auxiliary")})
    return alone(model, number)


def alone(model, number):
    """The network of one data set out of one of several: its head, and its experts joined to what all share."""
    shape = model.shape
    if not shape["others"] and not number:
        return model
    if number > len(shape["others"]):
        raise SystemExit(f"this network knows {1 + len(shape['others'])} data sets, so none has the number {number}")
    keypoints = shape["others"][number - 1] if number else shape["keypoints"]
    single = ViTPose(grid=model.grid, **{**shape, "keypoints": keypoints, "others": (), "part": 0}).eval()
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("auxiliary")}
    if number:
        head = {k.replace(f"others.{number - 1}.", "head."): v for k, v in state.items() if k.startswith(f"others.{number - 1}.")}
        state = {k: v for k, v in state.items() if not k.startswith("head.")} | head
    for k in [k for k in state if f".experts.{number}." in k]:
        shared = k.replace(f"experts.{number}", "fc2")
        state[shared] = torch.cat([state[shared], state[k]])
    single.load_state_dict({k: v for k, v in state.items() if ".experts." not in k and not k.startswith("others.")})
    return single


def start(init, auxiliary, drop_path, shape):
    """A network of this shape, filled from a checkpoint, an exported folder or a DeiT checkpoint; without any at random."""
    if init and os.path.isdir(init):
        model = ViTPose(drop_path=drop_path, auxiliary=auxiliary, **shape)
        state, model.grid = published(init, model.shape)
        model.position = nn.Parameter(torch.zeros_like(state["position"]))
    elif init and "deit" in os.path.basename(init):
        model = ViTPose(drop_path=drop_path, auxiliary=auxiliary, **shape)
        state = deit(init, model.grid, len(model.blocks))
    elif init:
        saved = torch.load(init, map_location="cpu", weights_only=True)
        model, state = ViTPose(grid=saved["grid"], drop_path=drop_path, auxiliary=auxiliary, **shape), saved["model"]
    else:
        return ViTPose(drop_path=drop_path, auxiliary=auxiliary, **shape)
    fill(model, state, init)
    return model


def fill(model, state, name):
    """Takes every parameter of `state` that fits; heads may be missing or of another shape, the trunk may not."""
    mine, state = model.state_dict(), dict(state)
    for k in [k for k in mine if ".experts." in k and k not in state]:
        shared = k[: k.index("experts")] + "fc2" + k[k.rindex(".") :]  # each expert starts as the part that it replaces
        if shared in state:
            state[k] = state[shared][-mine[k].shape[0] :]
    for k in [k for k in mine if k.endswith(("fc2.weight", "fc2.bias")) and k in state]:
        state[k] = state[k][: mine[k].shape[0]]
    fitting = {k: v for k, v in state.items() if k in mine and v.shape == mine[k].shape}
    strange = [k for k in mine if k not in fitting and not k.startswith(ADDED)]
    strange += [k for k in state if k not in mine and not k.startswith(ADDED) and ".experts." not in k]
    if strange:
        raise SystemExit(f"{name} does not fit a network of this shape: {strange[0]} and {len(strange) - 1} more differ")
    model.load_state_dict(fitting, strict=False)

DEIT = dict(norm1="norm1", norm2="norm2", qkv="attn.qkv", proj="attn.proj", fc1="mlp.fc1", fc2="mlp.fc2")


def deit(path, grid, depth):
    """The trunk's parameters from a DeiT checkpoint (arXiv 2012.12877) with timm's names; the class token is left out."""
    theirs = torch.load(path, map_location="cpu", weights_only=True)["model"]
    ours = {}
    for kind in ("weight", "bias"):
        ours[f"patch.{kind}"], ours[f"norm.{kind}"] = theirs[f"patch_embed.proj.{kind}"], theirs[f"norm.{kind}"]
        for i in range(depth):
            for short, long in DEIT.items():
                ours[f"blocks.{i}.{short}.{kind}"] = theirs[f"blocks.{i}.{long}.{kind}"]
    square = theirs["pos_embed"][:, 1:].transpose(1, 2).reshape(1, -1, 14, 14)
    ours["position"] = F.interpolate(square, size=grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)
    return ours


RENAMED = dict(
    norm1="layernorm_before", norm2="layernorm_after", proj="attention.output.dense", fc1="mlp.fc1", fc2="mlp.fc2"
)


def published_shape(folder):
    """What an exported folder's config.json says: the patch grid, and the shape of its network."""
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    backbone = config["backbone_config"]
    if backbone.get("num_experts", 1) > 1:
        raise SystemExit(f"{folder} holds a ViTPose++ of several experts, which cannot be read here")
    shape = dict(width=backbone["hidden_size"], depth=backbone["num_hidden_layers"], heads=backbone["num_attention_heads"])
    decoder = "simple" if config.get("use_simple_decoder", True) else "classic"
    rows, columns = (n // 16 for n in backbone["image_size"])
    return (rows, columns), dict(shape, keypoints=config.get("num_labels") or len(config["id2label"]), decoder=decoder)


def published(folder, wanted=None):
    """The parameters of a Hugging Face VitPose folder of any input size (the inverse of export.py), and its patch grid."""
    theirs = {k: v.float() for k, v in load_file(f"{folder}/model.safetensors").items()}
    grid, shape = published_shape(folder)
    if wanted and any(wanted[k] != shape[k] for k in ("width", "depth", "heads")):
        raise SystemExit(f"{folder} is {shape['width']} wide and {shape['depth']} deep with {shape['heads']} heads: say so with --width, --depth, --heads")
    ours, embeddings = {}, "backbone.embeddings."
    for kind in ("weight", "bias"):
        ours[f"patch.{kind}"] = theirs[f"{embeddings}patch_embeddings.projection.{kind}"]
        ours[f"norm.{kind}"] = theirs[f"backbone.layernorm.{kind}"]
        for i in range(shape["depth"]):
            layer = f"backbone.encoder.layer.{i}."
            names = [f"{layer}attention.attention.{n}.{kind}" for n in ("query", "key", "value")]
            ours[f"blocks.{i}.qkv.{kind}"] = torch.cat([theirs[n] for n in names])
            for short, long in RENAMED.items():
                ours[f"blocks.{i}.{short}.{kind}"] = theirs[f"{layer}{long}.{kind}"]
    simple = shape["decoder"] == "simple"
    ours |= {k.replace("head.conv." if simple else "head.", "head."): v for k, v in theirs.items() if k.startswith("head.")}
    stored = theirs[f"{embeddings}position_embeddings"]
    ours["position"] = stored[:, 1:] + stored[:, :1]
    return ours, grid


def load_published(folder):
    """The network of a Hugging Face VitPose folder."""
    grid, shape = published_shape(folder)
    model = ViTPose(grid=grid, **shape).eval()
    missing, unexpected = model.load_state_dict(published(folder)[0], strict=False)
    strange = [k for k in [*missing, *unexpected] if not k.endswith("num_batches_tracked")]
    if strange:
        raise SystemExit(f"{folder} is no ViTPose of the shape that its config.json says: {strange[0]} and {len(strange) - 1} more differ")
    return model


def load_pose(checkpoint):
    """The estimator of a checkpoint or of an exported folder, its input size, and the samples of its last run."""
    if os.path.isdir(checkpoint):
        model = load_published(checkpoint)
        return model, [16 * n for n in model.grid], "exported"
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return estimator(saved), saved["size"], f"{saved['step'] * saved['options']['batch']} samples"
