"""Makes Tests/Fixtures/quick_start: what the quick start of ViTPose in transformers' documents finds in a picture, RT-DETR and then ViTPose,
with the small networks of make_detectors.py and make_networks.py.

    pip install torch==2.13.0 transformers==5.24.0 safetensors numpy==2.4.6 pillow==13.0.0
    python make_quick_start.py
    python make_quick_start.py --published DIR POSED    # not a fixture: the same with the published shapes and random weights (600 MB),
                                                        # and how far `POSED process` is from it

With random weights every query's score is by chance, so the threshold is one that some of them pass, far from the next score.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.modules["torchvision"] = None  # as in make_networks.py

import numpy as np
import PIL.Image
import torch
from transformers import RTDetrForObjectDetection, VitPoseForPoseEstimation
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil
from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil

import make_detectors
import make_networks
from make_networks import write_manifest

OUT = pathlib.Path(__file__).parent / "quick_start"
PICTURE = pathlib.Path(__file__).parent / "processing/frame.png"


def quick_start(picture, detector, detector_processor, pose, pose_processor, people=5):
    """Persons with the box `[x, y, width, height]`, its score, and `[x, y, score]` for every keypoint, and the threshold."""
    inputs = detector_processor(images=picture, return_tensors="pt")
    with torch.inference_mode():
        outputs = detector(**inputs)
    sizes = [(picture.height, picture.width)]
    every = detector_processor.post_process_object_detection(outputs, target_sizes=sizes, threshold=0)[0]
    scores = every["scores"][every["labels"] == 0].sort(descending=True).values
    # The widest gap behind some of the best.
    place = people // 2 + int((scores[:-1] - scores[1:])[people // 2 : 2 * people].argmax())
    threshold = float((scores[place] + scores[place + 1]) / 2)
    found = detector_processor.post_process_object_detection(outputs, target_sizes=sizes, threshold=threshold)[0]
    boxes = found["boxes"][found["labels"] == 0].numpy()
    boxes[:, 2:] -= boxes[:, :2]
    inputs = pose_processor(picture, boxes=[boxes], return_tensors="pt")
    with torch.inference_mode():
        outputs = pose(**inputs)
    poses = pose_processor.post_process_pose_estimation(outputs, boxes=[boxes])[0]
    return threshold, [
        dict(box=box.tolist(), score=float(score), keypoints=torch.cat([person["keypoints"], person["scores"][:, None]], 1).tolist())
        for box, score, person in zip(boxes, found["scores"][found["labels"] == 0], poses)
    ]


def small():
    picture = PIL.Image.open(PICTURE).convert("RGB")
    with tempfile.TemporaryDirectory() as folder:
        shape = dict(
            encoder_hidden_dim=16, encoder_ffn_dim=24, encoder_attention_heads=2, d_model=16, num_queries=20, decoder_ffn_dim=20,
            decoder_layers=2, decoder_attention_heads=4, hidden_expansion=0.75, decoder_offset_scale=0.4, version=2, layers="basic", stem=8,
            widths=[8, 12, 16, 24], depths=[1, 2, 1, 1])  # rtdetr_v2 of make_detectors.py
        detector = make_detectors.filled(make_detectors.rtdetr(**shape), pathlib.Path(folder))
    pose = make_networks.vitpose((64, 48), simple=True)  # vitpose_simple of make_networks.py
    make_networks.fill(pose)
    threshold, persons = quick_start(
        picture, detector, RTDetrImageProcessorPil(size=dict(height=64, width=64)), pose,
        VitPoseImageProcessorPil(size=dict(height=64, width=48)))
    return dict(detector="rtdetr_v2", pose="vitpose_simple", threshold=threshold, persons=persons)


def published(folder, posed):
    """RT-DETR R50 and ViTPose-B with the simple decoder, as `rtdetr_r50vd_coco_o365` and `vitpose-base-simple` have them."""
    detector, pose = folder / "rtdetr_r50vd_coco_o365", folder / "vitpose-base-simple"
    names = ["person"] + [f"class {index}" for index in range(1, 80)]
    make_detectors.filled(
        make_detectors.rtdetr(1, layers="bottleneck", stem=64, widths=[256, 512, 1024, 2048], depths=[3, 4, 6, 3], names=names), detector)
    RTDetrImageProcessorPil().save_pretrained(detector)
    network = make_networks.vitpose((256, 192), simple=True, width=768, heads=12, blocks=12, mlp=4, names=make_networks.LAYOUTS["coco"].names)
    make_networks.fill(network)
    network.save_pretrained(pose)
    VitPoseImageProcessorPil().save_pretrained(pose)
    threshold, persons = quick_start(
        PIL.Image.open(PICTURE).convert("RGB"), RTDetrForObjectDetection.from_pretrained(detector), RTDetrImageProcessorPil.from_pretrained(detector),
        VitPoseForPoseEstimation.from_pretrained(pose), VitPoseImageProcessorPil.from_pretrained(pose))
    out = folder / "poses.jsonl"
    subprocess.run([posed, "process", PICTURE, "--detector", detector, "--pose", pose, "--threshold", str(threshold), "--out", out], check=True,
                   stdout=subprocess.DEVNULL)
    found = json.loads(out.read_text().splitlines()[-1])["persons"]
    assert len(found) == len(persons), f"{len(found)} persons instead of {len(persons)}"
    for name, ours, theirs in [
        ("boxes, pixels", [p["bbox"] for p in found], [p["box"] for p in persons]),
        ("scores of boxes", [p["score"] for p in found], [p["score"] for p in persons]),
        ("keypoints, pixels", [[k[:2] for k in p["kp"]] for p in found], [[k[:2] for k in p["keypoints"]] for p in persons]),
        ("scores of keypoints", [[k[2] for k in p["kp"]] for p in found], [[k[2] for k in p["keypoints"]] for p in persons]),
    ]:
        difference = np.abs(np.array(ours) - np.array(theirs))
        print(f"{len(persons)} persons, {name}: largest difference {difference.max():.5f}, median {np.median(difference):.5f}")
        # Heatmaps of random weights have several tops as high as each other.
        print(f"    beyond 0.02: {int((difference > 0.02).sum())} of {difference.size}, of which the largest lies between "
              f"{np.array(ours).flat[difference.argmax()]:.4f} and {np.array(theirs).flat[difference.argmax()]:.4f}")


def main(arguments):
    if arguments[:1] == ["--published"]:
        return published(pathlib.Path(arguments[1]), arguments[2])
    OUT.mkdir(exist_ok=True)
    write_manifest(OUT, "make_quick_start.py", ("transformers", "torch", "numpy", "safetensors", "pillow"), **small())


if __name__ == "__main__":
    main(sys.argv[1:])
