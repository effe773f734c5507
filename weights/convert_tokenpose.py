"""Makes a folder that posed loads of a TokenPose checkpoint (T, S, B or L) in the layout of its own repository.

    pip install torch safetensors
    python convert_tokenpose.py tokenpose_s_v1.pth tokenpose-s-v1
    python convert_tokenpose.py tokenpose_l_d6_mpii.pth tokenpose-l-mpii --dataset mpii

The checkpoint is read as data only (`weights_only`): nothing in it is run. Parameters keep their names; one that is not known is refused,
and so is one of another shape. What a checkpoint does not tell is that of the published one of its shape: the heads of the attention
(`--heads`) and, of those with as many heatmap pixels, the size of a crop (`--input`).
"""
import argparse
import os
import pathlib
import re

from convert_vitpose import LAYOUTS, Checkpoint, refuse, save_file, write_json

LAYER = r"layers\.\d+\.(0\.fn\.fn\.(to_qkv\.weight|to_out\.0\.(weight|bias))|[01]\.fn\.norm\.(weight|bias)|1\.fn\.fn\.net\.[03]\.(weight|bias))"
NORM = r"(weight|bias|running_mean|running_var|num_batches_tracked)"
FIRST = rf"conv[12]\.weight|bn[12]\.{NORM}|layer1\.[0-3]\.(conv[123]\.weight|bn[123]\.{NORM}|downsample\.(0\.weight|1\.{NORM}))"
STAGES = (
    rf"transition[12]\.\d\.(0\.)?(0\.weight|1\.{NORM})|stage[23]\.\d\.branches\.\d\.\d\.(conv[12]\.weight|bn[12]\.{NORM})"
    rf"|stage[23]\.\d\.fuse_layers\.\d\.\d\.(\d\.)?(0\.weight|1\.{NORM})"
)
TOKENS = rf"keypoint_token|pos_embedding|patch_to_embedding\.(weight|bias)|transformer[123]?\.{LAYER}|mlp_head\.[0-3]\.(weight|bias)"
KNOWN = re.compile(rf"(module\.)?((features|transformer)\.({TOKENS})|features\.({FIRST})|pre_feature\.({FIRST}|{STAGES}))")
INPUTS = [(256, 192), (384, 288), (256, 256)]  # those of the published ones
HEADS = {("none", (12,)): 16, ("convolutional", (12,)): 8, ("hrnet", (12,)): 8, ("hrnet", (2, 2, 2)): 8, ("hrnet", (8, 8, 8)): 12}


def grid_of(checkpoint, positions):
    """Rows and columns of patches: the first half of a sine position is that of its row, the second that of its column."""
    half = positions.shape[2] // 2
    of_row, of_column = positions[0, :, :half], positions[0, :, half:]
    columns = next((i for i, p in enumerate(of_row) if not p.equal(of_row[0])), len(of_row))
    rows = len(of_row) // columns
    if not of_row.equal(of_row[::columns].repeat_interleave(columns, 0)) or not of_column.equal(of_column[:columns].repeat(rows, 1)):
        refuse(f"{checkpoint.path} has positions that are no sines of a grid's rows and columns: posed knows no others")
    return rows, columns


def shape_of(checkpoint, heads, size):
    """What `config.json` says, but for the labels."""
    state = checkpoint.state
    prefix = "features" if "features.keypoint_token" in state else "transformer"
    stem = "convolutional" if prefix == "features" else "hrnet" if "pre_feature.conv1.weight" in state else "none"
    config = dict(architecture="tokenpose", stem=stem)
    channels = {"none": 3, "convolutional": 256}.get(stem)
    if stem == "hrnet":
        channels = config["stem_width"] = checkpoint.get("pre_feature.transition1.0.0.weight", None, 256, 3, 3).shape[0]
    _, keypoints, width = checkpoint.get(f"{prefix}.keypoint_token", 1, None, None).shape
    groups = ["transformer"] if f"{prefix}.transformer.layers.0.0.fn.norm.weight" in state else ["transformer1", "transformer2", "transformer3"]
    depths = tuple(checkpoint.count(rf"{prefix}\.{group}\.layers\.(\d+)\.") for group in groups)
    hidden = checkpoint.get(f"{prefix}.{groups[0]}.layers.0.1.fn.fn.net.0.weight", None, width).shape[0]
    inputs = width * len(groups)
    between = checkpoint.get(f"{prefix}.mlp_head.1.weight", None, inputs).shape[0] if f"{prefix}.mlp_head.3.weight" in state else 0
    pixels = checkpoint.get(f"{prefix}.mlp_head.{3 if between else 1}.weight", None, between or inputs).shape[0]
    area = checkpoint.get(f"{prefix}.patch_to_embedding.weight", width, None).shape[1] // channels
    rows, columns = grid_of(checkpoint, checkpoint.get(f"{prefix}.pos_embedding", 1, None, width))
    fitting = [s for s in ([size] if size else INPUTS) if s[0] // 4 * (s[1] // 4) == pixels]
    scale = 1 if stem == "none" else 4
    fitting = [s for s in fitting if s[0] // scale % rows == 0 and s[1] // scale % columns == 0]
    fitting = [s for s in fitting if (s[0] // scale // rows) * (s[1] // scale // columns) == area]
    if not fitting:
        refuse(f"{checkpoint.path} makes heatmaps of {pixels} pixels of {rows}x{columns} patches: --input HxW says for which crops")
    heads = heads or HEADS.get((stem, depths))
    if not heads:
        refuse(f"{checkpoint.path} has {'+'.join(map(str, depths))} layers, as no published one has: --heads says how many heads")
    height, across = fitting[0]
    return keypoints, config | dict(
        image_size=[height, across], patch_size=[height // scale // rows, across // scale // columns], hidden_size=width,
        num_attention_heads=heads, intermediate_size=hidden, num_hidden_layers=list(depths), heatmap_hidden_size=between)  # fmt: skip


def write_configuration(folder, config, names):
    """The two files beside the parameters; crops and decoding are those of the paper's evaluation."""
    write_json(folder / "config.json", config | dict(id2label={str(i): n for i, n in enumerate(names)}))
    height, width = config["image_size"]
    write_json(folder / "preprocessor_config.json", dict(
        affine="classic", decode="dark", size=dict(height=height, width=width), do_rescale=True, rescale_factor=1 / 255,
        do_normalize=True, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]))  # fmt: skip


def convert(path, folder, dataset, heads=None, size=None):
    checkpoint = Checkpoint(path, KNOWN, "TokenPose")
    checkpoint.state = {name.removeprefix("module."): value for name, value in checkpoint.state.items()}
    keypoints, config = shape_of(checkpoint, heads, size)
    names = LAYOUTS[dataset].names
    if len(names) != keypoints:
        fitting = " or ".join(name for name, layout in LAYOUTS.items() if len(layout.names) == keypoints)
        refuse(f"{path} finds {keypoints} keypoints, and {dataset} has {len(names)}{f' (--dataset {fitting})' if fitting else ''}")
    parameters = {name: checkpoint.get(name, *value.shape).contiguous().clone() for name, value in checkpoint.state.items()}
    folder = pathlib.Path(folder)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        refuse(f"cannot make the folder {folder}: {os.strerror(error.errno)}")
    save_file(parameters, folder / "model.safetensors", metadata={"format": "pt"})
    write_configuration(folder, config, names)


def size(text):
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not HEIGHTxWIDTH")
    return int(found[1]), int(found[2])


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="a .pth file")
    parser.add_argument("folder", help="is made; it may not be there yet")
    parser.add_argument("--dataset", default="coco", choices=sorted(LAYOUTS), help="whose keypoints are found (default: coco)")
    parser.add_argument("--heads", type=int, help="of each layer's attention (default: those of the published one of this shape)")
    parser.add_argument("--input", type=size, help="height and width of a crop, for example 256x192")
    a = parser.parse_args(arguments)
    convert(a.checkpoint, a.folder, a.dataset, a.heads, a.input)


if __name__ == "__main__":
    main()
