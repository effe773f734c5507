"""The keypoints of public data sets: how many, in which order, and which change places in a mirror.

`LAYOUTS[name].mirror` holds K indices: a mirrored person's joint k is the old joint mirror[k].
"""
from typing import NamedTuple


class Layout(NamedTuple):
    """The names of K keypoints in the order of the annotation files, and the index of each one's mirror image."""

    names: tuple
    mirror: tuple


def layout(text, mirror=None):
    """A layout from names, where `left_` and `right_` say what a mirror does unless `mirror` does."""
    names = tuple(text.split())
    swap = lambda n: n.replace("left_", "*").replace("right_", "left_").replace("*", "right_")
    return Layout(names, tuple(mirror or [names.index(swap(n)) for n in names]))


COCO = layout(
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow "
    "left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
)
FEET = layout("left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel")

# The 68 landmarks of a face: jaw, brows, nose, eyes, lips (300W's order).
FACE = [
    *range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), *(45, 44, 43, 42, 47, 46), *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *(67, 66, 65),
]  # fmt: skip

FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")  # mmpose's names: the data set has numbers


def whole_body():
    """The 133 keypoints of COCO-WholeBody: body, feet, face, left hand, right hand."""
    names = [*COCO.names, *FEET.names, *(f"face_{k}" for k in range(68))]
    for side in ("left", "right"):
        names += [f"{side}_hand_root", *(f"{side}_{finger}{k}" for finger in FINGERS for k in range(1, 5))]
    mirror = [*COCO.mirror, *(17 + k for k in FEET.mirror), *(23 + k for k in FACE), *range(112, 133), *range(91, 112)]
    return Layout(tuple(names), tuple(mirror))


ANIMAL = layout(
    "left_eye right_eye nose neck root_of_tail left_shoulder left_elbow left_front_paw right_shoulder right_elbow right_front_paw "
    "left_hip left_knee left_back_paw right_hip right_knee right_back_paw"
)

LAYOUTS = dict(
    coco=COCO,
    crowdpose=layout(
        "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee "
        "left_ankle right_ankle head neck"
    ),
    mpii=layout(
        "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
        "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist"
    ),
    aic=layout(
        "right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee right_ankle "
        "left_hip left_knee left_ankle head_top neck"
    ),
    ap10k=ANIMAL,
    apt36k=ANIMAL,
    wholebody=whole_body(),
    halpe26=layout(
        f"{' '.join(COCO.names)} head neck hip left_big_toe right_big_toe left_small_toe right_small_toe left_heel right_heel"
    ),
)
