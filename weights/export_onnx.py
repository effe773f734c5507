"""Writes a model folder as an ONNX file, and compares what ONNX Runtime and PyTorch make of it.

    pip install torch transformers safetensors onnx onnxruntime        # and MNN, for --mnn
    python export_onnx.py vitpose-base vitpose-base.onnx
    python export_onnx.py vitpose-plus-base animals.onnx --dataset ap10k
    python export_onnx.py rtdetr_r18vd rtdetr.onnx --opset 17 --mnn rtdetr.mnn

ViTPose and ViTPose+ (with the experts of one data set), TokenPose, YOLOX, RT-DETR, D-FINE and DEIMv2, as `config.json` says. The input is one
image [1, 3, height, width] as the network sees it: normalised where the folder's preprocessor_config.json says so, YOLOX's in BGR from 0 to 255.
Pose networks give heatmaps; YOLOX [1, cells, 5 + classes] as its official files do, boxes undecoded; the others logits and boxes (centre, size).
posed reads the files of TokenPose and YOLOX itself. A difference of more than 1e-3 of the largest number is an error.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import warnings

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not

try:
    import numpy as np
    import onnxruntime
    import torch
    from safetensors.torch import load_file
except ModuleNotFoundError as error:
    sys.exit(f"{sys.argv[0]}: {sys.executable} lacks the module {error.name}: pip install torch transformers safetensors onnx onnxruntime")

from convert_vitpose import DATASETS  # the experts of ViTPose+; finds training/


class Wrapped(torch.nn.Module):
    """A network as a function of images alone."""

    def __init__(self, network, function):
        super().__init__()
        self.network, self.function = network, function

    def forward(self, images):
        return self.function(self.network, images)


def vitpose(folder, config, dataset):
    from transformers import VitPoseForPoseEstimation

    if config["backbone_config"].get("attention", "full") != "full":
        sys.exit(f"{folder}: transformers has no attention within windows")
    network = VitPoseForPoseEstimation.from_pretrained(folder, attn_implementation="eager")
    experts = config["backbone_config"].get("num_experts", 1)
    if experts > 1 and DATASETS.index(dataset) >= experts:
        sys.exit(f"{folder} has experts for {experts} data sets, not of {dataset}")
    index = {"dataset_index": torch.tensor([DATASETS.index(dataset)])} if experts > 1 else {}
    height, width = network.config.backbone_config.image_size
    return Wrapped(network, lambda network, images: network(images, **index).heatmaps), (height, width), ["heatmaps"]


def tokenpose(folder, config, dataset):
    from tokenpose import load

    return load(folder)[0], config["image_size"], ["heatmaps"]


def rtdetr(folder, config, dataset):
    from transformers import AutoModelForObjectDetection

    def function(network, images):
        found = network(images)
        return found.logits, found.pred_boxes

    network = AutoModelForObjectDetection.from_pretrained(folder)
    preprocessing = pathlib.Path(folder, "preprocessor_config.json")
    size = json.loads(preprocessing.read_text()).get("size", {}) if preprocessing.exists() else {}
    return Wrapped(network, function), (size.get("height", 640), size.get("width", 640)), ["logits", "boxes"]


def yolox(folder, config, dataset):
    import yolox

    def function(network, images):
        found = network(images)
        return torch.cat([found[..., :4], found[..., 4:].sigmoid()], -1)

    tensors = {name: value.float() for name, value in load_file(pathlib.Path(folder, "model.safetensors")).items()}
    stage = "backbone.backbone.dark2"
    depth = next(i for i in range(100) if f"{stage}.1.m.{i}.conv1.conv.weight" not in tensors)
    width = len(tensors["backbone.backbone.stem.conv.conv.weight"]) / 64
    network = yolox.YOLOX(len(config["classes"]), width, depth / 3, f"{stage}.0.dconv.conv.weight" in tensors)
    missing, strange = network.load_state_dict(tensors, strict=False)
    if strange or not all(name.endswith("num_batches_tracked") for name in missing):
        sys.exit(f"{folder} is not a YOLOX: {(strange + missing)[0]}")
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = config["batch_norm_eps"]
    return Wrapped(network, function), config["input_size"], ["outputs"]


ARCHITECTURES = dict(vitpose=vitpose, tokenpose=tokenpose, rt_detr=rtdetr, rt_detr_v2=rtdetr, d_fine=rtdetr, deimv2=rtdetr, yolox=yolox)


def load(folder, dataset):
    """A network, the height and width of its images, and the names of its outputs."""
    config = json.loads(pathlib.Path(folder, "config.json").read_text())
    name = config.get("architecture", config.get("model_type"))
    if name not in ARCHITECTURES:
        sys.exit(f"{folder}: a network of the architecture {name} is not known; known are {', '.join(ARCHITECTURES)}")
    network, size, outputs = ARCHITECTURES[name](folder, config, dataset)
    return network.eval().float(), tuple(size), outputs


def compare(name, found, expected):
    """Prints the largest difference, and returns whether it is small."""
    worst = max(float(np.abs(a - b).max()) for a, b in zip(found, expected))
    largest = max(float(np.abs(b).max()) for b in expected)
    print(f"{name}: largest difference from PyTorch {worst:.2g}, of numbers up to {largest:.2g}")
    return worst <= 1e-3 * max(largest, 1)


def distances(found, expected):
    """How far each query that was expected lies from each that was found, by score and box."""
    def rows(logits, boxes):
        return np.concatenate([1 / (1 + np.exp(-logits)), boxes], -1).reshape(logits.shape[1], -1)

    return np.abs(rows(*expected)[:, None] - rows(*found)[None]).max(-1)


def in_order(found, expected):
    """An RT-DETR's queries, which come in another order where two scores are nearly alike, in the order that is expected."""
    order = distances(found, expected).argmin(1)
    return [values[:, order] for values in found]


def compare_queries(name, found, expected):
    """The same of an RT-DETR in MNN, of whose queries a few are others."""
    most = float(np.quantile(distances(found, expected).min(1), 0.9))
    print(f"{name}: of 10 queries 9 are within {most:.2g} of one in PyTorch, by score and box")
    return most <= 1e-2


def convert_to_mnn(file, path):
    """The converter without the `mnnconvert` around it, which installs a package by itself and reports each use to MNN's makers. It changes
    the process's streams, so it has one of its own."""
    code = "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)"
    subprocess.run(
        [sys.executable, "-c", code, "-f", "ONNX", "--modelFile", file, "--MNNModel", path, "--bizCode", "posed"],
        check=True, stdout=subprocess.DEVNULL)


def mnn_outputs(path, outputs, images):
    import MNN.nn
    import MNN.numpy

    module = MNN.nn.load_module_from_file(str(path), ["images"], outputs)
    given = MNN.expr.placeholder(list(images.shape), MNN.expr.NCHW)
    given.write(np.ascontiguousarray(images).tolist())
    return [np.array(MNN.expr.convert(found, MNN.expr.NCHW).read()) for found in module.onForward([given])]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("file", help="the .onnx file that is written")
    parser.add_argument("--dataset", default="coco", choices=DATASETS, help="of a ViTPose+, whose experts (default: coco)")
    parser.add_argument("--opset", type=int, default=17, help="12 or more; RT-DETR and its kin need 16 (default: 17)")
    parser.add_argument("--mnn", metavar="FILE", help="an .mnn file to write, too")
    a = parser.parse_args(arguments)
    if a.opset < 12:
        sys.exit(f"opset {a.opset} is older than 12")
    network, (height, width), outputs = load(a.folder, a.dataset)
    images = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1)) * (255 if outputs == ["outputs"] else 1)
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = network(images)
        torch.onnx.export(
            network, (images,), a.file, input_names=["images"], output_names=outputs, opset_version=a.opset, dynamo=False)
    expected = [value.numpy() for value in (expected if isinstance(expected, tuple) else (expected,))]
    session = onnxruntime.InferenceSession(a.file, providers=["CPUExecutionProvider"])
    found = session.run(None, {"images": images.numpy()})
    queries = outputs == ["logits", "boxes"]
    fine = compare(f"{a.file} in ONNX Runtime", in_order(found, expected) if queries else found, expected)
    if a.mnn:
        convert_to_mnn(a.file, a.mnn)
        found = mnn_outputs(a.mnn, outputs, images.numpy())
        judge = compare_queries if queries else compare
        fine = judge(f"{a.mnn} in MNN", [f.reshape(e.shape) for f, e in zip(found, expected)], expected) and fine
    sys.exit(0 if fine else "the file does not compute what the network does")


if __name__ == "__main__":
    main()
