#!/usr/bin/python3
"""Makes a ViTPose folder whose heatmaps peak at marked places of any crop, with the keypoints of a data set: a head whose joints lie where
somebody says, for tests of what comes behind it. Prints the places as JSON: `{"joint": [x, y], …}` in shares of the crop.

    make_marked.py FOLDER wholebody|ap10k

Every token has a channel of its own in its position embedding; the blocks add nothing to it, and the head takes for each joint the channel
of the token in which its place lies. So a peak is at the middle of one of 12x16 tokens. For ap10k it also draws `animal.ppm`, whose animal fills
the box [60, 30, 360, 270].
"""
import json
import math
import pathlib
import struct
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "weights/training"))
import layouts  # noqa: E402

# A standing person who faces us, and an animal that looks to the left, in shares of their box.
PERSON = {
    "nose": (0.5, 0.1), "eye": (0.53, 0.08), "ear": (0.58, 0.09), "shoulder": (0.66, 0.2), "elbow": (0.74, 0.35), "wrist": (0.76, 0.5),
    "hip": (0.6, 0.5), "knee": (0.62, 0.72), "ankle": (0.62, 0.93), "big_toe": (0.66, 0.99), "small_toe": (0.72, 0.99), "heel": (0.6, 0.96),
    "face": (0.5, 0.09), "hand": (0.78, 0.55),
}  # fmt: skip
ANIMAL = {
    "left_eye": (0.1, 0.18), "right_eye": (0.06, 0.18), "nose": (0.02, 0.28), "neck": (0.25, 0.3), "root_of_tail": (0.93, 0.35),
    "left_shoulder": (0.32, 0.45), "left_elbow": (0.32, 0.68), "left_front_paw": (0.32, 0.95), "right_shoulder": (0.26, 0.48),
    "right_elbow": (0.22, 0.7), "right_front_paw": (0.2, 0.95), "left_hip": (0.86, 0.45), "left_knee": (0.84, 0.68),
    "left_back_paw": (0.88, 0.95), "right_hip": (0.8, 0.48), "right_knee": (0.74, 0.7), "right_back_paw": (0.76, 0.95),
}  # fmt: skip


def place(name):
    if sys.argv[2] == "ap10k":
        return ANIMAL[name]
    side, _, part = name.partition("_") if name.startswith(("left_", "right_")) else ("", "", name)
    if name.startswith("face_"):
        angle, (x, y) = 2 * math.pi * int(name[5:]) / 68, PERSON["face"]
        return x + 0.1 * math.cos(angle), y + 0.07 * math.sin(angle)
    if part.startswith("hand_root") or part[:-1] in layouts.FINGERS:
        x, y = PERSON["hand"]
        y += 0.03 * (0 if part == "hand_root" else int(part[-1]))
        x += 0 if part == "hand_root" else 0.03 * (layouts.FINGERS.index(part[:-1]) - 2)
    else:
        x, y = PERSON[part]
    return (1 - x if side == "right" else x), y


def write(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        values = values.astype("<f4")
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def draw_animal(path):
    picture = np.full((330, 480, 3), (150, 190, 230), np.uint8)
    picture[285:] = (90, 140, 70)
    y, x = np.mgrid[:330, :480]

    def limb(one, other, thickness):
        (ax, ay), (bx, by) = ((60 + 360 * ANIMAL[name][0], 30 + 270 * ANIMAL[name][1]) for name in (one, other))
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
        near = (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2 < thickness**2
        picture[near] = (120, 90, 60)

    limb("neck", "root_of_tail", 38)
    limb("neck", "left_eye", 22)
    limb("left_eye", "nose", 16)
    for side in ("left", "right"):
        for joints in (("shoulder", "elbow", "front_paw"), ("hip", "knee", "back_paw")):
            limb(f"{side}_{joints[0]}", f"{side}_{joints[1]}", 13)
            limb(f"{side}_{joints[1]}", f"{side}_{joints[2]}", 9)
    path.write_bytes(b"P6 480 330 255\n" + picture.tobytes())


folder, NAMES = pathlib.Path(sys.argv[1]), layouts.LAYOUTS[sys.argv[2]].names
folder.mkdir(parents=True, exist_ok=True)
if sys.argv[2] == "ap10k":
    draw_animal(folder / "animal.ppm")
across, down, width = 12, 16, 192
config = json.loads((ROOT / "weights/vitpose-tiny/config.json").read_text())
config["backbone_config"] |= {"num_hidden_layers": 1, "out_indices": [1], "out_features": ["stage1"], "stage_names": ["stem", "stage1"]}
config["id2label"] = {str(index): name for index, name in enumerate(NAMES)}
config["edges"] = []
(folder / "config.json").write_text(json.dumps(config))
preparation = json.loads((ROOT / "weights/vitpose-tiny/preprocessor_config.json").read_text())
preparation.pop("sigma", None)  # what people's errors are for the shipped network's joints
(folder / "preprocessor_config.json").write_text(json.dumps(preparation))

positions = np.concatenate([np.zeros((1, width)), np.eye(across * down, width)])[None]
block = "backbone.encoder.layer.0."
tensors = {
    "backbone.embeddings.patch_embeddings.projection.weight": np.zeros((width, 3, 16, 16)),
    "backbone.embeddings.patch_embeddings.projection.bias": np.zeros(width),
    "backbone.embeddings.position_embeddings": positions,
    "backbone.layernorm.weight": np.full(width, 1 / math.sqrt(width - 1)),  # what makes the one number of a token 1
    "backbone.layernorm.bias": np.zeros(width),
}
for name, shape in {"attention.attention.query": (width, width), "attention.attention.key": (width, width),
                    "attention.attention.value": (width, width), "attention.output.dense": (width, width),
                    "mlp.fc1": (4 * width, width), "mlp.fc2": (width, 4 * width)}.items():  # fmt: skip
    tensors |= {f"{block}{name}.weight": np.zeros(shape), f"{block}{name}.bias": np.zeros(shape[0])}
for name in ("layernorm_before", "layernorm_after"):
    tensors |= {f"{block}{name}.weight": np.ones(width), f"{block}{name}.bias": np.zeros(width)}
head, marks = np.zeros((len(NAMES), width, 3, 3)), {}
for joint, name in enumerate(NAMES):
    # A crop is 1.25 times the box, once that has the crop's shape: the animal's is wide.
    x, y = (0.5 + 0.8 * (share - 0.5) for share in place(name))
    if sys.argv[2] == "ap10k":
        y = 0.5 + (y - 0.5) * 0.75 * 270 / 360
    column, row = min(int(x * across), across - 1), min(int(y * down), down - 1)
    head[joint, row * across + column, 1, 1] = 1
    marks[name] = (4 * column + 1.5) / (4 * across - 1), (4 * row + 1.5) / (4 * down - 1)
tensors |= {"head.conv.weight": head, "head.conv.bias": np.zeros(len(NAMES))}
write(folder / "model.safetensors", tensors)
print(json.dumps(marks))
