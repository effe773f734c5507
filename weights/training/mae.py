"""Masked autoencoder (arXiv 2111.06377) over ViTPose's trunk: three quarters of the patches are hidden, and their pixels are told."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from vitpose import Block, ViTPose

PATCH, PAD = 16, 2  # ViTPose's patches begin two pixels outside the picture


def patches(images):
    """What each token of ViTPose sees: images [n, 3, height, width] to [n, rows * columns, 768], zero outside the picture."""
    return F.unfold(images, PATCH, padding=PAD, stride=PATCH).transpose(1, 2)


class MAE(nn.Module):
    """A trunk that sees the shown patches alone, and a narrow decoder that tells the hidden ones."""

    def __init__(self, shape, grid, width=128, depth=2, heads=4):
        super().__init__()
        self.trunk = ViTPose(grid=grid, **shape)
        self.trunk.head.requires_grad_(False)
        self.into, self.norm = nn.Linear(shape["width"], width), nn.LayerNorm(width)
        self.hidden = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.position = nn.Parameter(torch.randn(1, grid[0] * grid[1], width) * 0.02)
        self.blocks = nn.ModuleList([Block(width, heads, 0.0) for _ in range(depth)])
        self.out = nn.Linear(width, 3 * PATCH * PATCH)

    def forward(self, images, order, shown):
        """The pixels [n, tokens, 768] told for every patch; `order` [n, tokens] is a permutation whose first `shown` are seen."""
        trunk, n = self.trunk, len(images)
        x = trunk.patch(images)
        x = x.flatten(2).transpose(1, 2) + trunk.positions(*x.shape[2:])
        seen = order[:, :shown, None]
        x = x.gather(1, seen.expand(-1, -1, x.shape[2]))
        for block in trunk.blocks:
            x = block(x)
        x = self.into(trunk.norm(x))
        whole = self.hidden.to(x.dtype).expand(n, order.shape[1], -1).scatter(1, seen.expand(-1, -1, x.shape[2]), x)
        whole = whole + self.position
        for block in self.blocks:
            whole = block(whole)
        return self.out(self.norm(whole))


def loss_of(told, images, order, shown):
    """Squared error over the hidden patches, each patch's pixels normalised to mean 0 and variance 1."""
    truth = patches(images)
    truth = (truth - truth.mean(2, keepdim=True)) / (truth.var(2, keepdim=True) + 1e-6).sqrt()
    error = ((told.float() - truth) ** 2).mean(2)
    return error.gather(1, order[:, shown:]).mean()
