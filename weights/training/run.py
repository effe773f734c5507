"""What both trainings share: the order of samples, the schedule, and runs that stop and go on."""
import collections
import concurrent.futures
import os
import platform
import subprocess

import torch


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


def schedule(step, steps, warm, decay):
    """Share of the peak rate: a straight warm-up, then 1, then a straight line to 0 over the last `decay` of the run."""
    left = (steps - step) / max(1.0, steps * decay)
    return min(1.0, (step + 1) / warm, max(0.0, left))


def versions():
    """What made a checkpoint: goes into it and into the model card."""
    here = os.path.dirname(os.path.abspath(__file__))
    commit = subprocess.run(["git", "-C", here, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return dict(python=platform.python_version(), torch=str(torch.__version__), recipe=commit.stdout.strip() or "unknown")


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
