"""Makes a Hugging Face folder, which posed and transformers load, of a checkpoint in the layout of ViTPose's own repository (mmpose's).

    pip install torch safetensors
    python convert_vitpose.py vitpose_base.pth vitpose-base
    python convert_vitpose.py vitpose+_base.pth vitpose-plus-base-wholebody --dataset wholebody

A checkpoint of several data sets (ViTPose+, or the one of COCO, AiC and MPII) holds a head for each: `--dataset` says whose head is
written, and its expert is joined to what all share, so that the folder is a network of one data set. The checkpoint is read as data
only (`weights_only`): nothing in it is run. A parameter that is not known is refused, and so is one of another shape.
"""
import argparse
import json
import math
import os
import pathlib
import re
import sys

try:
    import torch
    from safetensors.torch import save_file
except ModuleNotFoundError as error:
    sys.exit(f"{sys.argv[0]}: {sys.executable} lacks the module {error.name}: pip install torch safetensors")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "training"))
from layouts import LAYOUTS  # noqa: E402

# Of ViTPose+: the numbers of the experts; the head of the first is `keypoint_head`, the others are `associate_keypoint_heads.0` and so on.
DATASETS = ["coco", "aic", "mpii", "ap10k", "apt36k", "wholebody"]
HEADS = {384: 12, 768: 12, 1024: 16, 1280: 16}  # of attention by width: S, B, L, H; a checkpoint does not tell
HEAD_WIDTH = 256  # between the deconvolutions

BLOCK = r"backbone\.blocks\.\d+\.(norm1|norm2|attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2|mlp\.experts\.\d+)\.(weight|bias)"
HEAD = (
    r"(keypoint_head|associate_keypoint_heads\.\d+)\.(deconv_layers\.[03]\.weight|final_layer\.(weight|bias)"
    r"|deconv_layers\.[14]\.(weight|bias|running_mean|running_var|num_batches_tracked))"
)
KNOWN = re.compile(rf"backbone\.pos_embed|backbone\.(patch_embed\.proj|last_norm)\.(weight|bias)|{BLOCK}|{HEAD}")


def refuse(message):
    raise SystemExit(message)


def state_dict(path, known, what):
    """The checkpoint's parameters by name, all of them known; `what` it should be is for the message."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        refuse(f"{path} cannot be read as a checkpoint that only holds data: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
    state = saved.get("state_dict", saved) if isinstance(saved, dict) else None
    if not isinstance(state, dict) or not all(isinstance(name, str) and torch.is_tensor(value) for name, value in state.items()):
        refuse(f"{path} holds no parameters by name")
    strange = sorted(name for name in state if not known.fullmatch(name))
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        refuse(f"{path} is not a {what} as its repository keeps it: it holds {strange[0]}{more}")
    return state


class Checkpoint:
    """A checkpoint's parameters, each asked for with its shape."""

    def __init__(self, path, known=KNOWN, what="ViTPose"):
        self.path, self.state = path, state_dict(path, known, what)

    def __contains__(self, name):
        return name in self.state

    def get(self, name, *shape):
        """`None` in a shape stands for any size."""
        value = self.state.get(name)
        if value is None:
            refuse(f"{self.path} lacks {name}")
        if len(value.shape) != len(shape) or any(wanted not in (None, size) for wanted, size in zip(shape, value.shape)):
            wanted = ", ".join("any" if size is None else str(size) for size in shape)
            refuse(f"{self.path}: {name} is of shape {list(value.shape)}, not [{wanted}]")
        if value.is_floating_point() and not value.isfinite().all():
            refuse(f"{self.path} is damaged: {name} holds what is no number")
        return value.float() if value.is_floating_point() else value

    def count(self, pattern):
        """One more than the highest number that names have in this place, all of them there."""
        numbers = {int(found[1]) for name in self.state if (found := re.match(pattern, name))}
        if numbers != set(range(len(numbers))):
            refuse(f"{self.path} does not count from 0 to {len(numbers) - 1} in {pattern}")
        return len(numbers)


def backbone(checkpoint, expert):
    """The parameters of everything but the head, and what `backbone_config` says of them."""
    _, tokens, width = checkpoint.get("backbone.pos_embed", 1, None, None).shape
    if width not in HEADS:
        refuse(f"{checkpoint.path} is {width} wide; ViTPose is 384 (S), 768 (B), 1024 (L) or 1280 (H)")
    side = math.isqrt((tokens - 1) // 12)
    if tokens - 1 != 12 * side * side or not side:
        refuse(f"{checkpoint.path} has {tokens} position embeddings, which are not one and those of a crop of 4:3")
    patch = checkpoint.get("backbone.patch_embed.proj.weight", width, 3, 16, 16)
    hidden = checkpoint.get("backbone.blocks.0.mlp.fc1.weight", None, width).shape[0]
    if hidden % width:
        refuse(f"{checkpoint.path} has perceptrons of {hidden}, not a multiple of its {width}")
    depth = checkpoint.count(r"backbone\.blocks\.(\d+)\.")
    theirs = {
        "backbone.embeddings.position_embeddings": checkpoint.get("backbone.pos_embed", 1, tokens, width),
        "backbone.embeddings.patch_embeddings.projection.weight": patch,
        "backbone.embeddings.patch_embeddings.projection.bias": checkpoint.get("backbone.patch_embed.proj.bias", width),
    }
    for kind, inputs, rest in (("weight", [width], [hidden]), ("bias", [], [])):
        theirs[f"backbone.layernorm.{kind}"] = checkpoint.get(f"backbone.last_norm.{kind}", width)
        for block in range(depth):
            ours, layer = f"backbone.blocks.{block}.", f"backbone.encoder.layer.{block}."
            qkv = checkpoint.get(f"{ours}attn.qkv.{kind}", 3 * width, *inputs)
            for name, part in zip(("query", "key", "value"), qkv.chunk(3)):
                theirs[f"{layer}attention.attention.{name}.{kind}"] = part
            theirs[f"{layer}attention.output.dense.{kind}"] = checkpoint.get(f"{ours}attn.proj.{kind}", width, *inputs)
            theirs[f"{layer}layernorm_before.{kind}"] = checkpoint.get(f"{ours}norm1.{kind}", width)
            theirs[f"{layer}layernorm_after.{kind}"] = checkpoint.get(f"{ours}norm2.{kind}", width)
            theirs[f"{layer}mlp.fc1.{kind}"] = checkpoint.get(f"{ours}mlp.fc1.{kind}", hidden, *inputs)
            theirs[f"{layer}mlp.fc2.{kind}"] = contraction(checkpoint, f"{ours}mlp.", kind, expert, width, rest)
    config = dict(
        model_type="vitpose_backbone", image_size=[64 * side, 48 * side], patch_size=[16, 16], num_channels=3, hidden_size=width,
        num_hidden_layers=depth, num_attention_heads=HEADS[width], mlp_ratio=hidden // width, num_experts=1, part_features=0,
        hidden_act="gelu", layer_norm_eps=1e-6, qkv_bias=True, out_indices=[depth],
    )  # fmt: skip
    return theirs, config


def contraction(checkpoint, place, kind, expert, width, rest):
    """A perceptron's second layer; of ViTPose+ the shared outputs, then those of the expert."""
    if f"{place}experts.0.{kind}" not in checkpoint:
        return checkpoint.get(f"{place}fc2.{kind}", width, *rest)
    shared = checkpoint.get(f"{place}fc2.{kind}", None, *rest)
    return torch.cat([shared, checkpoint.get(f"{place}experts.{expert}.{kind}", width - shared.shape[0], *rest)])


def head(checkpoint, dataset, width):
    """The parameters of a data set's head, and whether it is the simple one."""
    associates = checkpoint.count(r"associate_keypoint_heads\.(\d+)\.")
    place = "keypoint_head"
    if associates:
        number = DATASETS.index(dataset) if dataset in DATASETS else len(DATASETS)
        if number > associates:
            refuse(f"{checkpoint.path} has no head of {dataset}: it has those of {', '.join(DATASETS[: associates + 1])}")
        place = f"associate_keypoint_heads.{number - 1}" if number else place
    wanted = len(LAYOUTS[dataset].names)
    simple = f"{place}.deconv_layers.0.weight" not in checkpoint
    kernel = (width, 3, 3) if simple else (HEAD_WIDTH, 1, 1)
    weight, bias = checkpoint.get(f"{place}.final_layer.weight", None, *kernel), checkpoint.get(f"{place}.final_layer.bias", None)
    # Heads that were trained beside others may have outputs to spare: the first ones are the data set's.
    if weight.shape[0] < wanted or (weight.shape[0] != wanted and not associates) or len(bias) != len(weight):
        fitting = [name for name, layout in LAYOUTS.items() if len(layout.names) == weight.shape[0]]
        hint = f" (--dataset {' or '.join(fitting)})" if fitting and not associates else ""
        refuse(f"{checkpoint.path}: its head finds {weight.shape[0]} keypoints, and {dataset} has {wanted}{hint}")
    theirs = {"head.conv.weight": weight[:wanted], "head.conv.bias": bias[:wanted]}
    for number, (inputs, layer) in enumerate(() if simple else ((width, 0), (HEAD_WIDTH, 3)), 1):
        theirs[f"head.deconv{number}.weight"] = checkpoint.get(f"{place}.deconv_layers.{layer}.weight", inputs, HEAD_WIDTH, 4, 4)
        for kind in ("weight", "bias", "running_mean", "running_var"):
            theirs[f"head.batchnorm{number}.{kind}"] = checkpoint.get(f"{place}.deconv_layers.{layer + 1}.{kind}", HEAD_WIDTH)
        if (batches := f"{place}.deconv_layers.{layer + 1}.num_batches_tracked") in checkpoint:
            theirs[f"head.batchnorm{number}.num_batches_tracked"] = checkpoint.get(batches)
    return theirs, simple


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def convert(path, folder, dataset):
    checkpoint = Checkpoint(path)
    experts = checkpoint.count(r"backbone\.blocks\.0\.mlp\.experts\.(\d+)\.")
    expert = DATASETS.index(dataset) if dataset in DATASETS else len(DATASETS)
    if experts and expert >= experts:
        refuse(f"{path} has no expert of {dataset}: it has those of {', '.join(DATASETS[:experts])}")
    parameters, config = backbone(checkpoint, expert)
    more, simple = head(checkpoint, dataset, config["hidden_size"])
    names = LAYOUTS[dataset].names
    folder = pathlib.Path(folder)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        refuse(f"cannot make the folder {folder}: {os.strerror(error.errno)}")
    save_file({k: v.contiguous().clone() for k, v in (parameters | more).items()}, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", dict(
        architectures=["VitPoseForPoseEstimation"], model_type="vitpose", backbone_config=config, use_simple_decoder=simple, scale_factor=4,
        id2label={str(i): n for i, n in enumerate(names)}, label2id={n: i for i, n in enumerate(names)}))  # fmt: skip
    height, width = config["image_size"]
    write_json(folder / "preprocessor_config.json", dict(
        image_processor_type="VitPoseImageProcessor", do_affine_transform=True, do_rescale=True, do_normalize=True,
        size=dict(height=height, width=width), rescale_factor=1 / 255, normalize_factor=200.0,
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]))  # fmt: skip


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="a .pth file")
    parser.add_argument("folder", help="is made; it may not be there yet")
    parser.add_argument("--dataset", default="coco", choices=sorted(LAYOUTS), help="whose keypoints are found (default: coco)")
    a = parser.parse_args(arguments)
    convert(a.checkpoint, a.folder, a.dataset)


if __name__ == "__main__":
    main()
