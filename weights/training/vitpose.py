"""ViTPose (arXiv 2204.12484), as Hugging Face transformers' VitPose computes it, with what the papers add while training.

`ViTPose.forward` maps images [batch, 3, height, width] (ImageNet-normalised) to heatmaps [batch, keypoints, height/4, width/4].
Several data sets share one trunk, with a head each and, as in ViTPose+ (arXiv 2212.04246), with a part of each block's last matrix each.
A knowledge token is one more token, learnt with a larger network and shown to a smaller one.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import fused


class Block(nn.Module):
    """Pre-norm transformer block; `drop_path` skips a whole branch per sample while training.

    With `experts`, the last `part` features of the second layer come from a matrix that each data set has for itself.
    """

    def __init__(self, width, heads, drop_path, experts=0, part=0):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width - part * bool(experts))
        self.experts = nn.ModuleList([nn.Linear(4 * width, part) for _ in range(experts)])
        self.heads, self.drop_path = heads, drop_path

    def branch(self, x):
        """x [b, n, d], or zero for whole samples (and more of the others) while training."""
        if not self.training or self.drop_path == 0:
            return x
        keep = 1 - self.drop_path
        return x * (torch.rand(x.shape[0], 1, 1, device=x.device) < keep).to(x.dtype) / keep

    def forward(self, x, number=0):
        """Tokens [b, n, d] to tokens [b, n, d]; `number` says whose expert is asked."""
        if fused.takes(self, x):
            return fused.run(self, x)
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if x.is_cuda:
            attended = F.scaled_dot_product_attention(q, k, v)
        else:  # for few tokens the fused kernel's backward pass is slow on a CPU
            attended = ((q * (q.shape[-1] ** -0.5)) @ k.transpose(-2, -1)).softmax(-1).to(v.dtype) @ v
        attended = attended.transpose(1, 2).reshape(b, n, d)
        x = x + self.branch(self.proj(attended))
        hidden = F.gelu(self.fc1(self.norm2(x)))
        y = torch.cat([self.fc2(hidden), self.experts[number](hidden)], -1) if self.experts else self.fc2(hidden)
        return x + self.branch(y)


class Simple(nn.Conv2d):
    """The simple decoder: four times as large (bilinear), then a 3x3 convolution.

    Both are linear, so the convolution's nine taps come first, where there are few tokens; the function is the same, the time a tenth.
    """

    def __init__(self, width, keypoints):
        super().__init__(width, keypoints, 3, 1, 1)
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, tokens, rows, columns):
        """Tokens [b, rows * columns, d] to heatmaps [b, k, 4 rows, 4 columns]."""
        k, d = self.weight.shape[:2]
        taps = F.relu(tokens) @ self.weight.permute(1, 0, 2, 3).reshape(d, k * 9).to(tokens.dtype)
        with torch.autocast(tokens.device.type, enabled=False):
            taps = taps.float().view(-1, rows, columns, k, 3, 3).permute(0, 3, 4, 1, 5, 2)  # b, k, tap down, row, tap across, column
            across = spread(columns, tokens.device).transpose(1, 2).reshape(3 * columns, 4 * columns)
            down = spread(rows, tokens.device).transpose(0, 1).reshape(4 * rows, 3 * rows)
            return down @ (taps.reshape(-1, k, 3 * rows, 3 * columns) @ across) + self.bias.view(k, 1, 1)


def spread(n, device):
    """Per tap of a 3-wide convolution over 4n places: the matrix [3, 4n, n] that makes them from n places (bilinear; zero outside)."""
    enlarged = F.interpolate(torch.eye(n, device=device)[None], scale_factor=4, mode="linear", align_corners=False)[0].T
    padded = F.pad(enlarged, (0, 0, 1, 1))
    return torch.stack([padded[tap : tap + 4 * n] for tap in range(3)])


class Classic(nn.Module):
    """The classic decoder: two transposed convolutions (each twice as large, 256 wide, batch norm), then a 1x1 convolution."""

    def __init__(self, width, keypoints, wide=256):
        super().__init__()
        self.deconv1 = nn.ConvTranspose2d(width, wide, 4, 2, 1, bias=False)
        self.deconv2 = nn.ConvTranspose2d(wide, wide, 4, 2, 1, bias=False)
        self.batchnorm1, self.batchnorm2 = nn.BatchNorm2d(wide), nn.BatchNorm2d(wide)
        self.conv = nn.Conv2d(wide, keypoints, 1)
        for layer in (self.deconv1, self.deconv2):
            nn.init.normal_(layer.weight, std=0.001)
        nn.init.zeros_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)

    def forward(self, tokens, rows, columns):
        """Tokens [b, rows * columns, d] to heatmaps [b, k, 4 rows, 4 columns]."""
        x = tokens.transpose(1, 2).reshape(tokens.shape[0], -1, rows, columns)
        x = F.relu(self.batchnorm1(self.deconv1(x)))
        return self.conv(F.relu(self.batchnorm2(self.deconv2(x)))).float()


DECODERS = dict(simple=Simple, classic=Classic)


class ViTPose(nn.Module):
    """`grid` is the patch grid that the stored positions belong to; other input sizes interpolate them.

    `others` holds the keypoints of the data sets after the first, in order; `part` is the width of the experts in every block (0: none);
    `token` is the width of the network that a knowledge token comes from (0: none).
    """

    def __init__(
        self, width=192, depth=12, heads=3, keypoints=17, grid=(16, 12), drop_path=0.0, auxiliary=(), decoder="simple",
        others=(), part=0, token=0,
    ):  # fmt: skip
        super().__init__()
        self.shape = dict(
            width=width, depth=depth, heads=heads, keypoints=keypoints, decoder=decoder, others=list(others), part=part, token=token
        )
        self.grid, self.auxiliary_layers, self.keypoints = tuple(grid), tuple(auxiliary), keypoints
        self.settling = False  # whether the auxiliary heads learn without the trunk
        self.patch = nn.Conv2d(3, width, 16, 16, padding=2)
        self.position = nn.Parameter(torch.randn(1, grid[0] * grid[1], width) * 0.02)
        rates = [drop_path * i / max(1, depth - 1) for i in range(depth)]
        self.blocks = nn.ModuleList([Block(width, heads, rate, (1 + len(others)) * bool(part), part) for rate in rates])
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.head = DECODERS[decoder](width, keypoints)
        self.others = nn.ModuleList([DECODERS[decoder](width, k) for k in others])
        # Each token classifies where in its own 4x4 patch of the heatmap a joint lies; used while training only, for the first data set.
        self.auxiliary = nn.ModuleList(
            [nn.Sequential(nn.LayerNorm(width), nn.Linear(width, keypoints * 16)) for _ in self.auxiliary_layers]
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        for block in self.blocks:
            for layer in (block.proj, block.fc2, *block.experts):
                layer.weight.data /= math.sqrt(2 * depth)
        for head in self.auxiliary:
            nn.init.normal_(head[1].weight, std=0.02)
        self.token = nn.Parameter(torch.randn(1, 1, token) * 0.02) if token else None
        self.token_in = nn.Linear(token, width) if token else None
        if token == width:
            nn.init.eye_(self.token_in.weight)

    def forward(self, images, with_auxiliary=False, number=0):
        """Heatmaps of the data set `number`; with_auxiliary also the auxiliary heads' heatmaps, as a list (of the first data set only)."""
        x = self.patch(images)
        rows, columns = x.shape[2:]
        x, outputs = x.flatten(2).transpose(1, 2) + self.positions(rows, columns), []
        if self.token is not None:
            x = torch.cat([x, self.token_in(self.token).to(x.dtype).expand(len(x), -1, -1)], 1)
        for i, block in enumerate(self.blocks):
            x = block(x, number)
            if with_auxiliary and number == 0 and i + 1 in self.auxiliary_layers:
                y = x[:, : rows * columns]
                y = self.auxiliary[self.auxiliary_layers.index(i + 1)](y.detach() if self.settling else y)
                y = y.view(-1, rows, columns, self.keypoints, 4, 4).permute(0, 3, 1, 4, 2, 5)
                outputs.append(y.reshape(-1, self.keypoints, rows * 4, columns * 4))
        head = self.others[number - 1] if number else self.head
        heatmaps = head(self.norm(x[:, : rows * columns]), rows, columns)
        return (heatmaps, outputs) if with_auxiliary else heatmaps

    def positions(self, rows, columns):
        """The positions [1, rows * columns, width] of a patch grid."""
        if (rows, columns) == self.grid:
            return self.position
        square = self.position.transpose(1, 2).reshape(1, -1, *self.grid)
        return F.interpolate(square, size=(rows, columns), mode="bilinear", align_corners=False).flatten(2).transpose(1, 2)

    def regrid(self, rows, columns):
        """Makes the interpolated positions of another grid the stored ones."""
        self.position = nn.Parameter(self.positions(rows, columns).detach().clone())
        self.grid = (rows, columns)
