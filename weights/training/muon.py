"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon): orthogonalised momentum for the blocks' matrices."""
import torch


def orthogonal(gradient):
    """Nearest semi-orthogonal matrices [..., rows, columns], by five Newton-Schulz steps."""
    x = gradient.bfloat16()
    flipped = x.shape[-2] > x.shape[-1]
    x = x.mT if flipped else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.mT if flipped else x).float()


class Muon:
    """Query, key and value are orthogonalised apart; matrices of one shape in one batch."""

    def __init__(self, parameters, rate, decay, momentum=0.95):
        self.rate, self.decay, self.momentum = rate, decay, momentum
        shapes = sorted({p.shape for p in parameters})
        self.groups = [[p for p in parameters if p.shape == shape] for shape in shapes]
        self.buffers = [torch.zeros(len(group), *group[0].shape, device=group[0].device) for group in self.groups]

    @torch.no_grad()
    def step(self, factor):
        for group, buffer in zip(self.groups, self.buffers):
            rows, columns = buffer.shape[1:]
            gradients = torch.stack([p.grad for p in group])
            buffer.mul_(self.momentum).add_(gradients)
            update = gradients.add(buffer, alpha=self.momentum)
            part = rows // 3 if rows == 3 * columns else rows
            update = orthogonal(update.view(-1, part, columns)).view_as(buffer)
            rate = self.rate * factor * max(1, part / columns) ** 0.5
            for p, change in zip(group, update):
                p.mul_(1 - self.rate * factor * self.decay).add_(change, alpha=-rate)

    def state_dict(self):
        return self.buffers

    def load_state_dict(self, buffers):
        for mine, saved in zip(self.buffers, buffers):
            mine.copy_(saved)
