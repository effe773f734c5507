"""Trains a ViTPose on labelled crops, on a CPU or CUDA devices (README.md: "The papers' recipes").

    python train_pose.py --data pose-*.tar --init deit_tiny_patch16_224.pth --out pose.pt --size 128 96 --samples 1000000 --workers 2 --gentle 1
    python train_pose.py --data pose-*.tar --init pose.pt --out pose-256.pt --size 256 192 --samples 4000000 --device cuda --batch 512
    torchrun --nproc-per-node 4 train_pose.py ... --device cuda --batch 2048

The same command goes on where a stopped run was. The rates fall to zero at --samples, so end a run before you judge it.
Tars of several layouts train one trunk with a head each; a step's batch is of one of them, chosen by how many crops each has.
"""
import copy
import os
import time

import cv2
import torch
import torch.distributed as dist
import torch.nn.functional as F

import run
from distill import Teacher, freeze, knowledge
from muon import Muon
from pose_data import FULL, GENTLE, Augment, read_crops
from vitpose import DECODERS
from vitpose_files import start


def loss_of(heatmaps, auxiliary, target, weight, seen, taught_by=None):
    """Half the heatmaps' squared error, half the auxiliary heads' spatial cross-entropy; and the loss's parts [2], as they are.

    Heatmaps, targets and the teacher's heatmaps are [n, k, rows, columns]; weight and seen [n, k]. A teacher's squared error is added.
    """
    scale = 1000 * target[0, 0].numel() / 768
    mse = (((heatmaps.float() - target) ** 2).mean((2, 3)) * weight).sum() / weight.sum().clamp(min=1e-6) * scale
    loss, entropy = 0.5 * mse, torch.zeros(())
    if taught_by is not None:
        loss = loss + 0.5 * scale * ((heatmaps.float() - taught_by) ** 2).mean()
    if auxiliary:
        share = (target / (target.sum((2, 3), keepdim=True) + 1e-6)).flatten(2)
        taught = weight * seen
    for logits in auxiliary:
        entropy = (-(share * F.log_softmax(logits.float().flatten(2) * 4, -1)).sum(-1) * taught).sum() / taught.sum().clamp(min=1e-6)
        loss = loss + 0.5 * entropy
    return loss, torch.stack([mse.detach().cpu(), entropy.detach().cpu()])


def build(a, sets):
    """The model that the options ask for, with a head for each layout's keypoints; its auxiliary heads are half-way and at the end."""
    token = torch.load(a.token, map_location="cpu", weights_only=True)["token"] if a.token not in (None, "new") else None
    first, *others = (crops.joints.shape[1] for crops in sets)
    shape = dict(width=a.width, depth=a.depth, heads=a.heads, keypoints=first, decoder=a.decoder, others=others, part=a.experts)
    if a.token:
        shape["token"] = token.shape[2] if token is not None else a.width
    model = start(a.init, a.auxiliary or (a.depth // 2, a.depth), a.drop_path, shape)
    if token is not None:
        model.token.data.copy_(token)
    freeze(model, [*a.frozen, *(["token"] if token is not None else [])])
    return model


def parameters_by_rate(model, rate, layer_decay, weight_decay, muon):
    """AdamW's groups: deeper layers learn faster (a trained trunk keeps its early features); norms and biases do not decay."""
    groups, matrices, depth = {}, [], len(model.blocks)
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        if muon and name.startswith("blocks.") and p.ndim == 2 and ".experts." not in name:
            matrices.append(p)
            continue
        layer = int(name.split(".")[1]) + 1 if name.startswith("blocks.") else 0 if name.startswith(("patch", "position")) else depth + 1
        decay = weight_decay if p.ndim > 1 and name not in ("position", "token") else 0.0
        groups.setdefault((layer, decay), []).append(p)
    return matrices, [
        dict(params=ps, weight_decay=decay, peak=rate * layer_decay ** (depth + 1 - layer), lr=0.0)
        for (layer, decay), ps in groups.items()
    ]


def train(rank, a, sets):
    torch.set_num_threads(a.threads)
    a.device = run.meet(a, rank)
    height, width = a.size
    augments = [Augment(crops, height, width, a.device) for crops in sets]
    torch.manual_seed(a.seed)
    model = build(a, sets).to(a.device).train()
    teacher = Teacher(a.teacher, a.device) if a.teacher else None
    average = run.Average(copy.deepcopy(model).eval(), a.average)
    matrices, groups = parameters_by_rate(model, a.rate, a.layer_decay, a.weight_decay, a.muon > 0)
    adam = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    muon = Muon(matrices, a.muon, a.weight_decay)
    first, history = run.resume(a, model, average, adam=adam, muon=muon)
    steps, share = a.samples // a.batch, a.batch // a.workers
    turns = run.Turns([len(crops.images) for crops in sets], steps, a.seed)

    def batch_of(step):
        number, place = turns(step)
        index = run.order(len(sets[number].images), a.batch, place, a.seed)[rank * share : (rank + 1) * share]
        strength = GENTLE if step >= steps * (1 - a.gentle) else FULL
        return number, *augments[number](index, (a.seed + 1) * 1_000_000_007 + step * 64 + rank, strength)

    def save(step):
        if rank == 0:
            state = run.checkpoint(a, step, list(a.size), history, model, average, adam=adam, muon=muon)
            run.save(a.out, dict(state, grid=list(model.grid), shape=model.shape, **knowledge(average.model)))

    started, means, rest = time.time(), None, range(first, steps)
    batches = run.ahead(batch_of, rest, 1) if a.device == "cpu" else map(batch_of, rest)
    for step, (number, batch, target, weight, seen) in zip(rest, batches):
        factor = run.schedule(step, steps, a.warm, a.decay)
        for group in adam.param_groups:
            group["lr"] = group["peak"] * factor
        torch.manual_seed(a.seed + step * 64 + rank)  # skipped branches
        model.settling = step < a.settle
        with torch.autocast(a.device.split(":")[0], dtype=torch.bfloat16):
            heatmaps, auxiliary = model(batch, with_auxiliary=True, number=number)
        loss, parts = loss_of(heatmaps, auxiliary, target, weight, seen, teacher(batch, number) if teacher else None)
        model.zero_grad(set_to_none=True)
        loss.backward()
        run.share_gradients(model, a.workers)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        adam.step()
        muon.step(factor)
        average.update(model, step)
        if number == 0:
            means = parts if means is None else 0.97 * means + 0.03 * parts
        if rank == 0 and (step + 1) % 20 == 0 and means is not None:
            speed = (step + 1 - first) * a.batch / (time.time() - started)
            print(f"samples {(step + 1) * a.batch} mse {means[0]:.3f} ce {means[1]:.3f} rate x{factor:.2f} {speed:.0f}/s {time.strftime('%H:%M')}", flush=True)
        if (step + 1) % a.keep == 0:
            save(step + 1)
    save(steps)


def main():
    parser = run.options(__doc__, batch=128, rate=1e-3, warm=60, weight_decay=0.05, average=0.999, keep=250)
    parser.add_argument("--size", type=int, nargs=2, default=(256, 192), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--layer-decay", type=float, default=0.9, help="AdamW's rate one layer down")
    parser.add_argument("--muon", type=float, default=0.008, help="Muon's rate for the matrices of the blocks; 0: AdamW")
    parser.add_argument("--gentle", type=float, default=0.5, help="last share of the run, with gentle augmentation")
    parser.add_argument("--auxiliary", type=int, nargs="*", help="after which blocks auxiliary heads look; half-way and at the end")
    parser.add_argument("--settle", type=int, default=0, help="first steps in which they learn alone: over a trained trunk new ones do harm")
    parser.add_argument("--drop-path", type=float, default=0.05)
    parser.add_argument("--workers", type=int, default=1, help="processes that share a batch (CPU; torchrun sets it itself)")
    parser.add_argument("--width", type=int, default=192, help="of a token")
    parser.add_argument("--depth", type=int, default=12, help="blocks")
    parser.add_argument("--heads", type=int, default=3, help="attention heads; they divide the width")
    parser.add_argument("--decoder", default="simple", choices=DECODERS)
    parser.add_argument("--experts", type=int, default=0, help="features of each block's last matrix that every layout has for itself (ViTPose+)")
    parser.add_argument("--frozen", nargs="*", default=[], choices=("patch", "attention", "ffn", "trunk", "heads"))
    parser.add_argument("--teacher", help="a checkpoint or exported folder whose heatmaps are taught beside the labels")
    parser.add_argument("--token", help="'new': learn a knowledge token; else the checkpoint whose token is shown, and stays as it is")
    a = parser.parse_args()
    if a.width % a.heads:
        raise SystemExit(f"{a.heads} heads do not divide a width of {a.width}")
    # The 1.25x box covers 1.25/1.6 of a stored crop: keep a tenth more than the network can see.
    height = min(288, round(288 * a.size[0] / 256 * 1.1))
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    sets = read_crops(a.data, height, round(height * 3 / 4))
    for crops in sets:
        print(f"{len(crops.images)} crops of {crops.layout}, {crops.images.shape[2]}x{crops.images.shape[1]}", flush=True)
        if len(crops.images) < a.batch:
            raise SystemExit(f"{len(crops.images)} crops of {crops.layout} do not fill a batch of {a.batch}: make --batch smaller")
    run.spread(train, a, sets)


if __name__ == "__main__":
    main()
