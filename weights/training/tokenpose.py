"""TokenPose (arXiv 2104.03516), written from the paper: what posed's is compared with. Its own code has no licence, and none of it is here;
the names and the shapes of its parameters are, since checkpoints bear them, and so are the numbers of its configurations.

`TokenPose.forward` maps images [batch, 3, height, width] (ImageNet-normalised) to heatmaps [batch, keypoints, rows, columns].

    python tokenpose.py        # parameters and multiplications of the published shapes
"""
import dataclasses
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclasses.dataclass
class Shape:
    """`patch` is [height, width] in pixels of the map that is cut: the picture (stem "none"), or a quarter of its size."""

    stem: str  # none, convolutional, hrnet
    patch: tuple
    heads: int
    depths: tuple = (12,)  # layers of each group; the keypoint tokens of every group go into the heatmaps
    image: tuple = (256, 192)
    width: int = 192
    hidden: int = 576
    keypoints: int = 17
    hidden_heatmap: int = 384  # 0: one linear layer makes the heatmaps
    stem_width: int = 0  # of HRNet: channels of its finest branch

    @property
    def heatmap(self):
        return self.image[0] // 4, self.image[1] // 4

    @property
    def map(self):
        """Height, width and channels of what is cut into patches."""
        channels = {"none": 3, "convolutional": 256, "hrnet": self.stem_width}[self.stem]
        return (*(self.image if self.stem == "none" else self.heatmap), channels)


# Tables 1 and 2 of the paper; the heads are those of the configurations.
PUBLISHED = {
    "t": Shape("none", (16, 12), 16),
    "s-v1": Shape("convolutional", (4, 3), 8),
    "s-v2": Shape("convolutional", (2, 2), 8),
    "b": Shape("hrnet", (4, 3), 8, stem_width=32),
    "l-d6": Shape("hrnet", (4, 3), 8, depths=(2, 2, 2), stem_width=48, hidden_heatmap=0),
    "l-d24": Shape("hrnet", (4, 3), 12, depths=(8, 8, 8), stem_width=48, hidden_heatmap=0),
}


def convolution(inputs, outputs, kernel=3, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def unit(inputs, outputs, kernel=3, stride=1):
    """A convolution and its batch norm."""
    return [convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs)]


class Residual(nn.Module):
    """Basic or bottleneck (arXiv 1512.03385, figure 5), as HRNet (arXiv 1902.09212) is made of."""

    def __init__(self, inputs, outputs, bottleneck=False):
        super().__init__()
        kernels = (1, 3, 1) if bottleneck else (3, 3)
        width = outputs // 4 if bottleneck else outputs
        self.count = len(kernels)
        for number, kernel in enumerate(kernels, 1):
            before, after = inputs if number == 1 else width, outputs if number == self.count else width
            setattr(self, f"conv{number}", convolution(before, after, kernel))
            setattr(self, f"bn{number}", nn.BatchNorm2d(after))
        self.downsample = nn.Sequential(*unit(inputs, outputs, 1)) if inputs != outputs else None

    def forward(self, x):
        y = x
        for number in range(1, self.count + 1):
            y = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(y))
            if number < self.count:
                y = F.relu(y)
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Exchange(nn.Module):
    """Branches of several sizes, and what each takes from the others (arXiv 1902.09212, section 3): `outputs` branches come out."""

    def __init__(self, widths, outputs):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(Residual(w, w) for _ in range(4))) for w in widths)
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(self.way(widths, source, target) for source in range(len(widths))) for target in range(outputs))

    @staticmethod
    def way(widths, source, target):
        if source == target:
            return nn.Identity()
        if source > target:
            return nn.Sequential(
                *unit(widths[source], widths[target], 1), nn.Upsample(scale_factor=2 ** (source - target), mode="nearest"))
        steps = []
        for step in range(source + 1, target + 1):
            last = step == target
            steps.append(nn.Sequential(*unit(widths[source], widths[target if last else source], stride=2), *([] if last else [nn.ReLU()])))
        return nn.Sequential(*steps)

    def forward(self, maps):
        maps = [branch(x) for branch, x in zip(self.branches, maps)]
        return [F.relu(sum(way(x) for way, x in zip(row, maps))) for row in self.fuse_layers]


class Stem(nn.Module):
    """The first layers of HRNet, to a quarter of the size: 256 channels."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = unit(3, 64, stride=2)
        self.conv2, self.bn2 = unit(64, 64, stride=2)
        self.layer1 = nn.Sequential(Residual(64, 256, bottleneck=True), *(Residual(256, 256, bottleneck=True) for _ in range(3)))

    def stem(self, x):
        return self.layer1(F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))))


class HRNet(Stem):
    """Its first three stages; the finest branch comes out. Batch norms stand under the indices of the layers before them."""

    def __init__(self, width):
        super().__init__()
        widths = [width, 2 * width, 4 * width]
        self.transition1 = nn.ModuleList(
            [nn.Sequential(*unit(256, width), nn.ReLU()), nn.Sequential(nn.Sequential(*unit(256, 2 * width, stride=2), nn.ReLU()))])
        self.stage2 = nn.Sequential(Exchange(widths[:2], 2))
        self.transition2 = nn.ModuleList(
            [nn.Identity(), nn.Identity(), nn.Sequential(nn.Sequential(*unit(2 * width, 4 * width, stride=2), nn.ReLU()))])
        self.stage3 = nn.Sequential(*(Exchange(widths, outputs) for outputs in (3, 3, 3, 1)))

    def forward(self, x):
        x = self.stem(x)
        maps = self.stage2([way(x) for way in self.transition1])
        return self.stage3([*maps, self.transition2[2](maps[1])])[0]


class Attention(nn.Module):
    """Scaled dot-product attention of several heads. S divides by the root of the width, the others by that of a head's."""

    def __init__(self, shape):
        super().__init__()
        self.to_qkv, self.to_out = nn.Linear(shape.width, 3 * shape.width, bias=False), nn.Sequential(nn.Linear(shape.width, shape.width))
        self.heads = shape.heads
        self.scale = (shape.width if shape.stem == "convolutional" else shape.width // shape.heads) ** -0.5
        self.seen = None  # a list to which the weights [batch, heads, tokens, tokens] are added, if somebody wants them

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.to_qkv(x).chunk(3, -1)
        q, k, v = (y.reshape(b, n, self.heads, d // self.heads).transpose(1, 2) for y in (q, k, v))
        weights = (q @ k.transpose(-2, -1) * self.scale).softmax(-1)
        if self.seen is not None:
            self.seen.append(weights)
        return self.to_out((weights @ v).transpose(1, 2).reshape(b, n, d))


class Perceptron(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Identity(), nn.Linear(hidden, width))

    def forward(self, x):
        return self.net(x)


class Layers(nn.Module):
    """Pre-norm layers; the positions are added to the patches' tokens again before every layer but the first."""

    def __init__(self, shape, depth):
        super().__init__()
        def branch(layer):
            return nn.ModuleDict(dict(fn=nn.ModuleDict(dict(norm=nn.LayerNorm(shape.width), fn=layer))))

        self.layers = nn.ModuleList(
            nn.ModuleList([branch(Attention(shape)), branch(Perceptron(shape.width, shape.hidden))]) for _ in range(depth))
        self.keypoints = shape.keypoints

    def forward(self, x, positions):
        for index, pair in enumerate(self.layers):
            if index:
                x = torch.cat([x[:, : self.keypoints], x[:, self.keypoints :] + positions], 1)
            for branch in pair:
                x = x + branch["fn"]["fn"](branch["fn"]["norm"](x))
        return x


def sines(height, width, channels):
    """Positions [1, height * width, channels]: sines and cosines of the row, then of the column, beside each other (arXiv 2005.12872, A.4)."""
    half = channels // 2
    frequencies = 10000 ** (2 * (torch.arange(half) // 2) / half)

    def axis(count):
        angles = torch.arange(1, count + 1)[:, None] / (count + 1e-6) * 2 * math.pi / frequencies
        return torch.where(torch.arange(half) % 2 == 0, angles.sin(), angles.cos())

    rows, columns = axis(height)[:, None].expand(-1, width, -1), axis(width)[None].expand(height, -1, -1)
    return torch.cat([rows, columns], -1).reshape(1, height * width, channels)


def put_tokens(module, shape):
    """The parameters of everything behind the stem, under their names."""
    rows, columns, channels = shape.map
    grid, width = (rows // shape.patch[0], columns // shape.patch[1]), shape.width
    module.keypoint_token = nn.Parameter(0.02 * torch.randn(1, shape.keypoints, width))
    module.pos_embedding = nn.Parameter(sines(*grid, width), requires_grad=False)
    module.patch_to_embedding = nn.Linear(channels * shape.patch[0] * shape.patch[1], width)
    names = ["transformer"] if len(shape.depths) == 1 else [f"transformer{i}" for i in range(1, len(shape.depths) + 1)]
    for name, depth in zip(names, shape.depths):
        setattr(module, name, Layers(shape, depth))
    inputs, outputs = width * len(shape.depths), shape.heatmap[0] * shape.heatmap[1]
    widths = [inputs, shape.hidden_heatmap, outputs] if shape.hidden_heatmap else [inputs, outputs]
    module.mlp_head = nn.Sequential(*(layer for a, b in zip(widths, widths[1:]) for layer in (nn.LayerNorm(a), nn.Linear(a, b))))
    return names


class TokenPose(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        if shape.stem == "convolutional":
            self.features = Stem()
        else:
            if shape.stem == "hrnet":
                self.pre_feature = HRNet(shape.stem_width)
            self.transformer = nn.Module()
        self.groups = put_tokens(self.tokens, shape)

    @property
    def tokens(self):
        """The module that holds what is behind the stem."""
        return self.features if self.shape.stem == "convolutional" else self.transformer

    def forward(self, images):
        tokens, (height, width) = self.tokens, self.shape.patch
        x = {"none": lambda x: x, "convolutional": lambda x: self.features.stem(x), "hrnet": lambda x: self.pre_feature(x)}[self.shape.stem](images)
        b, c, rows, columns = x.shape
        x = x.reshape(b, c, rows // height, height, columns // width, width).permute(0, 2, 4, 3, 5, 1).reshape(b, -1, height * width * c)
        x = torch.cat([tokens.keypoint_token.expand(b, -1, -1), tokens.patch_to_embedding(x) + tokens.pos_embedding], 1)
        groups = []
        for name in self.groups:
            x = getattr(tokens, name)(x, tokens.pos_embedding)
            groups.append(x[:, : self.shape.keypoints])
        return tokens.mlp_head(torch.cat(groups, -1)).reshape(b, self.shape.keypoints, *self.shape.heatmap)


def attention_layers(model):
    """The attention of every layer, in the order in which they run."""
    return [pair[0]["fn"]["fn"] for name in model.groups for pair in getattr(model.tokens, name).layers]


def load(folder):
    """The network of a folder that convert_tokenpose.py wrote, and the names of its keypoints."""
    import json
    import pathlib

    from safetensors.torch import load_file

    config = json.loads(pathlib.Path(folder, "config.json").read_text())
    names = [config["id2label"][str(i)] for i in range(len(config["id2label"]))]
    model = TokenPose(Shape(
        config["stem"], tuple(config["patch_size"]), config["num_attention_heads"], tuple(config["num_hidden_layers"]),
        tuple(config["image_size"]), config["hidden_size"], config["intermediate_size"], len(names), config["heatmap_hidden_size"],
        config.get("stem_width", 0)))
    model.load_state_dict(load_file(pathlib.Path(folder, "model.safetensors")))
    return model.eval(), names


def multiplications(model):
    """Those of a picture's matrix products and convolutions; and the paper's number, which is that of the tool that HRNet's repository
    counts with: 2^30 to a G, attention's products left out, and a linear layer's rows taken for what it sums over."""
    from torch.utils.flop_counter import FlopCounterMode

    counted = [0]

    def count(layer, inputs, output):
        window = layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else inputs[0].shape[1]
        counted[0] += output.numel() * window

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, *model.shape.image))
    for hook in hooks:
        hook.remove()
    return counter.get_total_flops() / 2, counted[0]


if __name__ == "__main__":
    for name, shape in PUBLISHED.items():
        model = TokenPose(shape).eval()
        learnt = sum(p.numel() for p in model.parameters() if p.requires_grad)
        all_products, papers = multiplications(model)
        print(f"{name}: {learnt / 1e6:.1f} M parameters, {papers / 2**30:.1f} G as the paper counts; {all_products / 1e9:.2f} G multiplications")
