"""Makes Tests/Fixtures/kernels: what PyTorch computes for every operation of Sources/Kernels, on odd sizes.

    pip install torch==2.13.0 numpy==2.4.6 safetensors
    python make_kernels.py

Feature maps are in PyTorch's order (channels first). Everything is computed in double precision and rounded once.
"""

import hashlib
import importlib.metadata
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parent / "kernels"
SEED = 3
generator = torch.Generator().manual_seed(SEED)
tensors = {}


def numbers(*shape, scale=1.0):
    """Random numbers that fp32 holds exactly."""
    return (torch.randn(*shape, generator=generator) * scale).float().double()


def keep(case, **values):
    for name, value in values.items():
        tensors[f"{case}.{name}"] = value.float().contiguous()


def linear():
    cases = []
    for rows, inputs, outputs in [(13, 37, 29), (1, 5, 1), (25, 8, 33), (3, 1601, 5)]:
        x, weight, bias = numbers(rows, inputs), numbers(outputs, inputs, scale=inputs**-0.5), numbers(outputs)
        y = F.linear(x, weight, bias)
        keep(f"linear.{len(cases)}", x=x, weight=weight, bias=bias, y=y, gelu=F.gelu(y))
        cases.append(dict(rows=rows, inputs=inputs, outputs=outputs))
    return cases


def rows():
    x, gain, bias = numbers(5, 37, scale=3) + 1, numbers(37), numbers(37)
    keep("norm", x=x, gain=gain, bias=bias, y=F.layer_norm(x, (37,), gain, bias, 1e-6))
    points = torch.linspace(-12, 12, 1203).float().double()
    keep("activation", x=points, relu=F.relu(points), gelu=F.gelu(points), silu=F.silu(points), sigmoid=points.sigmoid())


def attention():
    cases = []
    for batch, tokens, heads, depth in [(2, 13, 3, 7), (1, 29, 2, 24), (1, 1, 1, 4), (1, 50, 2, 3)]:
        q, k, v = (numbers(batch, tokens, heads * depth) for _ in range(3))
        split = lambda t: t.reshape(batch, tokens, heads, depth).transpose(1, 2)
        scores = (split(q) @ split(k).transpose(2, 3)) * depth**-0.5
        y = (scores.softmax(-1) @ split(v)).transpose(1, 2)
        keep(f"attention.{len(cases)}", x=torch.cat([q, k, v], -1).reshape(-1, 3 * heads * depth),
             y=y.reshape(-1, heads * depth))
        cases.append(dict(batch=batch, tokens=tokens, heads=heads, depth=depth))
    return cases


def convolution():
    cases = []
    for inputs, outputs, kernel, stride, padding, groups, height, width in [
        (5, 7, 1, 1, 0, 1, 6, 9),
        (5, 7, 3, 1, 1, 1, 9, 7),
        (4, 6, 3, 2, 1, 2, 8, 11),
        (19, 19, 3, 1, 1, 19, 7, 9),
        (19, 19, 5, 2, 2, 19, 11, 8),
        (3, 10, 6, 2, 2, 1, 12, 10),
        (3, 5, 16, 16, 2, 1, 32, 48),
        (6, 6, 3, 3, 0, 1, 10, 3),
        (18, 33, 1, 2, 0, 1, 5, 5),
        (8, 8, 3, 1, 1, 8, 1, 1),
        (3, 20, 6, 2, 2, 1, 5, 106),
        (5, 9, 3, 1, 1, 1, 3, 60),
    ]:
        x = numbers(2, inputs, height, width)
        weight = numbers(outputs, inputs // groups, kernel, kernel, scale=(inputs // groups) ** -0.5 / kernel)
        bias = numbers(outputs)
        y = F.conv2d(x, weight, bias, stride, padding, 1, groups)
        keep(f"convolution.{len(cases)}", x=x, weight=weight, bias=bias, y=y, silu=F.silu(y))
        cases.append(dict(inputs=inputs, outputs=outputs, kernel=kernel, stride=stride, padding=padding, groups=groups,
                          height=height, width=width))
    return cases


def deconvolution():
    cases = []
    for inputs, outputs, kernel, stride, padding, height, width in [
        (5, 6, 4, 2, 1, 5, 3),
        (5, 6, 3, 2, 1, 4, 5),
        (4, 3, 2, 2, 0, 3, 3),
        (4, 5, 3, 1, 1, 6, 4),
        (2, 17, 5, 3, 2, 3, 2),
    ]:
        x, weight, bias = numbers(2, inputs, height, width), numbers(inputs, outputs, kernel, kernel), numbers(outputs)
        keep(f"deconvolution.{len(cases)}", x=x, weight=weight, bias=bias,
             y=F.conv_transpose2d(x, weight, bias, stride, padding).relu())
        cases.append(dict(inputs=inputs, outputs=outputs, kernel=kernel, stride=stride, padding=padding, height=height,
                          width=width))
    return cases


def batch_norm():
    mean, variance, gain, bias = numbers(7), numbers(7).abs() + 0.1, numbers(7), numbers(7)
    x, weight = numbers(1, 3, 5, 6), numbers(7, 3, 3, 3)
    keep("fold", x=x, weight=weight, mean=mean, variance=variance, gain=gain, bias=bias,
         y=F.batch_norm(F.conv2d(x, weight, padding=1), mean, variance, gain, bias, eps=1e-3))
    x, weight = numbers(1, 3, 2, 3), numbers(3, 7, 4, 4)
    keep("fold.transposed", x=x, weight=weight, y=F.batch_norm(
        F.conv_transpose2d(x, weight, None, 2, 1), mean, variance, gain, bias, eps=1e-3))


def enlarged():
    cases = []
    for inputs, outputs, scale, height, width in [(7, 17, 4, 4, 3), (5, 2, 2, 3, 5), (3, 1, 3, 1, 1), (2, 16, 1, 4, 2)]:
        x, weight, bias = numbers(2, inputs, height, width), numbers(outputs, inputs, 3, 3), numbers(outputs)
        larger = F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
        keep(f"enlarged.{len(cases)}", x=x, weight=weight, bias=bias, y=F.conv2d(larger, weight, bias, padding=1))
        cases.append(dict(inputs=inputs, outputs=outputs, scale=scale, height=height, width=width))
    return cases


def sampling():
    x = numbers(2, 19, 7, 6)
    keep("sampling", x=x, doubled=F.interpolate(x, scale_factor=2, mode="nearest"),
         pooled=F.max_pool2d(x, 5, 1, 2), thrice=F.max_pool2d(x, 13, 1, 6))


def main():
    OUT.mkdir(exist_ok=True)
    rows()
    batch_norm()
    sampling()
    manifest = dict(
        made_by="make_kernels.py", seed=SEED, versions={n: importlib.metadata.version(n) for n in ("torch", "safetensors")},
        linear=linear(), attention=attention(), convolution=convolution(), deconvolution=deconvolution(), enlarged=enlarged())
    save_file(tensors, OUT / "goldens.safetensors")
    manifest["sha256"] = {"goldens.safetensors": hashlib.sha256((OUT / "goldens.safetensors").read_bytes()).hexdigest()}
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
