"""YOLOX's loss (arXiv 2107.08430): SimOTA assignment, objectness, overlap, and class weighted by overlap."""
import torch
import torch.nn.functional as F

from person_data import SURE
from yolox import cells, decode


def corners(boxes):
    return boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2


def overlaps(boxes, targets):
    """Intersection over union [boxes, targets] of centre boxes."""
    (a1, a2), (b1, b2) = corners(boxes[:, None]), corners(targets[None])
    shared = (torch.minimum(a2, b2) - torch.maximum(a1, b1)).clamp(min=0).prod(2)
    return shared / (boxes[:, None, 2:].prod(2) + targets[None, :, 2:].prod(2) - shared + 1e-7)


def giou(boxes, targets):
    """Generalised intersection over union (arXiv 1902.09630), pair by pair, of centre boxes."""
    (a1, a2), (b1, b2) = corners(boxes), corners(targets)
    shared = (torch.minimum(a2, b2) - torch.maximum(a1, b1)).clamp(min=0).prod(1)
    union = boxes[:, 2:].prod(1) + targets[:, 2:].prod(1) - shared + 1e-7
    hull = (torch.maximum(a2, b2) - torch.minimum(a1, b1)).prod(1) + 1e-7
    return shared / union - (hull - union) / hull


class Loss:
    """Boxes scored at least SURE are taught; cells inside the others are neither taught nor punished."""

    def __init__(self, size, device):
        self.places, self.strides = cells(size, device)
        self.centres, self.device = (self.places + 0.5) * self.strides, device

    def inside(self, boxes):
        return ((self.centres[:, None] > boxes[None, :, :2]) & (self.centres[:, None] < boxes[None, :, 2:4])).all(2)

    @torch.no_grad()
    def assign(self, boxes, objectness, classes, taught):
        """SimOTA (section 2.2; YOLOXHead.get_assignments): cells, their target boxes and overlaps."""
        targets = torch.cat([(taught[:, :2] + taught[:, 2:4]) / 2, taught[:, 2:4] - taught[:, :2]], 1)
        within = self.inside(taught)
        near = ((self.centres[:, None] - targets[None, :, :2]).abs() < 2.5 * self.strides[:, None]).all(2)
        candidates = (within | near).any(1).nonzero()[:, 0]
        if not len(candidates):
            return None
        overlap = overlaps(boxes[candidates], targets)
        score = (objectness[candidates].sigmoid() * classes[candidates].sigmoid()).sqrt().clamp(1e-4, 1 - 1e-4)
        cost = -score.log()[:, None] - 3 * (overlap + 1e-8).log() + 1e5 * ~(within[candidates] & near[candidates])
        counts = overlap.topk(min(10, len(candidates)), 0).values.sum(0).int().clamp(min=1)
        order, chosen = cost.argsort(0), torch.zeros_like(cost, dtype=torch.bool)
        for j in range(len(targets)):
            chosen[order[: counts[j], j], j] = True
        twice = chosen.sum(1) > 1
        if twice.any():
            best = cost[twice].argmin(1)
            chosen[twice] = False
            chosen[twice.nonzero()[:, 0], best] = True
        positive = chosen.any(1)
        which = chosen[positive].float().argmax(1)
        return candidates[positive], targets[which], overlap[positive, which]

    def __call__(self, outputs, labels):
        """The loss and its parts [3]: objectness, box, class; each per taught cell."""
        boxes, count = decode(outputs, self.places, self.strides), len(self.places)
        object_target = torch.zeros(outputs.shape[:2], device=self.device)
        object_weight = torch.ones_like(object_target)
        chosen, targets, overlap = [], [], []
        for j, label in enumerate(labels):
            label = label.to(self.device)
            taught, unsure = label[label[:, 4] >= SURE], label[label[:, 4] < SURE]
            if len(unsure):
                object_weight[j][self.inside(unsure).any(1)] = 0
            found = self.assign(boxes[j], outputs[j, :, 4], outputs[j, :, 5], taught) if len(taught) else None
            if found is not None:
                object_target[j, found[0]] = 1
                object_weight[j, found[0]] = 1
                chosen.append(found[0] + j * count)
                targets.append(found[1])
                overlap.append(found[2])
        positives = max(1, sum(map(len, chosen)))
        objects = F.binary_cross_entropy_with_logits(outputs[..., 4], object_target, reduction="none") * object_weight
        parts = [objects.sum() / positives, outputs.sum() * 0, outputs.sum() * 0]
        if chosen:
            index = torch.cat(chosen)
            parts[1] = 5 * (1 - giou(boxes.reshape(-1, 4)[index], torch.cat(targets))).sum() / positives
            class_logits = outputs.reshape(-1, outputs.shape[-1])[index, 5]
            class_target = torch.cat(overlap).clamp(0, 1)
            parts[2] = F.binary_cross_entropy_with_logits(class_logits, class_target, reduction="sum") / positives
        return sum(parts), torch.stack(parts).detach()
