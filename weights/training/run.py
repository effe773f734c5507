"""What both trainings share: options, the order of samples, the schedule, and runs that stop and go on."""
import argparse
import collections
import concurrent.futures
import os
import platform
import subprocess

import torch
import torch.distributed as dist


def options(description, **defaults):
    """A parser with the options of both trainings; `defaults` holds those that differ."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--init", help="a checkpoint of this script, an exported folder, or a public start (README.md)")
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float, help="AdamW's, at the heads")
    parser.add_argument("--decay", type=float, default=1.0, help="share of the run over which the rates fall to zero")
    parser.add_argument("--warm", type=int, help="steps of warm-up")
    parser.add_argument("--weight-decay", type=float)
    parser.add_argument("--average", type=float)
    parser.add_argument("--keep", type=int, help="steps between checkpoints")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--threads", type=int, default=1, help="threads of each process")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(**defaults)
    return parser


def order(count, batch, step, seed):
    """Indices of a batch; every epoch is its own permutation, so `step` alone says where a run stands."""
    per_epoch = count // batch
    epoch, place = divmod(step, per_epoch)
    shuffled = torch.randperm(count, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
    return shuffled[place * batch : (place + 1) * batch]


def ahead(make, steps, threads):
    """`make(step)` for every step, in order, made by threads a little ahead of their use."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        coming = collections.deque()
        for step in steps:
            coming.append(pool.submit(make, step))
            if len(coming) > 2 * threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


class Turns:
    """Whose turn each step is, of several data sets: by chance, as often as their sizes say."""

    def __init__(self, counts, steps, seed):
        drawn = torch.rand(steps, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.numbers = torch.bucketize(drawn, torch.tensor(counts[:-1], dtype=torch.float64).cumsum(0) / sum(counts))

    def __call__(self, step):
        """The number of the data set, and how many steps it has had before."""
        number = int(self.numbers[step])
        return number, int((self.numbers[:step] == number).sum())


def meet(a, rank):
    """Joins the processes that share a run, however they were started; returns this one's device."""
    if "WORLD_SIZE" in os.environ:
        local = int(os.environ["LOCAL_RANK"])
        if a.device == "cuda":
            torch.cuda.set_device(local)
        dist.init_process_group("nccl" if a.device == "cuda" else "gloo")
        return f"cuda:{local}" if a.device == "cuda" else "cpu"
    if a.workers > 1:
        dist.init_process_group("gloo", init_method=f"file://{os.path.abspath(a.out)}.meet", rank=rank, world_size=a.workers)
    return a.device


def spread(train, a, *data):
    """Runs `train(rank, a, *data)` in this process, in `a.workers` of them, or as one of torchrun's."""
    if "WORLD_SIZE" in os.environ:
        a.workers = int(os.environ["WORLD_SIZE"])
    if a.batch % a.workers:
        raise SystemExit(f"{a.workers} processes cannot share a batch of {a.batch}: choose a multiple")
    if "WORLD_SIZE" in os.environ or a.workers == 1:
        return train(int(os.environ.get("RANK", 0)), a, *data)
    if os.path.exists(f"{a.out}.meet"):
        os.remove(f"{a.out}.meet")
    torch.multiprocessing.start_processes(train, (a, *data), a.workers, start_method="fork")


def share_gradients(model, workers):
    """Gives every process the mean of all gradients; all of them had the same parameters at work."""
    if workers == 1:
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat.div_(workers)
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients])):
        gradient.copy_(mean.view_as(gradient))


def schedule(step, steps, warm, decay):
    """Share of the peak rate: a straight warm-up, then 1, then a straight line to 0 over the last `decay` of the run."""
    left = (steps - step) / max(1.0, steps * decay)
    return min(1.0, (step + 1) / warm, max(0.0, left))


def versions():
    """What made a checkpoint: goes into it and into the model card."""
    here = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(["git", "-C", here, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return dict(python=platform.python_version(), torch=str(torch.__version__), recipe=commit.stdout.strip() or "unknown")


def resume(a, model, average, **optimizers):
    """Goes on where `a.out` stopped, if there is one: the step, and the runs before this one."""
    if os.path.exists(a.out):
        saved = torch.load(a.out, map_location=a.device, weights_only=True)
        model.load_state_dict(saved["raw"])
        average.model.load_state_dict(saved.get("whole", saved["model"]))
        for name, optimizer in optimizers.items():
            optimizer.load_state_dict(saved[name])
        return saved["step"], saved["history"][:-1]
    if a.init and a.init.endswith(".pt"):
        return 0, torch.load(a.init, map_location="cpu", weights_only=True)["history"]
    return 0, []


def checkpoint(a, step, size, history, model, average, **optimizers):
    """All that `resume` needs, and what the model card says."""
    now = dict(size=size, samples=step * a.batch, seed=a.seed, init=os.path.basename(a.init or ""), **versions())
    state = dict(model=average.model.state_dict(), raw=model.state_dict(), step=step, size=size)
    state |= {name: optimizer.state_dict() for name, optimizer in optimizers.items()}
    return dict(state, options=vars(a), history=[*history, now])


def save(path, state):
    """Writes whole or not at all: a run may be stopped at any time."""
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)


class Average:
    """Exponential moving average of a model's parameters and buffers."""

    def __init__(self, model, keep):
        self.model, self.keep = model, keep

    @torch.no_grad()
    def update(self, model, step):
        share = 1 - min(self.keep, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), share)
        for kept, now in zip(self.model.buffers(), model.buffers()):
            kept.lerp_(now, share) if kept.is_floating_point() else kept.copy_(now)
