"""Makes Tests/Fixtures/tokenpose: what weights/training/tokenpose.py, a TokenPose of ours in PyTorch, computes for Sources/Networks/TokenPose.

    pip install torch==2.13.0 transformers==5.24.0 safetensors onnx==1.23.2 onnxscript==0.7.2 numpy==2.4.6
    python make_tokenpose.py
    python make_tokenpose.py --published DIR     # not a fixture: folders of the published shapes with random weights (390 MB)

As in make_networks.py the networks' numbers come from a generator that the tests have, too. Of two there is an ONNX file, as each of
torch.onnx's two exporters writes it.
"""

import pathlib
import struct
import sys

from make_networks import ROOT, fill, generated, images, write_manifest  # noqa: I001 (finds weights/training)

import numpy as np
import onnx
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(ROOT / "weights"))
from convert_tokenpose import write_configuration
from layouts import LAYOUTS
from tokenpose import PUBLISHED, Shape, TokenPose, sines

OUT = pathlib.Path(__file__).parent / "tokenpose"
SMALL = dict(width=24, hidden=40, image=(64, 48), hidden_heatmap=28)
CASES = dict(
    t=Shape("none", (16, 12), 3, depths=(3,), **SMALL),
    s=Shape("convolutional", (4, 3), 2, depths=(2,), **SMALL),
    b=Shape("hrnet", (2, 2), 2, depths=(2,), stem_width=4, **SMALL),
    l=Shape("hrnet", (4, 2), 3, depths=(2, 2, 2), stem_width=6, keypoints=16, **SMALL | dict(hidden_heatmap=0)),
)


EXPORTERS = dict(t=dict(dynamo=False, opset_version=12), b=dict(dynamo=True, opset_version=18, external_data=False))


def export(model, folder, **how):
    """Writes an ONNX file and returns the heatmaps of two images. Its positions are sines, which tell the grid of patches."""
    rows, columns, _ = model.shape.map
    with torch.no_grad():
        model.tokens.pos_embedding.copy_(sines(rows // model.shape.patch[0], columns // model.shape.patch[1], model.shape.width))
    torch.onnx.export(model, (torch.zeros(1, 3, *model.shape.image),), folder / "model.onnx", **how)
    stored = onnx.load(folder / "model.onnx")
    del stored.graph.value_info[:]  # the shapes of what lies between the nodes, half of the file
    for node in stored.graph.node:  # where in which file the exporter was called
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(stored, folder / "model.onnx")
    with torch.inference_mode():
        return model(torch.from_numpy(images(2, *model.shape.image))).contiguous()


def configuration(shape):
    more = dict(stem_width=shape.stem_width) if shape.stem == "hrnet" else {}
    return dict(
        architecture="tokenpose", stem=shape.stem, **more, image_size=list(shape.image), patch_size=list(shape.patch),
        hidden_size=shape.width, num_attention_heads=shape.heads, intermediate_size=shape.hidden, num_hidden_layers=list(shape.depths),
        heatmap_hidden_size=shape.hidden_heatmap)


def save(model, folder):
    """The network with generated numbers."""
    fill(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    write_configuration(folder, configuration(model.shape), LAYOUTS["coco" if model.shape.keypoints == 17 else "mpii"].names)


def small():
    for name, shape in CASES.items():
        folder, model = OUT / name, TokenPose(shape).eval()
        save(model, folder)
        with torch.inference_mode():
            heatmaps = model(torch.from_numpy(images(2, *shape.image)))
        exported = dict(exported=export(model, folder, **EXPORTERS[name])) if name in EXPORTERS else {}
        save_file(dict(heatmaps=heatmaps.contiguous()) | exported, folder / "expected.safetensors")
        stored = (folder / "model.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", stored[:8])
        (folder / "header.json").write_bytes(stored[8 : 8 + length])
        (folder / "model.safetensors").unlink()
        yield dict(folder=name, height=shape.image[0], width=shape.image[1], largest=float(heatmaps.abs().max()))


def published(folder):
    """Published shapes, and what they make of two images."""
    for name, shape in PUBLISHED.items():
        model = TokenPose(shape).eval()
        save(model, folder / name)
        with torch.inference_mode():
            heatmaps = model(torch.from_numpy(images(2, *shape.image)))
        exported = export(model, folder / name, dynamo=False, opset_version=17)
        save_file(dict(heatmaps=heatmaps.contiguous(), exported=exported), folder / name / "expected.safetensors")
        print(name, "largest heatmap value", float(heatmaps.abs().max()), "mean", float(heatmaps.abs().mean()))


def main(arguments):
    if arguments and arguments[0] == "--published":
        return published(pathlib.Path(arguments[1]))
    OUT.mkdir(exist_ok=True)
    write_manifest(OUT, "make_tokenpose.py", ("torch", "numpy", "safetensors", "onnx", "onnxscript"), tokenpose=list(small()))


if __name__ == "__main__":
    main(sys.argv[1:])
