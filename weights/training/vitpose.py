"""ViTPose (arXiv 2204.12484) with the simple decoder, as Hugging Face transformers' VitPose computes it.

`ViTPose.forward` maps images [batch, 3, height, width] (ImageNet-normalised) to heatmaps [batch, 17, height/4, width/4].
"""
import json
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file


class Block(nn.Module):
    """Pre-norm transformer block; `drop_path` skips a whole branch per sample while training."""

    def __init__(self, width, heads, drop_path):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads, self.drop_path = heads, drop_path

    def branch(self, x):
        if not self.training or self.drop_path == 0:
            return x
        keep = 1 - self.drop_path
        return x * (torch.rand(x.shape[0], 1, 1, device=x.device) < keep).to(x.dtype) / keep

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if x.is_cuda:
            attended = F.scaled_dot_product_attention(q, k, v)
        else:  # for few tokens the fused kernel's backward pass is slow on a CPU
            attended = ((q * (q.shape[-1] ** -0.5)) @ k.transpose(-2, -1)).softmax(-1).to(v.dtype) @ v
        attended = attended.transpose(1, 2).reshape(b, n, d)
        x = x + self.branch(self.proj(attended))
        return x + self.branch(self.fc2(F.gelu(self.fc1(self.norm2(x)))))


def simple_decoder(tokens, rows, columns, weight, bias):
    """Heatmaps [b, k, 4 rows, 4 columns] of tokens [b, rows * columns, d]: four times as large (bilinear), then a 3x3 convolution.

    Both are linear, so the convolution's nine taps come first, where there are few tokens; the function is the same, the time a tenth.
    """
    k, d = weight.shape[:2]
    taps = tokens @ weight.permute(1, 0, 2, 3).reshape(d, k * 9).to(tokens.dtype)
    with torch.autocast(tokens.device.type, enabled=False):
        taps = taps.float().view(-1, rows, columns, k, 3, 3).permute(0, 3, 4, 1, 5, 2)  # b, k, tap down, row, tap across, column
        wide = taps.reshape(-1, k, 3 * rows, 3 * columns) @ spread(columns, tokens.device).transpose(1, 2).reshape(3, columns, -1).flatten(0, 1)
        return spread(rows, tokens.device).transpose(0, 1).flatten(1) @ wide + bias.float().view(k, 1, 1)


def spread(n, device):
    """Per tap of a 3-wide convolution over 4n places: the matrix [3, 4n, n] that makes them from n places (bilinear; zero outside)."""
    enlarged = F.interpolate(torch.eye(n, device=device)[None], scale_factor=4, mode="linear", align_corners=False)[0].T
    padded = F.pad(enlarged, (0, 0, 1, 1))
    return torch.stack([padded[tap : tap + 4 * n] for tap in range(3)])


class ViTPose(nn.Module):
    """`grid` is the patch grid that the stored positions belong to; other input sizes interpolate them."""

    def __init__(self, width=192, depth=12, heads=3, keypoints=17, grid=(16, 12), drop_path=0.0, auxiliary=()):
        super().__init__()
        self.grid, self.auxiliary_layers = tuple(grid), tuple(auxiliary)
        self.patch = nn.Conv2d(3, width, 16, 16, padding=2)
        self.position = nn.Parameter(torch.randn(1, grid[0] * grid[1], width) * 0.02)
        self.blocks = nn.ModuleList([Block(width, heads, drop_path * i / max(1, depth - 1)) for i in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.head = nn.Conv2d(width, keypoints, 3, 1, 1)
        # Each token classifies where in its own 4x4 patch of the heatmap a joint lies; used while training only.
        self.auxiliary = nn.ModuleList(
            [nn.Sequential(nn.LayerNorm(width), nn.Linear(width, keypoints * 16)) for _ in self.auxiliary_layers]
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        for block in self.blocks:
            block.proj.weight.data /= math.sqrt(2 * depth)
            block.fc2.weight.data /= math.sqrt(2 * depth)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        for head in self.auxiliary:
            nn.init.normal_(head[1].weight, std=0.02)

    def forward(self, images, with_auxiliary=False):
        x = self.patch(images)
        rows, columns = x.shape[2:]
        x, outputs = x.flatten(2).transpose(1, 2) + self.positions(rows, columns), []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if with_auxiliary and i + 1 in self.auxiliary_layers:
                y = self.auxiliary[self.auxiliary_layers.index(i + 1)](x)
                y = y.view(-1, rows, columns, self.head.out_channels, 4, 4).permute(0, 3, 1, 4, 2, 5)
                outputs.append(y.reshape(-1, self.head.out_channels, rows * 4, columns * 4))
        heatmaps = simple_decoder(F.relu(self.norm(x)), rows, columns, self.head.weight, self.head.bias)
        return (heatmaps, outputs) if with_auxiliary else heatmaps

    def positions(self, rows, columns):
        if (rows, columns) == self.grid:
            return self.position
        square = self.position.transpose(1, 2).reshape(1, -1, *self.grid)
        return F.interpolate(square, size=(rows, columns), mode="bilinear", align_corners=False).flatten(2).transpose(1, 2)

    def regrid(self, rows, columns):
        """Makes the interpolated positions of another grid the stored ones."""
        self.position = nn.Parameter(self.positions(rows, columns).detach().clone())
        self.grid = (rows, columns)


DEIT = dict(norm1="norm1", norm2="norm2", qkv="attn.qkv", proj="attn.proj", fc1="mlp.fc1", fc2="mlp.fc2")


def load_deit(model, path):
    """Fills the trunk from a DeiT checkpoint (arXiv 2012.12877) with timm's names; the class token is left out."""
    theirs = torch.load(path, map_location="cpu", weights_only=True)["model"]
    ours = {}
    for kind in ("weight", "bias"):
        ours[f"patch.{kind}"], ours[f"norm.{kind}"] = theirs[f"patch_embed.proj.{kind}"], theirs[f"norm.{kind}"]
        for i in range(len(model.blocks)):
            for short, long in DEIT.items():
                ours[f"blocks.{i}.{short}.{kind}"] = theirs[f"blocks.{i}.{long}.{kind}"]
    square = theirs["pos_embed"][:, 1:].transpose(1, 2).reshape(1, -1, 14, 14)
    ours["position"] = F.interpolate(square, size=model.grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)
    fill(model, ours)


RENAMED = dict(
    norm1="layernorm_before", norm2="layernorm_after", proj="attention.output.dense", fc1="mlp.fc1", fc2="mlp.fc2"
)


def load_published(model, folder):
    """Fills a ViTPose from a Hugging Face VitPose folder of any input size (the inverse of export.py)."""
    theirs = {k: v.float() for k, v in load_file(f"{folder}/model.safetensors").items()}
    with open(f"{folder}/config.json") as file:
        rows, columns = (n // 16 for n in json.load(file)["backbone_config"]["image_size"])
    ours, embeddings = {}, "backbone.embeddings."
    for kind in ("weight", "bias"):
        ours[f"patch.{kind}"] = theirs[f"{embeddings}patch_embeddings.projection.{kind}"]
        ours[f"norm.{kind}"], ours[f"head.{kind}"] = theirs[f"backbone.layernorm.{kind}"], theirs[f"head.conv.{kind}"]
        for i in range(len(model.blocks)):
            layer = f"backbone.encoder.layer.{i}."
            names = [f"{layer}attention.attention.{n}.{kind}" for n in ("query", "key", "value")]
            ours[f"blocks.{i}.qkv.{kind}"] = torch.cat([theirs[n] for n in names])
            for short, long in RENAMED.items():
                ours[f"blocks.{i}.{short}.{kind}"] = theirs[f"{layer}{long}.{kind}"]
    stored = theirs[f"{embeddings}position_embeddings"]
    ours["position"] = stored[:, 1:] + stored[:, :1]
    model.grid, model.position = (rows, columns), nn.Parameter(torch.zeros_like(ours["position"]))
    fill(model, ours)


def fill(model, state):
    missing, unexpected = model.load_state_dict(state, strict=False)
    strange = [name for name in missing if not name.startswith(("auxiliary", "head"))]
    if unexpected or strange:
        raise ValueError(f"these weights do not fit ViTPose: missing {strange}, unexpected {unexpected}")
