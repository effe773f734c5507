"""What a larger network gives a smaller one (ViTPose, arXiv 2204.12484, section 3.3), and what of a network stays as it is.

    python train_pose.py --init large.pt --width 384 --heads 6 --token new --frozen trunk heads --out token.pt ...    # learns a token
    python train_pose.py --teacher large.pt --out student.pt ...                                                   # output distillation
    python train_pose.py --token token.pt --out student.pt ...                                                     # token distillation
    python train_pose.py --teacher large.pt --token token.pt --out student.pt ...                                  # both
"""
import torch

from vitpose_files import load_pose

FROZEN = dict(
    patch=("patch.", "position"), attention=("qkv.", "proj.", "norm1."), ffn=("fc1.", "fc2.", "experts.", "norm2."),
    trunk=("patch.", "position", "blocks.", "norm."), heads=("head.", "others.", "auxiliary.", "token_in."), token=("token",),
)  # fmt: skip


def freeze(model, kinds):
    """Takes these parts of a network out of the training; the token's own projection is a head."""
    for name, p in model.named_parameters():
        inner = name.split(".", 2)[2] if name.startswith("blocks.") else name
        for kind in kinds:
            if name == "token" if kind == "token" else inner.startswith(FROZEN[kind]) or name.startswith(FROZEN[kind]):
                p.requires_grad_(False)
    if not any(p.requires_grad for p in model.parameters()):
        raise SystemExit("everything is frozen: nothing is left to train")


def knowledge(model):
    """What a checkpoint keeps of a knowledge token: it, as the large network's trunk meets it."""
    if model.token is None:
        return {}
    with torch.no_grad():
        return dict(token=model.token_in(model.token).clone() if model.shape["token"] == model.shape["width"] else model.token.clone())


class Teacher:
    """A larger network that says what it sees in the same batches; of the first layout only."""

    def __init__(self, path, device):
        self.model, self.device = load_pose(path)[0].to(device).requires_grad_(False), device

    @torch.no_grad()
    def __call__(self, batch, number):
        """Heatmaps [n, k, rows, columns] of normalised images [n, 3, height, width], or none of another layout."""
        if number:
            return None
        with torch.autocast(self.device.split(":")[0], dtype=torch.bfloat16):
            return self.model(batch).float()
