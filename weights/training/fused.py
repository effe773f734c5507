"""A ViTPose's block for training on a CPU with AVX512-BF16: fused.c does what lies between the matrix products, which are PyTorch's (AMX).

`library()` compiles it at its first use (the command `cc`) into the user's cache; where that cannot be, training goes on without it.
"""
import ctypes
import functools
import hashlib
import os
import subprocess

import torch

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fused.c")
TOKENS = 512  # at most


@functools.cache
def library():
    """The compiled functions, or none on machines that lack the instructions or a compiler."""
    try:
        with open("/proc/cpuinfo") as file, open(SOURCE, "rb") as source:
            if "avx512_bf16" not in file.read():
                return None
            name = f"fused-{hashlib.sha256(source.read()).hexdigest()[:16]}.so"
        cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "posed")
        path = os.path.join(cache, name)
        if not os.path.exists(path):
            os.makedirs(cache, exist_ok=True)
            mine = f"{path}.{os.getpid()}"
            subprocess.run(["cc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-o", mine, SOURCE], check=True, capture_output=True)
            os.replace(mine, path)
        return ctypes.CDLL(path)
    except (OSError, subprocess.CalledProcessError):
        return None


def takes(block, x):
    """Whether `run` may stand for this block's `forward` on tokens x [samples, tokens, width]."""
    tokens, width = x.shape[1:]
    fits = tokens % 16 == 0 and tokens <= TOKENS and width // block.heads % 16 == 0 and torch.get_num_threads() == 1
    return fits and not block.experts and x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and library() is not None


def call(name, *arguments):
    """A function of fused.c: tensors as pointers, None as a null pointer, whole numbers as long, others as float."""
    kinds = {int: ctypes.c_long, float: ctypes.c_float, torch.Tensor: lambda t: ctypes.c_void_p(t.data_ptr()), type(None): ctypes.c_void_p}
    getattr(library(), name)(*(kinds[torch.Tensor if isinstance(a, torch.Tensor) else type(a)](a) for a in arguments))


def half(*shape):
    return torch.empty(shape, dtype=torch.bfloat16)


class Fused(torch.autograd.Function):
    """Tokens [b, n, d] to tokens [b, n, d]; shares [2, b] is what each sample takes of the two branches."""

    @staticmethod
    def forward(ctx, x, shares, heads, norm1, norm1_bias, qkv, qkv_bias, proj, proj_bias, norm2, norm2_bias, fc1, fc1_bias, fc2, fc2_bias):
        b, n, d = x.shape
        rows, size = b * n, d // heads
        x, (qkv, proj, fc1, fc2) = x.contiguous().float(), (w.detach().bfloat16() for w in (qkv, proj, fc1, fc2))
        y1, stat1 = half(rows, d), torch.empty(rows, 2)
        call("norm", x, None, None, None, n, None, norm1, norm1_bias, y1, stat1, rows, d)
        q, k, v = (half(b * heads, n, size) for _ in range(3))
        call("split", y1 @ qkv.T, qkv_bias, size**-0.5, q, k, v, b, n, heads, size)
        attention = q @ k.mT
        call("softmax", attention, b * heads * n, n)
        attended = half(rows, d)
        call("swap", attention @ v, attended, b, heads, n, size)
        x2, y2, stat2 = torch.empty(rows, d), half(rows, d), torch.empty(rows, 2)
        call("norm", x, attended @ proj.T, proj_bias, shares[0], n, x2, norm2, norm2_bias, y2, stat2, rows, d)
        hidden = y2 @ fc1.T
        active = torch.empty_like(hidden)
        call("gelu", hidden, fc1_bias, active, *hidden.shape)
        x3 = torch.empty(b, n, d)
        call("norm", x2, active @ fc2.T, fc2_bias, shares[1], n, x3, None, None, None, None, rows, d)
        ctx.save_for_backward(x, shares, y1, stat1, q, k, v, attention, attended, x2, y2, stat2, hidden, norm1, norm2, fc1_bias, qkv, proj, fc1, fc2)
        ctx.heads = heads
        return x3

    @staticmethod
    def backward(ctx, dx3):
        x, shares, y1, stat1, q, k, v, attention, attended, x2, y2, stat2, hidden, norm1, norm2, fc1_bias, qkv, proj, fc1, fc2 = ctx.saved_tensors
        b, n, d = x.shape
        heads, rows, size, wide = ctx.heads, b * n, d // ctx.heads, hidden.shape[1]
        dx3 = dx3.contiguous().float()
        dbranch, dfc2_bias = half(rows, d), torch.zeros(d)
        call("branch_back", dx3, shares[1], n, dbranch, dfc2_bias, rows, d)
        active, dhidden, dfc1_bias = half(rows, wide), dbranch @ fc2, torch.zeros(wide)
        call("gelu_back", hidden, fc1_bias, active, dhidden, dfc1_bias, rows, wide)
        dfc2, dfc1 = dbranch.T @ active, dhidden.T @ y2
        dx2, dnorm2, dnorm2_bias, dproj_bias = torch.empty(rows, d), *torch.zeros(3, d)
        call("norm_back", dhidden @ fc1, x2, stat2, norm2, dx3, shares[0], n, dx2, dbranch, dnorm2, dnorm2_bias, dproj_bias, rows, d)
        dproj, dattended = dbranch.T @ attended, half(b * heads, n, size)
        call("swap", dbranch @ proj, dattended, b, n, heads, size)
        dattention, dv = dattended @ v.mT, attention.mT @ dattended
        call("softmax_back", attention, dattention, b * heads * n, n)
        dtogether, dqkv_bias = half(rows, 3 * d), torch.zeros(3 * d)
        call("split_back", dattention @ k, dattention.mT @ q, dv, size**-0.5, dtogether, dqkv_bias, b, n, heads, size)
        dx, dnorm1, dnorm1_bias = torch.empty(b, n, d), *torch.zeros(2, d)
        call("norm_back", dtogether @ qkv, x, stat1, norm1, dx2, None, n, dx, None, dnorm1, dnorm1_bias, None, rows, d)
        dqkv = dtogether.T @ y1
        return (
            dx, None, None, dnorm1, dnorm1_bias, dqkv.float(), dqkv_bias, dproj.float(), dproj_bias,
            dnorm2, dnorm2_bias, dfc1.float(), dfc1_bias, dfc2.float(), dfc2_bias,
        )  # fmt: skip


def run(block, x):
    """What `block.forward` says of x [b, n, d], in fp32."""
    shares = torch.ones(2, len(x))
    if block.training and block.drop_path:
        shares = (torch.rand(2, len(x)) >= block.drop_path) / (1 - block.drop_path)
    layers = (block.norm1, block.qkv, block.proj, block.norm2, block.fc1, block.fc2)
    with torch.autocast("cpu", enabled=False):
        return Fused.apply(x, shares, block.heads, *(p for layer in layers for p in (layer.weight, layer.bias)))


def measure(folder, batch):
    """Milliseconds of processor time that a sample takes forward and back, on one thread, with plain and with fused blocks."""
    import time

    import fused
    from vitpose_files import load_published

    torch.set_num_threads(1)
    model, images, compiled = load_published(folder).train(), torch.randn(batch, 3, 256, 192), library()
    for name, found in [("plain", None), ("fused", compiled)] * 2:
        fused.library = lambda: found
        for step in range(4):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                model(images).square().mean().backward()
            start = start if step else time.process_time()  # the first step only warms up
        print(f"{name}, batch {batch}: {(time.process_time() - start) / 3 / batch * 1000:.1f} ms a sample", flush=True)


if __name__ == "__main__":  # python fused.py ../vitpose-tiny 32
    import sys

    measure(sys.argv[1], int(sys.argv[2]))
