"""Labelled crops of people (pose-*.tar) and their augmentation into training batches."""
import json
import math
import tarfile
from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from layouts import LAYOUTS

SEEN, UNSEEN = 0.30, 0.12  # confidence of the teachers above which a joint is taught, below which its absence is


# Parts of a body that may be all that is seen, how often each is taken, and how many times farther it reaches than its joints do.
PARTS = [
    (range(0, 5), 1, 3.2),  # a head
    (range(0, 7), 2, 1.9),  # and shoulders
    (range(0, 11), 4, 1.6),  # and arms
    (range(5, 13), 1, 1.5),
    (range(11, 17), 3, 1.6),
    (range(13, 17), 1, 1.6),
    ((5, 7, 9), 0.5, 1.7),
    ((6, 8, 10), 0.5, 1.7),
]


class Strength(NamedTuple):
    """How far a sample may differ from what a detector would cut out."""

    scale: tuple  # of the person's box, times 1.25
    part: float  # share that sees only a part of the body
    cut: float  # share of the others at one side of whose box the picture ends
    turned: float  # share that is turned, by 30 degrees at one sigma
    tumbled: float  # share that is turned by any angle: people lie, hang and jump
    covered: float  # share with a rectangle of one colour over it
    hidden: float  # share with a disc or a bar over a joint, of one colour or of another picture


FULL = Strength((0.72, 1.3), part=0.4, cut=0.3, turned=0.6, tumbled=0.08, covered=0.3, hidden=0.3)
GENTLE = Strength((0.85, 1.2), part=0.25, cut=0.2, turned=0.3, tumbled=0.06, covered=0.1, hidden=0.15)


class Pictures:
    """Encoded crops, decoded when they are asked for: 50,000 take 0.4 GB, where decoded ones take 9."""

    def __init__(self, encoded, height, width):
        self.encoded, self.shape = encoded, (len(encoded), height, width, 3)

    def __len__(self):
        return len(self.encoded)

    def __getitem__(self, index):
        """The crops of these indices [n], uint8 [n, height, width, 3] RGB."""
        height, width = self.shape[1:3]
        crops = np.empty((len(index), height, width, 3), np.uint8)
        for crop, place in zip(crops, index.tolist()):
            image = cv2.imdecode(self.encoded[place], cv2.IMREAD_COLOR)
            if image.shape[:2] != (height, width):
                image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
            cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=crop)
        return torch.from_numpy(crops)


class Crops(NamedTuple):
    """Crops of one layout, and their joints [n, k, 3] (x, y in pixels of the decoded crop, confidence)."""

    layout: str
    images: Pictures
    joints: torch.Tensor


def read_crops(paths, height, width):
    """The crops of these tars, one `Crops` for each layout, in the order in which the layouts appear; decoded to height x width."""
    found = {}
    for path in paths:
        with tarfile.open(path) as tar:
            files = {m.name: m for m in tar.getmembers()}
            labels = json.load(tar.extractfile(next(n for n in files if n.endswith(".json"))))
            for label in labels:
                images, joints = found.setdefault(label.get("layout", "coco"), ([], []))
                images.append(np.frombuffer(tar.extractfile(files[label["file"]]).read(), np.uint8))
                joints.append(np.array(label["kp"], np.float32).reshape(-1, 3) * np.array([width / 216, height / 288, 1], np.float32))
    if not found:
        raise SystemExit("these tars hold no crops")
    return [Crops(name, Pictures(i, height, width), torch.from_numpy(np.stack(j))) for name, (i, j) in found.items()]


class Augment:
    """Crop, scale, rotate, mirror, recolour and cover a batch, on the device; makes targets and weights.

    Everything random comes from `seed`: the same seed and indices make the same batch.
    """

    def __init__(self, crops, height, width, device, rotation=30.0):
        self.images = crops.images if device == "cpu" else crops.images[torch.arange(len(crops.images))].to(device)
        self.joints, self.mirror = crops.joints.to(device), list(LAYOUTS[crops.layout].mirror)
        self.height, self.width, self.device, self.rotation = height, width, device, rotation
        self.rows, self.columns = height // 4, width // 4
        self.sigma = 2 * self.rows / 64
        self.mean = torch.tensor([0.485, 0.456, 0.406], device=device).view(1, 3, 1, 1) * 255
        self.std = torch.tensor([0.229, 0.224, 0.225], device=device).view(1, 3, 1, 1) * 255
        self.random = torch.Generator(device=device)
        self.parts = torch.zeros(len(PARTS), len(self.mirror), dtype=torch.bool, device=device)
        for row, (members, _, _) in zip(self.parts, PARTS if crops.layout == "coco" else ()):  # no parts of other layouts
            row[list(members)] = True
        self.frequencies, self.reaches = (torch.tensor([part[k] for part in PARTS], device=device) for k in (1, 2))

    def uniform(self, low, high, *shape):
        return torch.rand(*shape, device=self.device, generator=self.random) * (high - low) + low

    def normal(self, *shape):
        return torch.randn(*shape, device=self.device, generator=self.random)

    def chance(self, share, *shape):
        return torch.rand(*shape, device=self.device, generator=self.random) < share

    def boxes(self, joints, strength):
        """Centre x, y, the share of the stored crop's height that the network will see, and whether it is a part, per sample."""
        n, (h, w) = joints.shape[0], self.images.shape[1:3]
        scale = self.uniform(*strength.scale, n) * 1.25 / 1.6
        x, y = w / 2 + self.normal(n) * 0.03 * w, h / 2 + self.normal(n) * 0.03 * h
        kind = torch.multinomial(self.frequencies, n, replacement=True, generator=self.random)
        chosen = self.parts[kind] & (joints[..., 2] > 0.4)
        far = torch.where(chosen[..., None], joints[..., :2], torch.full_like(joints[..., :2], -1e4)).amax(1)
        near = torch.where(chosen[..., None], joints[..., :2], torch.full_like(joints[..., :2], 1e4)).amin(1)
        extent = (far - near).clamp(min=6) * self.reaches[kind, None]
        tall = torch.maximum(extent[:, 1], extent[:, 0] * h / w)
        part = self.chance(strength.part, n) & (chosen.sum(1) >= 3) & (tall > 0.15 * h)
        scale = torch.where(part, tall / h * self.uniform(0.85, 1.2, n), scale)
        middle = (far + near) / 2
        return torch.where(part, middle[:, 0], x), torch.where(part, middle[:, 1], y), scale, part

    def angles(self, n, strength):
        """Angles [n] in radians, and how many times higher a window [n] must be to hold the box of somebody who is so turned."""
        angle = torch.deg2rad((self.normal(n) * self.rotation * self.chance(strength.turned, n)).clamp(-90, 90))
        tumbled = self.chance(strength.tumbled, n)
        angle = torch.where(tumbled, self.uniform(-math.pi, math.pi, n), angle)
        sin, cos = angle.sin().abs(), angle.cos().abs()
        return angle, torch.where(tumbled, torch.maximum(cos + 0.5 * sin, (sin + 0.5 * cos) / 0.75), 1)

    def end(self, part, strength):
        """A function that tells of places u, v [n, ...] from 0 to 1 whether they lie where the picture has ended, beyond one side of the box."""
        n = len(part)
        ended = torch.where(part, self.chance(0.5, n), self.chance(strength.cut, n))
        side = torch.randint(4, (n,), device=self.device, generator=self.random)
        edge = torch.where(ended, self.uniform(0.86, 0.96, n), torch.inf)  # a box ends at 0.9 of the crop

        def beyond(u, v):
            u, v = torch.broadcast_tensors(u, v)
            distance = torch.stack([1 - u, u, 1 - v, v])[side, torch.arange(n, device=self.device)]
            return distance > edge.view(n, *[1] * (u.ndim - 1))

        return beyond

    def __call__(self, index, seed, strength=FULL):
        self.random.manual_seed(seed)
        n, height, width = len(index), self.height, self.width
        stored, joints = self.images[index], self.joints[index].clone()
        h, w = stored.shape[1:3]
        x, y, scale, part = self.boxes(joints, strength)
        beyond = self.end(part, strength)
        angle, wider = self.angles(n, strength)
        scale = scale * torch.where(part, 1, wider)
        mirrored = self.chance(0.5, n)
        sign = torch.where(mirrored, -1.0, 1.0)
        step = scale * w / width  # stored pixels per network pixel
        cos, sin = angle.cos() * step, angle.sin() * step
        # Network pixel (u, v) shows stored pixel (x, y) + R (u - centre), mirrored in u.
        centre = torch.tensor([(width - 1) / 2, (height - 1) / 2], device=self.device)
        matrix = torch.stack([torch.stack([cos * sign, sin], -1), torch.stack([-sin * sign, cos], -1)], -2)
        offset = torch.stack([x, y], -1) - (matrix @ centre[:, None])[..., 0]
        u, v = (torch.arange(size, device=self.device).expand(n, -1) / (size - 1) for size in (width, height))
        half = torch.full((n, 1), 0.5, device=self.device)
        crops = self.warp(stored, matrix, offset)
        crops.masked_fill_(beyond(u, half)[:, None, None], 0).masked_fill_(beyond(half, v)[:, None, :, None], 0)
        points = torch.linalg.solve(matrix, (joints[..., :2] - offset[:, None]).transpose(1, 2)).transpose(1, 2)
        points = torch.where(mirrored[:, None, None], points[:, self.mirror], points)
        confidence = torch.where(mirrored[:, None], joints[:, self.mirror, 2], joints[..., 2])
        crops = self.hide(self.cover(crops, strength), points, confidence, strength)
        return self.recolour(crops), *self.targets(points, confidence, beyond)

    def warp(self, stored, matrix, offset):
        """What the network sees [n, 3, height, width] of stored crops [n, h, w, 3]: its pixel p shows the stored pixel `matrix` p + `offset`."""
        n, (h, w) = len(stored), stored.shape[1:3]
        if self.device == "cpu":  # a fifth of the time of what follows
            flags, maps = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, torch.cat([matrix, offset[..., None]], -1).double().numpy()
            seen = [cv2.warpAffine(crop, place, (self.width, self.height), flags=flags) for crop, place in zip(stored.numpy(), maps)]
            return torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2).float().contiguous()
        rows, columns = torch.arange(self.height, device=self.device), torch.arange(self.width, device=self.device)
        v, u = torch.meshgrid(rows, columns, indexing="ij")
        pixels = torch.stack([u, v], -1).float().reshape(1, -1, 2) @ matrix.transpose(1, 2) + offset[:, None]
        grid = ((pixels + 0.5) / torch.tensor([w, h], device=self.device) * 2 - 1).view(n, self.height, self.width, 2)
        return F.grid_sample(stored.permute(0, 3, 1, 2).float(), grid, padding_mode="zeros", align_corners=False)

    def cover(self, crops, strength):
        """A random rectangle of one colour over some of the samples."""
        n, _, height, width = crops.shape
        cw, ch = self.uniform(0.1, 0.35, n) * width, self.uniform(0.1, 0.3, n) * height
        left, top = self.uniform(0, 1, n) * (width - cw), self.uniform(0, 1, n) * (height - ch)
        u, v = torch.arange(width, device=self.device), torch.arange(height, device=self.device)
        across = (u >= left[:, None]) & (u < (left + cw)[:, None])
        down = (v >= top[:, None]) & (v < (top + ch)[:, None])
        some, colour = self.chance(strength.covered, n).nonzero()[:, 0], self.uniform(0, 255, n, 3, 1, 1)
        inside = across[some, None, None] & down[some, None, :, None]
        crops[some] = torch.where(inside, colour[some], crops[some])
        return crops

    def hide(self, crops, points, confidence, strength):
        """A disc or a bar over one seen joint of some of the samples, as plates and benches hide limbs; the joint stays taught."""
        n, _, height, width = crops.shape
        joint = torch.multinomial((confidence > SEEN) + 1e-6, 1, generator=self.random)
        centre = points.gather(1, joint[..., None].expand(-1, -1, 2))[:, 0] + self.normal(n, 2) * 0.02 * height
        size = self.uniform(0.05, 0.14, n, 1, 1) * height
        flat, angle = self.uniform(0.15, 0.6, n, 1, 1), self.uniform(0, math.pi, n, 1, 1)
        round_, borrowed, colour = self.chance(0.5, n, 1, 1), self.chance(0.5, n, 1, 1, 1), self.uniform(0, 255, n, 3, 1, 1)
        some = self.chance(strength.hidden, n).nonzero()[:, 0]
        centre, size, flat, angle = centre[some], size[some], flat[some], angle[some]
        x = torch.arange(width, device=self.device) - centre[:, 0, None, None]
        y = torch.arange(height, device=self.device)[:, None] - centre[:, 1, None, None]
        along, across = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
        disc = along**2 + across**2 < size**2
        bar = (along.abs() < 2 * size) & (across.abs() < flat * size)
        other = torch.where(borrowed[some], crops[some - 1].flip(3), colour[some])
        crops[some] = torch.where(torch.where(round_[some], disc, bar)[:, None], other, crops[some])
        return crops

    def recolour(self, crops):
        n = crops.shape[0]
        chosen = self.chance(0.8, n, 1, 1, 1).float()
        gain = 1 + chosen * (self.uniform(0.6, 1.4, n, 1, 1, 1) * self.uniform(0.85, 1.15, n, 3, 1, 1) - 1)
        crops.mul_(gain).add_(chosen * self.uniform(-30, 30, n, 1, 1, 1))
        grey = self.chance(0.2, n).nonzero()[:, 0]
        crops[grey] = crops[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
        return crops.clamp_(0, 255).sub_(self.mean).div_(self.std)

    def targets(self, points, confidence, beyond):
        """Heatmaps [n, k, rows, columns], their weights [n, k], and whether a joint is seen [n, k]."""
        across, down = (self.columns - 1) / (self.width - 1), (self.rows - 1) / (self.height - 1)
        q = points * torch.tensor([across, down], device=self.device)
        inside = (q > -0.5).all(-1) & (q[..., 0] < self.columns - 0.5) & (q[..., 1] < self.rows - 0.5)
        inside &= ~beyond(points[..., 0] / (self.width - 1), points[..., 1] / (self.height - 1))
        seen = (confidence > SEEN) & inside
        dx = torch.arange(self.columns, device=self.device) - q[..., 0, None]
        dy = torch.arange(self.rows, device=self.device) - q[..., 1, None]
        squares = dx[..., None, :] ** 2 + dy[..., :, None] ** 2
        heat = torch.exp(-squares / (2 * self.sigma**2)) * seen[..., None, None]
        weight = torch.where(confidence > SEEN, confidence.clamp(0, 1), torch.where(confidence < UNSEEN, 0.3, 0.0))
        weight = torch.where((confidence > SEEN) & ~inside, 0.5, weight)
        return heat, weight, seen
