"""Trains the person detector (YOLOX-nano, one class) on pictures with scored boxes, on a CPU or a CUDA device.

    python train_person.py --data detect-*.tar --init yolox_nano.onnx --out person.pt --size 352 --samples 60000
    python train_person.py --data detect-*.tar --init person.pt --out person-416.pt --size 416 --samples 600000 --device cuda --batch 128

The same command goes on where a stopped run was. The rate falls to zero at --samples; mosaics are left out of the last part.
"""
import argparse
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


def train(a):
    pictures, boxes = read_pictures(a.data)
    people = sum(int((b[:, 4] >= SURE).sum()) for b in boxes)
    print(f"{len(pictures)} pictures, {people} people", flush=True)
    augment = Augment(pictures, boxes, a.size)
    as_tensor = lambda images: images.to(a.device).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
    torch.manual_seed(a.seed)
    calibration = lambda: as_tensor(augment(run.order(len(pictures), min(256, len(pictures)), 0, a.seed + 1), a.seed, 0.0)[0]).cpu()
    model = build(a.init if not os.path.exists(a.out) else None, calibration)
    model = model.to(a.device, memory_format=torch.channels_last).train()
    average = run.Average(copy.deepcopy(model).eval(), a.average)
    groups = [
        dict(params=[p for p in model.parameters() if p.ndim > 1], weight_decay=a.weight_decay),
        dict(params=[p for p in model.parameters() if p.ndim <= 1], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, lr=a.rate, betas=(0.9, 0.99))
    first, history = 0, []
    if os.path.exists(a.out):
        saved = torch.load(a.out, map_location=a.device, weights_only=True)
        model.load_state_dict(saved["raw"])
        average.model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["adam"])
        first, history = saved["step"], saved["history"][:-1]
    elif a.init and a.init.endswith(".pt"):
        history = torch.load(a.init, map_location="cpu", weights_only=True)["history"]
    steps, loss_of = a.samples // a.batch, Loss(a.size, a.device)

    def batch_of(step):
        mosaic = a.mosaic if step < steps * 0.8 else 0.0
        return augment(run.order(len(pictures), a.batch, step, a.seed), (a.seed, step), mosaic)

    def save(step):
        now = dict(size=a.size, samples=step * a.batch, seed=a.seed, init=os.path.basename(a.init or ""), **run.versions())
        state = dict(model=average.model.state_dict(), raw=model.state_dict(), adam=optimizer.state_dict(), step=step)
        run.save(a.out, dict(state, size=a.size, options=vars(a), history=[*history, now]))

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
        nn.utils.clip_grad_norm_(model.parameters(), 10.0)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--init", help="a checkpoint of this script, an exported folder, or the official yolox_nano.onnx")
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--decay", type=float, default=1.0, help="share of the run over which the rate falls to zero")
    parser.add_argument("--warm", type=int, default=40, help="steps of warm-up")
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--mosaic", type=float, default=0.4)
    parser.add_argument("--average", type=float, default=0.998)
    parser.add_argument("--keep", type=int, default=100, help="steps between checkpoints")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--loaders", type=int, default=1, help="threads that prepare pictures")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(a.threads)
    train(a)


if __name__ == "__main__":
    main()
