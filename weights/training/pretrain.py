"""Pre-trains a ViTPose trunk without any labels (mae.py), on the crops of pose-*.tar; its checkpoint is an --init of train_pose.py.

    python pretrain.py --data pose-*.tar --out mae.pt --size 256 192 --samples 1000000 --workers 2

The same command goes on where a stopped run was.
"""
import copy
import time

import cv2
import torch

import run
from mae import MAE, loss_of
from pose_data import Augment, Strength, read_crops

PLAIN = Strength((0.7, 1.3), part=0.3, cut=0, turned=0, tumbled=0, covered=0, hidden=0)


def train(rank, a, sets):
    torch.set_num_threads(a.threads)
    a.device = run.meet(a, rank)
    augment = Augment(sets[0], *a.size, a.device)
    grid = [n // 16 for n in a.size]
    tokens = grid[0] * grid[1]
    shown = max(1, round(tokens * (1 - a.hidden)))
    torch.manual_seed(a.seed)
    model = MAE(dict(width=a.width, depth=a.depth, heads=a.heads), grid).to(a.device).train()
    average = run.Average(copy.deepcopy(model).eval(), a.average)
    adam = torch.optim.AdamW(
        [dict(params=[p for p in model.parameters() if p.requires_grad and (p.ndim > 1) == decays], weight_decay=a.weight_decay * decays)
         for decays in (True, False)], lr=a.rate, betas=(0.9, 0.95), fused=True,
    )  # fmt: skip
    first, history = run.resume(a, model, average, adam=adam)
    steps, share = a.samples // a.batch, a.batch // a.workers

    def batch_of(step):
        index = run.order(len(sets[0].images), a.batch, step, a.seed)[rank * share : (rank + 1) * share]
        return augment(index, (a.seed + 1) * 1_000_000_007 + step * 64 + rank, PLAIN)[0]

    def save(step):
        if rank == 0:
            state = run.checkpoint(a, step, list(a.size), history, model, average, adam=adam)
            trunk = {k[6:]: v for k, v in state["model"].items() if k.startswith("trunk.")}  # what train_pose.py starts from
            run.save(a.out, dict(state, model=trunk, whole=state["model"], grid=grid, shape=model.trunk.shape))

    started, mean, rest = time.time(), None, range(first, steps)
    batches = run.ahead(batch_of, rest, 1) if a.device == "cpu" else map(batch_of, rest)
    for step, images in zip(rest, batches):
        for group in adam.param_groups:
            group["lr"] = a.rate * run.schedule(step, steps, a.warm, a.decay)
        random = torch.Generator(device=a.device).manual_seed(a.seed + step * 64 + rank)
        order = torch.rand(len(images), tokens, generator=random, device=a.device).argsort(1)
        with torch.autocast(a.device.split(":")[0], dtype=torch.bfloat16):
            told = model(images, order, shown)
        loss = loss_of(told, images, order, shown)
        model.zero_grad(set_to_none=True)
        loss.backward()
        run.share_gradients(model, a.workers)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        adam.step()
        average.update(model, step)
        mean = loss.item() if mean is None else 0.97 * mean + 0.03 * loss.item()
        if rank == 0 and (step + 1) % 20 == 0:
            speed = (step + 1 - first) * a.batch / (time.time() - started)
            print(f"samples {(step + 1) * a.batch} error {mean:.3f} {speed:.0f}/s {time.strftime('%H:%M')}", flush=True)
        if (step + 1) % a.keep == 0:
            save(step + 1)
    save(steps)


def main():
    parser = run.options(__doc__, batch=128, rate=6e-4, warm=200, weight_decay=0.05, average=0.999, keep=250)
    parser.add_argument("--size", type=int, nargs=2, default=(256, 192), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--workers", type=int, default=1, help="processes that share a batch (CPU; torchrun sets it itself)")
    parser.add_argument("--width", type=int, default=192, help="of a token")
    parser.add_argument("--depth", type=int, default=12, help="blocks")
    parser.add_argument("--heads", type=int, default=3, help="attention heads; they divide the width")
    parser.add_argument("--hidden", type=float, default=0.75, help="share of the patches that is hidden")
    a = parser.parse_args()
    if a.init:
        raise SystemExit("pre-training starts at random: leave out --init")
    height = min(288, round(288 * a.size[0] / 256 * 1.1))
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    sets = read_crops(a.data, height, round(height * 3 / 4))
    if len(sets[0].images) < a.batch:
        raise SystemExit(f"{len(sets[0].images)} crops do not fill a batch of {a.batch}: make --batch smaller")
    run.spread(train, a, sets)


if __name__ == "__main__":
    main()
