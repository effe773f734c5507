"""YOLOX (arXiv 2107.08430), depthwise "nano" by default; parameters are named as in the official checkpoints.

`YOLOX.forward` maps BGR images 0..255 [batch, 3, size, size], letterboxed with 114, to [batch, cells, 5 + classes]:
dx, dy, log w, log h in units of the cell's stride, then the logits of objectness and classes. Cells: strides 8, 16, 32.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

STRIDES = (8, 16, 32)


class BaseConv(nn.Module):
    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class DWConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.dconv = BaseConv(inputs, inputs, kernel, stride, groups=inputs)
        self.pconv = BaseConv(inputs, outputs)

    def forward(self, x):
        return self.pconv(self.dconv(x))


class Bottleneck(nn.Module):
    def __init__(self, width, shortcut, conv):
        super().__init__()
        self.conv1, self.conv2, self.shortcut = BaseConv(width, width), conv(width, width, 3), shortcut

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class CSPLayer(nn.Module):
    def __init__(self, inputs, outputs, depth, conv, shortcut=True):
        super().__init__()
        half = outputs // 2
        self.conv1, self.conv2, self.conv3 = BaseConv(inputs, half), BaseConv(inputs, half), BaseConv(2 * half, outputs)
        self.m = nn.Sequential(*[Bottleneck(half, shortcut, conv) for _ in range(depth)])

    def forward(self, x):
        first, second = self.conv1(x), self.conv2(x)
        return self.conv3(torch.cat([self.m(first), second], 1))


class SPPBottleneck(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.conv2 = BaseConv(width, width // 2), BaseConv(width * 2, width)

    def forward(self, x):
        x = self.conv1(x)
        return self.conv2(torch.cat([x] + [F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)], 1))


class Focus(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = BaseConv(4 * inputs, outputs, 3)

    def forward(self, x):
        return self.conv(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))


class CSPDarknet(nn.Module):
    def __init__(self, width, depth, conv):
        super().__init__()
        b, n = int(width * 64), max(round(depth * 3), 1)
        self.stem = Focus(3, b)
        self.dark2 = nn.Sequential(conv(b, 2 * b, 3, 2), CSPLayer(2 * b, 2 * b, n, conv))
        self.dark3 = nn.Sequential(conv(2 * b, 4 * b, 3, 2), CSPLayer(4 * b, 4 * b, 3 * n, conv))
        self.dark4 = nn.Sequential(conv(4 * b, 8 * b, 3, 2), CSPLayer(8 * b, 8 * b, 3 * n, conv))
        self.dark5 = nn.Sequential(conv(8 * b, 16 * b, 3, 2), SPPBottleneck(16 * b), CSPLayer(16 * b, 16 * b, n, conv, False))

    def forward(self, x):
        third = self.dark3(self.dark2(self.stem(x)))
        fourth = self.dark4(third)
        return third, fourth, self.dark5(fourth)


class YOLOPAFPN(nn.Module):
    def __init__(self, width, depth, conv):
        super().__init__()
        n, (a, b, c) = round(depth * 3), (int(width * k) for k in (256, 512, 1024))
        self.backbone = CSPDarknet(width, depth, conv)
        self.lateral_conv0, self.C3_p4 = BaseConv(c, b), CSPLayer(2 * b, b, n, conv, False)
        self.reduce_conv1, self.C3_p3 = BaseConv(b, a), CSPLayer(2 * a, a, n, conv, False)
        self.bu_conv2, self.C3_n3 = conv(a, a, 3, 2), CSPLayer(2 * a, b, n, conv, False)
        self.bu_conv1, self.C3_n4 = conv(b, b, 3, 2), CSPLayer(2 * b, c, n, conv, False)

    def forward(self, x):
        third, fourth, fifth = self.backbone(x)
        up = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")
        lateral0 = self.lateral_conv0(fifth)
        lateral1 = self.reduce_conv1(self.C3_p4(torch.cat([up(lateral0), fourth], 1)))
        small = self.C3_p3(torch.cat([up(lateral1), third], 1))
        medium = self.C3_n3(torch.cat([self.bu_conv2(small), lateral1], 1))
        return small, medium, self.C3_n4(torch.cat([self.bu_conv1(medium), lateral0], 1))


class YOLOXHead(nn.Module):
    def __init__(self, classes, width, conv):
        super().__init__()
        h = int(256 * width)
        pair = lambda: nn.Sequential(conv(h, h, 3), conv(h, h, 3))
        self.stems = nn.ModuleList([BaseConv(int(c * width), h) for c in (256, 512, 1024)])
        self.cls_convs, self.reg_convs = nn.ModuleList([pair() for _ in STRIDES]), nn.ModuleList([pair() for _ in STRIDES])
        self.cls_preds = nn.ModuleList([nn.Conv2d(h, classes, 1) for _ in STRIDES])
        self.reg_preds = nn.ModuleList([nn.Conv2d(h, 4, 1) for _ in STRIDES])
        self.obj_preds = nn.ModuleList([nn.Conv2d(h, 1, 1) for _ in STRIDES])
        for prediction in [*self.cls_preds, *self.obj_preds]:
            nn.init.constant_(prediction.bias, -4.6)

    def forward(self, levels):
        outputs = []
        for k, x in enumerate(levels):
            x = self.stems[k](x)
            classes = self.cls_preds[k](self.cls_convs[k](x))
            regression = self.reg_convs[k](x)
            y = torch.cat([self.reg_preds[k](regression), self.obj_preds[k](regression), classes], 1)
            outputs.append(y.flatten(2))
        return torch.cat(outputs, 2).transpose(1, 2)


class YOLOX(nn.Module):
    def __init__(self, classes=80, width=0.25, depth=0.33, depthwise=True):
        super().__init__()
        conv = DWConv if depthwise else BaseConv
        self.backbone, self.head = YOLOPAFPN(width, depth, conv), YOLOXHead(classes, width, conv)
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module.bias is None:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, images):
        return self.head(self.backbone(images))


def cells(size, device="cpu"):
    """Cell indices [cells, 2] (x, y) and strides [cells, 1] of a square input, or of one of (width, height)."""
    width, height = (size, size) if isinstance(size, int) else size
    places, strides = [], []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        places.append(torch.stack([x, y], -1).reshape(-1, 2))
        strides.append(torch.full((len(places[-1]), 1), stride))
    return torch.cat(places).float().to(device), torch.cat(strides).float().to(device)


def input_size(side, width, height):
    """(width, height) of an input as large as a square one, in the shape of a picture; posed's `InputShape` says why."""
    rounded = lambda length: 32 * min(max(round(length), 1), (side // 32) ** 2)
    factor = min(rounded(side / 32 * (width / height) ** 0.5) / width, rounded(side / 32 * (height / width) ** 0.5) / height)
    return tuple(32 * max(1, -(-int(length * factor) // 32)) for length in (width, height))


def decode(outputs, places, strides):
    """Boxes as centre x, y, width, height in pixels [..., cells, 4]."""
    centre = (outputs[..., :2] + places) * strides
    return torch.cat([centre, outputs[..., 2:4].clamp(max=8).exp() * strides], -1)


def load_official(model, path):
    """Fills a one-class YOLOX from the official ONNX release file, whose batch norms are folded and whose first class is person.

    The file holds the convolutions in the order in which they run. Each norm becomes the identity plus the folded bias;
    `calibrate` then gives it the statistics that training needs.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    arrays = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
    folded = [[arrays[n] for n in node.input[1:3]] for node in graph.node if node.op_type == "Conv"]
    norms = {m.conv: m.bn for m in model.modules() if isinstance(m, BaseConv)}
    ran, hooks = [], []
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(lambda m, inputs, outputs: ran.append(m)))
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, 3, 64, 64))
        for module, (weight, bias) in zip(ran, folded, strict=True):
            module.weight.copy_(weight[: module.weight.shape[0]])
            if module in norms:
                norm = norms[module]
                norm.weight.fill_(1), norm.bias.copy_(bias), norm.running_mean.zero_(), norm.running_var.fill_(1 - norm.eps)
            else:
                module.bias.copy_(bias[: module.bias.shape[0]])
    for hook in hooks:
        hook.remove()


@torch.no_grad()
def calibrate(model, images):
    """Sets every norm's statistics to those of `images` and its scale and shift so that the network stays the same function."""
    norms, sums = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)], {}

    def gather(norm, inputs, outputs):
        x = inputs[0].float()
        total = sums.setdefault(norm, [0, 0, 0])
        total[0] += x.numel() // x.shape[1]
        total[1] += x.sum((0, 2, 3)).double()
        total[2] += (x.double() ** 2).sum((0, 2, 3))

    hooks = [norm.register_forward_hook(gather) for norm in norms]
    model.eval()
    for batch in images.split(16):
        model(batch)
    for norm, (count, total, squares) in sums.items():
        mean = total / count
        variance = squares / count - mean**2
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        norm.bias.add_((mean - norm.running_mean) * scale)
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(mean), norm.running_var.copy_(variance)
    for hook in hooks:
        hook.remove()
