"""Trains the person detector (YOLOX-nano, one class) on pictures with scored boxes, on a CPU or a CUDA device.

    python train_person.py --data detect-*.tar --init yolox_nano.onnx --out person.pt --size 352 --samples 60000
    python train_person.py --data detect-*.tar --init person.pt --out person-416.pt --size 416 --samples 600000 --device cuda --batch 128

The same command goes on where a stopped run was. The rate falls to zero at --samples; mosaics are left out of the last part.
"""
import copy
import os
import time

import cv2
import torch
import torch.nn as nn
from safetensors.torch import load_file

import run
from person_data import SURE, Augment, read_pictures
from simota import Loss
from yolox import YOLOX, calibrate, load_official


def build(init, images):
    """A model filled from a checkpoint of this script, an exported folder or the official ONNX file; else at random."""
    model = YOLOX(classes=1)
    if init and os.path.isdir(init):
        model.load_state_dict({k: v.float() for k, v in load_file(f"{init}/model.safetensors").items()}, strict=False)
    elif init and init.endswith(".onnx"):
        load_official(model, init)
        calibrate(model, images())
    elif init:
        model.load_state_dict(torch.load(init, map_location="cpu", weights_only=True)["model"])
    return model


def settle(model, frozen, keep_norms):
    """Training mode, but for the trunk's first stages and, where a trained network goes on, the norms' statistics.

    Those of a few pictures at a time are so noisy that they undo a transfer within some hundred steps.
    """
    model.train()
    trunk = model.backbone.backbone
    for stage in (trunk.stem, trunk.dark2, trunk.dark3, trunk.dark4, trunk.dark5)[:frozen]:
        stage.eval().requires_grad_(False)
    for module in model.modules():
        if keep_norms and isinstance(module, nn.BatchNorm2d):
            module.eval()
    return [p for p in model.parameters() if p.requires_grad]


def train(a):
    pictures, boxes = read_pictures(a.data)
    people = sum(int((b[:, 4] >= SURE).sum()) for b in boxes)
    print(f"{len(pictures)} pictures, {people} people", flush=True)
    augment = Augment(pictures, boxes, a.size)
    as_tensor = lambda images: images.to(a.device).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
    torch.manual_seed(a.seed)
    calibration = lambda: as_tensor(augment(run.order(len(pictures), min(256, len(pictures)), 0, a.seed + 1), a.seed, 0.0)[0]).cpu()
    model = build(a.init if not os.path.exists(a.out) else None, calibration)
    model = model.to(a.device, memory_format=torch.channels_last)
    learning = settle(model, a.frozen, a.keep_norms)
    average = run.Average(copy.deepcopy(model).eval(), a.average)
    groups = [
        dict(params=[p for p in learning if p.ndim > 1], weight_decay=a.weight_decay),
        dict(params=[p for p in learning if p.ndim <= 1], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, lr=a.rate, betas=(0.9, 0.99))
    first, history = run.resume(a, model, average, adam=optimizer)
    steps, loss_of = a.samples // a.batch, Loss(a.size, a.device)

    def batch_of(step):
        mosaic = a.mosaic if step < steps * 0.8 else 0.0
        return augment(run.order(len(pictures), a.batch, step, a.seed), (a.seed, step), mosaic)

    def save(step):
        run.save(a.out, run.checkpoint(a, step, a.size, history, model, average, adam=optimizer))

    started, means, rest = time.time(), None, range(first, steps)
    for step, (images, labels) in zip(rest, run.ahead(batch_of, rest, a.loaders)):
        factor = run.schedule(step, steps, a.warm, a.decay)
        for group in optimizer.param_groups:
            group["lr"] = a.rate * factor
        with torch.autocast(a.device, dtype=torch.bfloat16, enabled=a.device == "cuda"):  # slower on a CPU
            outputs = model(as_tensor(images))
        loss, parts = loss_of(outputs.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 10.0)
        optimizer.step()
        average.update(model, step)
        means = parts if means is None else 0.97 * means + 0.03 * parts
        if (step + 1) % 25 == 0:
            speed = (step + 1 - first) * a.batch / (time.time() - started)
            said = " ".join(f"{n} {v:.3f}" for n, v in zip(("object", "box", "class"), means))
            print(f"samples {(step + 1) * a.batch} {said} rate x{factor:.2f} {speed:.1f}/s {time.strftime('%H:%M')}", flush=True)
        if (step + 1) % a.keep == 0:
            save(step + 1)
    save(steps)


def main():
    parser = run.options(__doc__, batch=32, rate=5e-4, warm=40, weight_decay=0.02, average=0.998, keep=100)
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--frozen", type=int, default=0, help="stages of the trunk that do not learn: 0 to 5")
    parser.add_argument("--keep-norms", action="store_true", help="keep the norms' statistics: for a trained network and small batches")
    parser.add_argument("--mosaic", type=float, default=0.4)
    parser.add_argument("--loaders", type=int, default=1, help="threads that prepare pictures")
    a = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(a.threads)
    train(a)


if __name__ == "__main__":
    main()
