"""Makes Tests/Fixtures/networks: what transformers, PyTorch and ONNX Runtime compute, for the networks of Sources/Networks.

    pip install torch==2.13.0 transformers==5.24.0 safetensors onnxruntime==1.32.0 numpy==2.4.6
    python make_networks.py yolox_nano.onnx     # the file of the official release, to be found in POSED_SHARED
    python make_networks.py --published DIR [NAME…]  # not a fixture: ViTPose and ViTPose+ in S, B, L and H, random weights (12 GB)

The small ViTPose networks are not stored: their numbers come from a generator (SplitMix64) that the tests have, too, so
what lies here is the header of each safetensors file as transformers writes it, the configuration, and the heatmaps.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import struct
import sys

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not; nothing here needs it

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "weights" / "training"))

import numpy as np
import torch
from layouts import LAYOUTS
from safetensors.torch import load_file, save_file
from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

OUT = pathlib.Path(__file__).parent / "networks"

NAMES = ["nose", "left_eye", "right_eye"]
DATASETS = ["coco", "aic", "mpii", "ap10k", "apt36k", "wholebody"]  # the experts of ViTPose+, in transformers' order


def generated(name, count):
    """Numbers from -1 to 1: SplitMix64, seeded with the FNV-1a hash of the name; 24 bits each, so that fp32 holds them."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def parameter(name, shape):
    """Numbers that keep a network's signal alive."""
    values = generated(name, int(np.prod(shape))).reshape(shape)
    # D-FINE's and DEIMv2's: scales of either sign, a reach as they have it, distributions with peaks, positions that are clamped.
    if name.endswith(".lab.scale"):
        return 1 + values * np.float32(1.2)
    if name.endswith((".decoder.up", ".decoder.reg_scale")):
        return (1 + values / 2) * np.float32(0.5 if name.endswith("up") else 4)
    if name.endswith("query_pos_head.layers.2.bias"):
        return values * np.float32(12)
    if "bbox_embed" in name and name.endswith(".layers.2.weight") and shape[0] > 4:
        return values * np.float32(8 / np.sqrt(shape[1]))
    if name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight")):
        return 1 + values / 2
    if len(shape) > 1 and not name.endswith("position_embeddings"):
        return values * np.float32(2 / np.sqrt(np.prod(shape[1:])))
    return values / 4


def vitpose(size, simple, scale=4, width=40, heads=2, blocks=3, bias=True, mlp=2, experts=1, part=256, names=NAMES):
    backbone = VitPoseBackboneConfig(
        image_size=list(size), hidden_size=width, num_attention_heads=heads, num_hidden_layers=blocks, mlp_ratio=mlp,
        qkv_bias=bias, out_indices=[blocks], num_experts=experts, part_features=part)
    config = VitPoseConfig(
        backbone_config=backbone, use_simple_decoder=simple, scale_factor=scale, id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)})
    return VitPoseForPoseEstimation(config).eval()


def fill(model):
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.dtype == torch.float32:
                value.copy_(torch.from_numpy(parameter(name, tuple(value.shape))))


def images(batch, height, width):
    return generated("images", batch * 3 * height * width).reshape(batch, 3, height, width) * np.float32(2)


def save(model, folder):
    """The header of the safetensors file is kept, its numbers are not."""
    fill(model)
    model.save_pretrained(folder)
    stored = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", stored[:8])
    (folder / "header.json").write_bytes(stored[8 : 8 + length])
    (folder / "model.safetensors").unlink()


def small_vitpose():
    """Networks of one data set."""
    cases = dict(
        classic=dict(size=(64, 48), simple=False), classic_wide=dict(size=(96, 80), simple=False, width=24, heads=3, bias=False),
        simple=dict(size=(64, 48), simple=True), simple_tall=dict(size=(112, 32), simple=True, scale=2, mlp=3, heads=5))
    for name, case in cases.items():
        folder = OUT / f"vitpose_{name}"
        model = vitpose(**case)
        save(model, folder)
        with torch.inference_mode():
            heatmaps = model(torch.from_numpy(images(2, *case["size"]))).heatmaps
        save_file(dict(heatmaps=heatmaps.contiguous()), folder / "expected.safetensors")
        yield dict(folder=folder.name, height=case["size"][0], width=case["size"][1],
                   mean=float(heatmaps.abs().mean()), largest=float(heatmaps.abs().max()))


def resized_vitpose(height=384, width=288):
    """The simple network for crops of another size. transformers' has one size: it is made for this one, with positions resampled as MAE's
    and ViTPose's code do it when they load a checkpoint."""
    name, case = "backbone.embeddings.position_embeddings", dict(size=(64, 48), simple=True)
    trained, model = vitpose(**case), vitpose(**{**case, "size": (height, width)})
    fill(trained)
    state = trained.state_dict()
    grid = state[name][:, 1:].reshape(1, 4, 3, -1).permute(0, 3, 1, 2)
    grid = torch.nn.functional.interpolate(grid, size=(height // 16, width // 16), mode="bicubic", align_corners=False)
    state[name] = torch.cat([state[name][:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)
    model.load_state_dict(state)
    with torch.inference_mode():
        heatmaps = model(torch.from_numpy(images(1, height, width))).heatmaps
    save_file(dict(heatmaps=heatmaps.contiguous()), OUT / "vitpose_resized.safetensors")
    return dict(folder="vitpose_simple", height=height, width=width)


def small_vitpose_plus():
    """Networks of several experts, and what they find as those of each data set that has as many keypoints as the head."""
    cases = dict(
        classic=dict(size=(64, 48), simple=False, experts=6, part=16, names=LAYOUTS["coco"].names),
        simple=dict(size=(96, 64), simple=True, experts=3, part=7, width=24, heads=3, names=LAYOUTS["mpii"].names))
    for name, case in cases.items():
        folder = OUT / f"vitpose_plus_{name}"
        model = vitpose(**case)
        save(model, folder)
        names = [n for n in DATASETS[: case["experts"]] if len(LAYOUTS[n].names) == len(case["names"])]
        picture = torch.from_numpy(images(1, *case["size"]))
        with torch.inference_mode():
            found = {n: model(picture, dataset_index=torch.tensor([DATASETS.index(n)])).heatmaps.contiguous() for n in names}
        save_file(found, folder / "expected.safetensors")
        yield dict(folder=folder.name, height=case["size"][0], width=case["size"][1], datasets=names,
                   largest={n: float(value.abs().max()) for n, value in found.items()})


def windowed(module, query, key, value, mask, scaling=None, **_):
    """Attention [batch, heads, tokens, depth] within windows, from the text of ViTPose's paper and Swin's: who is in another window is masked,
    and the mean of each window's keys and values is there for all."""
    (height, width), (tall, wide), shifted, pooled = module.windows

    def parts(length, size):
        return torch.zeros(length) if size >= length else (torch.arange(length) + (size - size // 2 if shifted else 0)) // size

    names = (parts(height, tall)[:, None] * 1000 + parts(width, wide)).flatten()
    same = names[:, None] == names
    means = torch.stack([(names == name) / (names == name).sum() for name in names.unique()])
    if pooled:
        key, value = (torch.cat([x, means @ x], -2) for x in (key, value))
        same = torch.cat([same, torch.ones(len(names), len(means), dtype=torch.bool)], 1)
    scores = (query @ key.mT / query.shape[-1] ** 0.5).masked_fill(~same, -torch.inf)
    return (scores.softmax(-1) @ value).transpose(1, 2), None


def windowed_vitpose(height=112, width=80):
    """The keys of posed for attention within windows, on a grid that they do not fill."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register("windowed", windowed)
    kinds = dict(
        window=dict(window_size=[3, 2]), shifted=dict(window_size=[3, 2], shift=True), pooled=dict(window_size=[3, 2], pooled=True),
        both=dict(window_size=[4, 9], shift=True, pooled=True, full_attention_indices=[2]))
    folder, found = OUT / "vitpose_windows", {}
    model = vitpose((height, width), simple=True)
    save(model, folder)
    for name, keys in kinds.items():
        for index, layer in enumerate(model.backbone.encoder.layer):
            windows = ((height // 16, width // 16), keys["window_size"], keys.get("shift", False) and index % 2 == 1, keys.get("pooled", False))
            attention = layer.attention.attention
            attention.windows = windows
            attention.config = type(model.backbone.config)(**model.backbone.config.to_dict())
            attention.config._attn_implementation = "eager" if index in keys.get("full_attention_indices", []) else "windowed"
        with torch.inference_mode():
            found[name] = model(torch.from_numpy(images(2, height, width))).heatmaps.contiguous()
    assert all((found[a] - found[b]).abs().max() > 0.01 for a in found for b in found if a < b)
    save_file(found, folder / "expected.safetensors")
    return dict(folder=folder.name, height=height, width=width,
                kinds={name: json.dumps(dict(attention="window", **keys))[1:-1] for name, keys in kinds.items()})


def sampled(outputs):
    """Every 37th cell of [1, cells, 5 + classes], and the cells with most objectness."""
    cells = sorted(set(range(0, outputs.shape[1], 37)) | set(np.argsort(-outputs[0, :, 4])[:5].tolist()))
    return dict(cells=torch.tensor(cells, dtype=torch.float32), outputs=torch.from_numpy(outputs[0, cells]).contiguous())


def picture(height, width):
    return np.round((generated("picture", 3 * height * width).reshape(1, 3, height, width) + 1) * np.float32(127.5))


def person_nano():
    import yolox  # the project's own PyTorch YOLOX

    folder = ROOT / "weights" / "person-nano"
    config = json.loads((folder / "config.json").read_text())
    network = yolox.YOLOX(len(config["classes"]), 0.25, 0.33, True).eval()
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    missing, unexpected = network.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)
    height, width = 160, 224
    with torch.inference_mode():
        outputs = network(torch.from_numpy(picture(height, width)))
    outputs = torch.cat([outputs[..., :4], outputs[..., 4:].sigmoid()], -1)
    save_file(sampled(outputs.numpy()), OUT / "person_nano.safetensors")
    return dict(height=height, width=width, weights=digest(folder / "model.safetensors"))


def official_nano(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"images": picture(416, 416).astype(np.float32)})[0]
    save_file(sampled(outputs), OUT / "yolox_nano.safetensors")
    return dict(height=416, width=416, weights=digest(pathlib.Path(path)), onnxruntime=importlib.metadata.version("onnxruntime"))


def published(folder, names):
    """Published shapes, with the classic decoder, as a Hugging Face folder and what transformers makes of it; ViTPose+ as that of AP-10K."""
    shapes = dict(s=(384, 12, 12), b=(768, 12, 12), l=(1024, 24, 16), h=(1280, 32, 16))
    for name in names or [kind + size for size in shapes for kind in ("", "plus-")]:
        width, blocks, heads = shapes[name[-1]]
        more = dict(experts=6, part=width // 4, names=LAYOUTS["coco"].names) if name.startswith("plus-") else {}
        model = vitpose((256, 192), simple=False, width=width, heads=heads, blocks=blocks, mlp=4, **more)
        fill(model)
        model.save_pretrained(folder / name)
        index = dict(dataset_index=torch.tensor([DATASETS.index("ap10k")] * 2)) if more else {}
        with torch.inference_mode():
            heatmaps = model(torch.from_numpy(images(2, 256, 192)), **index).heatmaps
        save_file(dict(heatmaps=heatmaps.contiguous()), folder / name / "expected.safetensors")
        print(name, "largest heatmap value", float(heatmaps.abs().max()), "mean", float(heatmaps.abs().mean()))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(folder, script, packages, **cases):
    """What the files of a folder are, what made them, and their checksums."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    for path in files:
        path.chmod(0o644)
    manifest = dict(
        made_by=script, versions={name: importlib.metadata.version(name) for name in packages}, **cases,
        sha256={str(path.relative_to(folder)): digest(path) for path in files})
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def main(arguments):
    if arguments[0] == "--published":
        return published(pathlib.Path(arguments[1]), arguments[2:])
    OUT.mkdir(exist_ok=True)
    write_manifest(
        OUT, "make_networks.py", ("transformers", "torch", "numpy", "safetensors"),
        vitpose=list(small_vitpose()), resized=resized_vitpose(), vitposePlus=list(small_vitpose_plus()), windows=windowed_vitpose(),
        personNano=person_nano(), yoloxNano=official_nano(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
