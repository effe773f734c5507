"""Trains ViTPose-Tiny (192 wide, 12 deep) on labelled crops, on a CPU or a CUDA device.

    python train_pose.py --data pose-*.tar --init deit_tiny_patch16_224.pth --out pose.pt --size 128 96 --samples 1000000 --workers 2 --gentle 1
    python train_pose.py --data pose-*.tar --init pose.pt --out pose-256.pt --size 256 192 --samples 4000000 --device cuda --batch 512

The same command goes on where a stopped run was. The rates fall to zero at --samples, so end a run before you judge it.
"""
import copy
import os
import time

import cv2
import torch
import torch.distributed as dist
import torch.nn.functional as F

import run
from muon import Muon
from pose_data import FULL, GENTLE, Augment, read_crops
from vitpose import ViTPose, load_deit, load_published

AUXILIARY = (6, 12)


def loss_of(heatmaps, auxiliary, target, weight, seen):
    """Half the heatmaps' squared error, half the auxiliary heads' spatial cross-entropy."""
    mse = (((heatmaps.float() - target) ** 2).mean((2, 3)) * weight).sum() / weight.sum() * 1000 * (target[0, 0].numel() / 768)
    share = (target / (target.sum((2, 3), keepdim=True) + 1e-6)).flatten(2)
    taught, entropy = weight * seen, []
    for logits in auxiliary:
        entropy.append((-(share * F.log_softmax(logits.float().flatten(2) * 4, -1)).sum(-1) * taught).sum() / taught.sum())
    return 0.5 * mse + 0.5 * sum(entropy), torch.stack([mse, entropy[-1]]).detach()


def build(init, drop_path):
    """A model filled from a checkpoint of this script, an exported folder or a DeiT checkpoint; else at random."""
    model = ViTPose(drop_path=drop_path, auxiliary=AUXILIARY)
    if init and os.path.isdir(init):
        load_published(model, init)
    elif init and "deit" in os.path.basename(init):
        load_deit(model, init)
    elif init:
        saved = torch.load(init, map_location="cpu", weights_only=True)
        model = ViTPose(drop_path=drop_path, auxiliary=AUXILIARY, grid=saved["grid"])
        model.load_state_dict(saved["model"])
    return model


def parameters_by_rate(model, rate, layer_decay, weight_decay, muon):
    """AdamW's groups: deeper layers learn faster (a trained trunk keeps its early features); norms and biases do not decay."""
    groups, matrices, depth = {}, [], len(model.blocks)
    for name, p in model.named_parameters():
        if muon and name.startswith("blocks.") and p.ndim == 2:
            matrices.append(p)
            continue
        layer = int(name.split(".")[1]) + 1 if name.startswith("blocks.") else 0 if name.startswith(("patch", "position")) else depth + 1
        decay = weight_decay if p.ndim > 1 and name != "position" else 0.0
        groups.setdefault((layer, decay), []).append(p)
    return matrices, [
        dict(params=ps, weight_decay=decay, peak=rate * layer_decay ** (depth + 1 - layer), lr=0.0)
        for (layer, decay), ps in groups.items()
    ]


def train(rank, a, images, joints):
    torch.set_num_threads(a.threads)
    height, width = a.size
    if a.workers > 1:
        dist.init_process_group("gloo", init_method=f"file://{os.path.abspath(a.out)}.meet", rank=rank, world_size=a.workers)
    augment = Augment(images, joints, height, width, a.device)
    torch.manual_seed(a.seed)
    model = build(a.init, a.drop_path).to(a.device).train()
    average = run.Average(copy.deepcopy(model).eval(), a.average)
    matrices, groups = parameters_by_rate(model, a.rate, a.layer_decay, a.weight_decay, a.muon > 0)
    adam = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    muon = Muon(matrices, a.muon, a.weight_decay)
    first, history = run.resume(a, model, average, adam=adam, muon=muon)
    steps, share = a.samples // a.batch, a.batch // a.workers

    def batch_of(step):
        index = run.order(len(images), a.batch, step, a.seed)[rank * share : (rank + 1) * share]
        strength = GENTLE if step >= steps * (1 - a.gentle) else FULL
        return augment(index, (a.seed + 1) * 1_000_000_007 + step * 64 + rank, strength)

    def save(step):
        if rank == 0:
            state = run.checkpoint(a, step, list(a.size), history, model, average, adam=adam, muon=muon)
            run.save(a.out, dict(state, grid=list(model.grid)))

    started, means, rest = time.time(), None, range(first, steps)
    batches = run.ahead(batch_of, rest, 1) if a.device == "cpu" else map(batch_of, rest)
    for step, (batch, target, weight, seen) in zip(rest, batches):
        factor = run.schedule(step, steps, a.warm, a.decay)
        for group in adam.param_groups:
            group["lr"] = group["peak"] * factor
        torch.manual_seed(a.seed + step * 64 + rank)  # skipped branches
        with torch.autocast(a.device, dtype=torch.bfloat16):
            heatmaps, auxiliary = model(batch, with_auxiliary=True)
        loss, parts = loss_of(heatmaps, auxiliary, target, weight, seen)
        model.zero_grad(set_to_none=True)
        loss.backward()
        if a.workers > 1:
            flat = torch.cat([p.grad.flatten() for p in model.parameters()])
            dist.all_reduce(flat)
            flat.div_(a.workers)
            for p, g in zip(model.parameters(), flat.split([p.numel() for p in model.parameters()])):
                p.grad = g.view_as(p)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        adam.step()
        muon.step(factor)
        average.update(model, step)
        means = parts if means is None else 0.97 * means + 0.03 * parts
        if rank == 0 and (step + 1) % 20 == 0:
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
    parser.add_argument("--drop-path", type=float, default=0.05)
    parser.add_argument("--workers", type=int, default=1, help="processes that share a batch (CPU)")
    a = parser.parse_args()
    # The 1.25x box covers 1.25/1.6 of a stored crop: keep a tenth more than the network can see.
    height = min(288, round(288 * a.size[0] / 256 * 1.1))
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    images, joints = read_crops(a.data, height, round(height * 3 / 4))
    print(f"{len(images)} crops of {images.shape[2]}x{images.shape[1]}", flush=True)
    if a.workers == 1:
        return train(0, a, images, joints)
    if os.path.exists(f"{a.out}.meet"):
        os.remove(f"{a.out}.meet")
    torch.multiprocessing.start_processes(train, (a, images, joints), a.workers, start_method="fork")


if __name__ == "__main__":
    main()
