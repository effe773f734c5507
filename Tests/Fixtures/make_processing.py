"""Makes Tests/Fixtures/processing: what the reference implementations do before and after the networks.

    pip install transformers==5.23.0 scipy==1.17.1 opencv-python-headless==5.0.0.93 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1 safetensors==0.8.0 torch==2.13.0
    pip download --no-deps sports2d==0.8.34     # its demo.mp4 gives the real frame
    python make_processing.py demo.mp4 yolox_nano.onnx     # the latter from the YOLOX release, see weights/manifest.json

Crops and decoding are those of transformers' VitPoseImageProcessorPil, the letterbox that of OpenCV. Boxes, and joints end to end,
come from PyTorch with the embedded weights (weights/): run this again when they change. Needs ffmpeg.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import subprocess
import sys

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not; nothing here needs it

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file
from transformers import VitPoseForPoseEstimation
from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(__file__).parent / "processing"
SEED = 5
random = np.random.default_rng(SEED)
sys.path.insert(0, str(ROOT / "weights" / "training"))
import yolox  # the project's own PyTorch YOLOX


def picture(width, height):
    """The synthetic picture that the tests make, too: no file needed."""
    y, x, c = np.mgrid[:height, :width, :3]
    return (((x * 37 + y * 91 + c * 53) ^ (x * y)) & 255).astype(np.uint8)


def boxes_of(keys, rows):
    return [dict(zip(keys, row)) for row in rows]


def crops():
    cases, written = [], []
    for width, height, size, box in [
        (97, 75, (48, 64), (30.0, 20.0, 24.0, 32.0)),  # whole, odd sizes
        (97, 75, (48, 64), (11.3, 7.7, 60.2, 41.9)),  # wide
        (97, 75, (48, 64), (40.5, 3.25, 7.5, 64.5)),  # tall
        (97, 75, (48, 64), (0.0, 0.0, 20.0, 30.0)),  # at the top left corner
        (97, 75, (48, 64), (80.0, 50.0, 30.0, 40.0)),  # over the bottom right corner
        (97, 75, (48, 64), (-30.0, 10.0, 40.0, 50.0)),  # over the left edge
        (97, 75, (48, 64), (500.0, 400.0, 30.0, 40.0)),  # outside
        (97, 75, (48, 64), (50.1, 30.1, 0.3, 0.2)),  # tiny
        (97, 75, (48, 64), (-400.0, -300.0, 1000.0, 900.0)),  # huge
        (91, 121, (48, 64), (9.0, 12.0, 72.0, 96.0)),  # the crop's corners fall on the picture's outermost centres
        (91, 121, (24, 32), (8.999, 11.999, 72.002, 96.002)),  # and just miss them
        (1, 4, (24, 32), (0.0, 0.0, 1.0, 4.0)),  # the reference takes lower pictures for channels
        (2, 50, (24, 32), (0.5, 10.0, 1.5, 20.0)),
        (64, 48, (32, 32), (10.0, 5.0, 33.0, 21.0)),  # a square input
    ]:
        box = [float(np.float32(v)) for v in box]
        processor = VitPoseImageProcessorPil(size={"width": size[0], "height": size[1]}, do_rescale=False, do_normalize=False)
        planes = np.moveaxis(picture(width, height), -1, 0)
        crop = processor(planes, boxes=[[box]], input_data_format="channels_first")["pixel_values"][0]
        assert crop.dtype == np.uint8 and crop.shape == (3, size[1], size[0])
        written.append(crop.tobytes())
        cases.append(dict(width=width, height=height, inputWidth=size[0], inputHeight=size[1], box=box))
    (OUT / "crops.bin").write_bytes(b"".join(written))
    return cases


def centre_and_extent(box, width, height):
    """The rectangle of a crop: a box brought to the input's proportions and enlarged by 1.25 (COCO's top-down code, 200 pixels a unit)."""
    x, y, w, h = box
    centre = np.array([x + w * 0.5, y + h * 0.5], np.float32)
    aspect = width / height
    scale = (np.array([w, w / aspect] if w > aspect * h else [h * aspect, h]) / 200).astype(np.float32)
    return centre.astype(np.float64), (scale * np.float32(1.25) * np.float32(200)).astype(np.float64)


def classic_crops(cases):
    """The same crops as the older code places them, written from its papers (arXiv 1804.06208) in NumPy: input (i, j) shows the place
    that lies (i, j) / (width, height) of the way through the rectangle; bilinear, black beyond the outermost pixels' centres."""
    written = []
    for case in cases:
        image = picture(case["width"], case["height"]).astype(np.float32)
        size = np.array([case["inputWidth"], case["inputHeight"]])
        centre, extent = centre_and_extent(case["box"], *size)
        axes = []
        for axis, length in enumerate((case["width"], case["height"])):
            place = np.arange(size[axis]) * extent[axis] / size[axis] + centre[axis] - extent[axis] / 2
            low = np.clip(np.floor(place), 0, length - 1).astype(int)
            axes.append(((place >= 0) & (place <= length - 1), low, np.minimum(low + 1, length - 1), (place - low).astype(np.float32)))
        (inX, x0, x1, u), (inY, y0, y1, v) = axes
        u, v = u[None, :, None], v[:, None, None]
        mixed = image[y0] + (image[y1] - image[y0]) * v
        mixed = mixed[:, x0] + (mixed[:, x1] - mixed[:, x0]) * u
        mixed[~inY] = mixed[:, ~inX] = 0
        written.append(np.moveaxis(np.floor(mixed + np.float32(0.5)), -1, 0).astype(np.uint8).tobytes())
    (OUT / "classic_crops.bin").write_bytes(b"".join(written))


def shifted(cases, maps):
    """Keypoints by the older decoding: the highest value, a quarter of a sample towards the higher neighbour (arXiv 1603.06937), placed
    as the classic crops are. `maps` holds the cases' heatmaps one after the other."""
    found = []
    for case in cases:
        width, height, keypoints = case["width"], case["height"], []
        centre, extent = centre_and_extent(case["box"], width, height)
        for _ in range(case["count"]):
            values, maps = maps[: width * height].reshape(height, width), maps[width * height :]
            y, x = np.unravel_index(np.argmax(values), values.shape)
            place = np.array([x, y], np.float64)
            if values[y, x] <= 0:
                place[:] = -1
            elif 1 < x < width - 1 and 1 < y < height - 1:
                place += 0.25 * np.sign([values[y, x + 1] - values[y, x - 1], values[y + 1, x] - values[y - 1, x]])
            place = place * extent / [width, height] + centre - extent / 2
            keypoints.append([*map(float, place), float(values[y, x])])
        found.append(dict(case, keypoints=keypoints))
    return found


def normalised():
    """What the network sees of grey levels, by the published settings."""
    processor = VitPoseImageProcessorPil()
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, None], (3, 2, 256))
    values = processor(ramp, boxes=None, input_data_format="channels_first")["pixel_values"][0]
    return [[float(v) for v in plane[0]] for plane in values]


def bump(height, width, x, y, peak=0.9, sigma=2.0):
    rows, columns = np.mgrid[:height, :width]
    return peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))


def heatmaps(height, width):
    """Peaks between samples, at borders and in corners, two peaks, a plateau, flat, negative, noise, a spike, too low, too high."""
    maps = [bump(height, width, *place) for place in (
        (width / 2 + 0.3, height / 2 - 0.4), (0, height / 2), (width - 1, height / 3), (width / 3, 0), (width / 2, height - 1),
        (0, 0), (width - 1, height - 1), (width - 1, 0), (0.4, height - 1.4), (-2, 4.0))]
    maps.append(bump(height, width, 2, 2, 0.5) + bump(height, width, width - 3, height - 3, 0.501))
    plateau = np.zeros((height, width))
    plateau[2:6, 1:5] = 0.7
    spike = np.zeros((height, width))
    spike[height // 2, width // 3] = 0.5
    # The reference refines a map without a positive value with the corners of the map before it: here, zeros.
    maps += [np.full((height, width), 0.25), plateau, spike, -np.abs(random.normal(0.1, 0.05, (height, width)))]
    maps += [random.normal(0, 0.02, (height, width)), bump(height, width, 4.2, 5.1, 0.0009), bump(height, width, 4.2, 5.1, 80.0)]
    return np.stack(maps).astype(np.float32)


def network_input(processor, image, box):
    return torch.from_numpy(processor(image, boxes=[[box]], return_tensors="np")["pixel_values"])


def decoding(model, processor, image, box):
    cases, written = [], []
    with torch.inference_mode():
        seen = model(network_input(processor, image, box)).heatmaps.numpy()[0]
    for maps, box in (
        (heatmaps(32, 24), [100.5, 40.25, 81.0, 200.0]),
        (heatmaps(8, 6), [-20.0, 30.0, 300.0, 200.0]),  # smaller than the blur
        (seen, box),
    ):
        height, width = maps.shape[1:]
        ours = VitPoseImageProcessorPil(size={"width": width * 4, "height": height * 4})
        outputs = type("Outputs", (), {"heatmaps": torch.from_numpy(maps[None])})
        found = ours.post_process_pose_estimation(outputs, boxes=[[box]])[0][0]
        written.append(maps.tobytes())
        cases.append(dict(
            count=len(maps), width=width, height=height, box=box,
            keypoints=[[*map(float, place), float(score)] for place, score in zip(found["keypoints"], found["scores"])]))
    (OUT / "heatmaps.bin").write_bytes(b"".join(written))
    return cases


def letterbox(image, width, height):
    """YOLOX's preproc without its final transposition: BGR, top left, the rest 114."""
    factor = min(height / image.shape[0], width / image.shape[1])
    resized = cv2.resize(image[..., ::-1], (int(image.shape[1] * factor), int(image.shape[0] * factor)), interpolation=cv2.INTER_LINEAR)
    padded = np.full((height, width, 3), 114, np.uint8)
    padded[: resized.shape[0], : resized.shape[1]] = resized
    return np.moveaxis(padded, -1, 0), factor


def input_size(image, width, height):
    """A size of the same area in the picture's shape, the sides rounded to cells of 32, without those that the picture does not reach."""
    cells, (down, across) = width * height / 1024, image.shape[:2]
    rounded = lambda side: 32 * min(max(round(side), 1), cells)
    factor = min(rounded((cells * across / down) ** 0.5) / across, rounded((cells * down / across) ** 0.5) / down)
    return [32 * max(1, -(-int(length * factor) // 32)) for length in (across, down)]


def letterboxes():
    cases, written = [], []
    truncated = next(w for w in range(65, 4000) if int(w * (64 / w)) == 63)  # a width that the factor falls short of
    for width, height, size in [
        (91, 121, (64, 64)), (200, 50, (64, 64)), (33, 17, (64, 64)), (64, 64, (64, 64)), (128, 128, (64, 64)),
        (truncated, 40, (64, 64)), (60, 333, (96, 64)),
    ]:
        padded, factor = letterbox(picture(width, height), *size)
        written.append(padded.tobytes())
        cases.append(dict(width=width, height=height, inputWidth=size[0], inputHeight=size[1], factor=factor))
    (OUT / "letterboxes.bin").write_bytes(b"".join(written))
    return cases


def detections(outputs, width, height, factor, threshold, person=0):
    """Boxes (left, top, width, height, score) of a YOLOX head's output [cells, 5 + classes], sigmoid done: decode, then NMS at 0.65."""
    cells = np.array([(x, y, s) for s in (8, 16, 32) for y in range(height // s) for x in range(width // s)], np.float64)
    centre = (outputs[:, :2] + cells[:, :2]) * cells[:, 2:]
    size = np.exp(outputs[:, 2:4].astype(np.float64)) * cells[:, 2:]
    scores = outputs[:, 4] * outputs[:, 5 + person]
    corners = np.concatenate([centre - size / 2, centre + size / 2], 1) / factor
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if scores[i] < threshold:
            break
        if all(overlap(corners[i], corners[j]) <= 0.65 for j in kept):
            kept.append(i)
    return [[float(v) for v in (*corners[i, :2], *(corners[i, 2:] - corners[i, :2]), scores[i])] for i in kept]


def overlap(a, b):
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return across * down / (area(a) + area(b) - across * down)


def suppression():
    """A head's output in which neighbouring cells see the same people."""
    width, height, factor = 96, 64, 0.325
    cells = [(x, y, s) for s in (8, 16, 32) for y in range(height // s) for x in range(width // s)]
    outputs = random.uniform(0, 0.2, (len(cells), 8)).astype(np.float32)
    for x, y, w, h in ((20, 30, 22, 40), (30, 32, 24, 44), (70, 30, 20, 50), (60, 20, 70, 35)):
        for i, (column, row, stride) in enumerate(cells):
            if abs((column + 0.5) * stride - x) < 1.2 * stride and abs((row + 0.5) * stride - y) < 1.2 * stride:
                noise = random.normal(0, 0.06, 4)
                outputs[i, :4] = x / stride - column, y / stride - row, np.log(w / stride), np.log(h / stride)
                outputs[i, :4] += noise
                outputs[i, 4:6] = random.uniform(0.5, 1, 2)
    (OUT / "outputs.bin").write_bytes(outputs.tobytes())
    return dict(
        inputWidth=width, inputHeight=height, classes=3, factor=factor, threshold=0.3,
        detections=detections(outputs, width, height, factor, 0.3))


def onnx_files():
    """Two convolutions as an exporter writes them, one tensor as raw bytes, the others as floats; and files that are no YOLOX."""
    weight = random.normal(0, 1, (4, 3, 3, 3)).astype(np.float32)
    depthwise = random.normal(0, 1, (4, 1, 3, 3)).astype(np.float32)
    bias = random.normal(0, 1, 4).astype(np.float32)
    tensors = [numpy_helper.from_array(weight, "w"), helper.make_tensor("d", TensorProto.FLOAT, depthwise.shape, depthwise.ravel()),
               helper.make_tensor("b", TensorProto.FLOAT, bias.shape, bias)]
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 96])

    def save(name, *nodes):
        onnx.save(helper.make_model(helper.make_graph(list(nodes), name, [image], [], tensors)), OUT / f"{name}.onnx")

    first = helper.make_node("Conv", ["images", "w", "b"], ["x"], name="Conv_0", strides=[2, 2], pads=[1] * 4, group=1)
    save("tiny", first, helper.make_node("Sigmoid", ["x"], ["y"]),
         helper.make_node("Conv", ["y", "d", "b"], ["output"], kernel_shape=[3, 3], dilations=[1, 1], pads=[1] * 4, group=4))
    save("decoded", first, helper.make_node("Exp", ["x"], ["output"]))
    save("unfolded", first, helper.make_node("BatchNormalization", ["x", "b", "b", "b", "b"], ["output"]))
    save("unstored", helper.make_node("Conv", ["images", "x", "b"], ["output"]))
    save("flat", helper.make_node("Relu", ["images"], ["output"]))
    return dict(weight=weight.ravel().tolist(), depthwise=depthwise.ravel().tolist(), bias=bias.tolist())


def end_to_end(model, processor, image):
    """Boxes and joints of the real frame."""
    folder = ROOT / "weights" / "person-nano"
    config = json.loads((folder / "config.json").read_text())
    height, width = config["input_size"]
    if config.get("input_follows_picture"):
        width, height = input_size(image, width, height)
    network = yolox.YOLOX(len(config["classes"]), 0.25, 0.33, True).eval()
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    missing, unexpected = network.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)
    padded, factor = letterbox(image, width, height)
    with torch.inference_mode():
        outputs = network(torch.from_numpy(padded.astype(np.float32))[None])[0]
    outputs = torch.cat([outputs[:, :4], outputs[:, 4:].sigmoid()], 1)
    found = detections(outputs.numpy(), width, height, factor, threshold=0.3)
    boxes = [[float(np.float32(v)) for v in detection[:4]] for detection in found]
    inputs = processor(image, boxes=[boxes], return_tensors="pt")["pixel_values"]
    pairs = torch.tensor([(i, i + 1) for i in range(1, 16, 2)])
    with torch.inference_mode():
        plain = model(inputs)
        flipped = model(inputs.flip(-1), flip_pairs=pairs)
    average = type("Outputs", (), {"heatmaps": (plain.heatmaps + flipped.heatmaps) * 0.5})

    def joints(outputs):
        return [[[*map(float, place), float(score)] for place, score in zip(person["keypoints"], person["scores"])]
                for person in processor.post_process_pose_estimation(outputs, boxes=[boxes])[0]]

    return dict(threshold=0.3, detections=found, keypoints=joints(plain), flipped=joints(average))


def official(file, image):
    """Boxes that the official nano network finds in the frame by ONNX Runtime."""
    padded, factor = letterbox(image, 416, 416)
    outputs = onnxruntime.InferenceSession(file).run(None, {"images": padded[None].astype(np.float32)})[0][0]
    return dict(threshold=0.3, detections=detections(outputs, 416, 416, factor, 0.3))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(clip, nano):
    OUT.mkdir(exist_ok=True)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", "2.5", "-i", clip, "-frames:v", "1", "-vf", "scale=480:270", OUT / "frame.png"], check=True)
    image = cv2.imread(str(OUT / "frame.png"))[..., ::-1].copy()
    folder = ROOT / "weights" / "vitpose-tiny"
    model = VitPoseForPoseEstimation.from_pretrained(folder, dtype=torch.float32).eval()
    processor = VitPoseImageProcessorPil.from_pretrained(folder)
    frame = end_to_end(model, processor, image)
    box = [float(v) for v in frame["detections"][0][:4]]
    manifest = dict(
        made_by="make_processing.py", seed=SEED,
        versions={name: importlib.metadata.version(name) for name in ("transformers", "torch", "scipy", "numpy", "opencv-python-headless", "onnx", "onnxruntime", "safetensors")},
        frame="demo.mp4 of sports2d 0.8.34 at 2.5 s, scaled to 480x270; BSD-3-Clause, Copyright 2022 perfanalytics (frame.LICENSE)",
        weights={name: digest(ROOT / "weights" / name / "model.safetensors") for name in ("vitpose-tiny", "person-nano")},
        crops=crops(), levels=normalised(), decoding=decoding(model, processor, image, box), letterboxes=letterboxes(),
        suppression=suppression(), onnx=onnx_files(), endToEnd=frame, official=official(nano, image))
    classic_crops(manifest["crops"])
    manifest["shifted"] = shifted(manifest["decoding"], np.fromfile(OUT / "heatmaps.bin", np.float32))
    manifest["sha256"] = {path.name: digest(path) for path in sorted(OUT.iterdir()) if path.name != "manifest.json"}
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
