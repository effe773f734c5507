"""convert_vitpose.py over made-up checkpoints in the layout of ViTPose's repository, reloaded by transformers.

    python test_convert_vitpose.py        # seconds; needs torch, safetensors and transformers
"""
import io
import json
import os
import pathlib
import sys
import unittest

sys.modules["torchvision"] = None  # transformers would import it, whether it fits this torch or not

import torch
import torch.nn.functional as F

from converter_case import ConverterCase
from convert_vitpose import DATASETS, LAYOUTS, main

WIDTH, HEADS, DEPTH, HIDDEN, PART, SIDE = 384, 12, 2, 1536, 96, 1


def checkpoint(experts=0, associates=(), simple=False, keypoints=17, spare=0):
    """Random parameters with the repository's names; `spare` is how many outputs the associate heads have too many."""
    generator = torch.Generator().manual_seed(1)
    state = {}

    def put(name, *shape, mean=0.0, scale=None):
        scale = 1 / max(1, torch.Size(shape[1:]).numel()) ** 0.5 if scale is None else scale
        state[name] = mean + scale * torch.randn(shape, generator=generator)

    put("backbone.pos_embed", 1, 1 + 12 * SIDE * SIDE, WIDTH, scale=0.3)
    put("backbone.patch_embed.proj.weight", WIDTH, 3, 16, 16)
    put("backbone.patch_embed.proj.bias", WIDTH, scale=0.1)
    norms = ["backbone.last_norm"]
    for block in range(DEPTH):
        place = f"backbone.blocks.{block}."
        norms += [f"{place}norm1", f"{place}norm2"]
        layers = {"attn.qkv": (3 * WIDTH, WIDTH), "attn.proj": (WIDTH, WIDTH), "mlp.fc1": (HIDDEN, WIDTH),
                  "mlp.fc2": (WIDTH - (PART if experts else 0), HIDDEN)}  # fmt: skip
        layers |= {f"mlp.experts.{expert}": (PART, HIDDEN) for expert in range(experts)}
        for name, shape in layers.items():
            put(f"{place}{name}.weight", *shape)
            put(f"{place}{name}.bias", shape[0], scale=0.1)
    for name in norms:
        put(f"{name}.weight", WIDTH, mean=1, scale=0.2)
        put(f"{name}.bias", WIDTH, scale=0.1)
    heads = {"keypoint_head": keypoints} | {f"associate_keypoint_heads.{i}": n + spare for i, n in enumerate(associates)}
    for place, count in heads.items():
        for layer, inputs in ((0, WIDTH), (3, 256)) if not simple else ():
            put(f"{place}.deconv_layers.{layer}.weight", inputs, 256, 4, 4, scale=0.05)
            for kind, mean in (("weight", 1), ("bias", 0), ("running_mean", 0)):
                put(f"{place}.deconv_layers.{layer + 1}.{kind}", 256, mean=mean, scale=0.1)
            state[f"{place}.deconv_layers.{layer + 1}.running_var"] = 0.5 + torch.rand(256, generator=generator)
            state[f"{place}.deconv_layers.{layer + 1}.num_batches_tracked"] = torch.tensor(7)
        put(f"{place}.final_layer.weight", count, *((WIDTH, 3, 3) if simple else (256, 1, 1)))
        put(f"{place}.final_layer.bias", count, scale=0.1)
    return state


def heatmaps(state, images, expert, place):
    """What the checkpoint's network finds, written from the papers: arXiv 2204.12484, section 3, and 2212.04246, section 3.3."""
    def linear(x, name):
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, (WIDTH,), state[f"{name}.weight"], state[f"{name}.bias"], 1e-6)

    x = F.conv2d(images, state["backbone.patch_embed.proj.weight"], state["backbone.patch_embed.proj.bias"], stride=16, padding=2)
    rows, columns = x.shape[2:]
    x = x.flatten(2).transpose(1, 2) + state["backbone.pos_embed"][:, 1:] + state["backbone.pos_embed"][:, :1]
    for block in range(DEPTH):
        name = f"backbone.blocks.{block}."
        q, k, v = linear(norm(x, f"{name}norm1"), f"{name}attn.qkv").unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        x = x + linear(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), f"{name}attn.proj")
        inner = F.gelu(linear(norm(x, f"{name}norm2"), f"{name}mlp.fc1"))
        outer = [linear(inner, f"{name}mlp.fc2")]
        if f"{name}mlp.experts.0.weight" in state:
            outer.append(linear(inner, f"{name}mlp.experts.{expert}"))
        x = x + torch.cat(outer, -1)
    x = norm(x, "backbone.last_norm").transpose(1, 2).unflatten(2, (rows, columns))
    weight, bias = state[f"{place}.final_layer.weight"], state[f"{place}.final_layer.bias"]
    if f"{place}.deconv_layers.0.weight" not in state:
        return F.conv2d(F.interpolate(F.relu(x), scale_factor=4, mode="bilinear"), weight, bias, padding=1)
    for layer in (0, 3):
        x = F.conv_transpose2d(x, state[f"{place}.deconv_layers.{layer}.weight"], stride=2, padding=1)
        after = {k: state[f"{place}.deconv_layers.{layer + 1}.{k}"] for k in ("running_mean", "running_var", "weight", "bias")}
        x = F.relu(F.batch_norm(x, after["running_mean"], after["running_var"], after["weight"], after["bias"]))
    return F.conv2d(x, weight, bias)


class Converter(ConverterCase):
    main = staticmethod(main)

    def agree(self, state, dataset, place, expert=0):
        from transformers import VitPoseForPoseEstimation

        out = self.convert(dict(state_dict=state, meta=dict(epoch=210)), "--dataset", dataset)
        model, loading = VitPoseForPoseEstimation.from_pretrained(out, output_loading_info=True)
        self.assertEqual((list(loading["missing_keys"]), list(loading["unexpected_keys"])), ([], []))
        images = torch.randn(2, 3, 64 * SIDE, 48 * SIDE, generator=torch.Generator().manual_seed(2))
        with torch.inference_mode():
            found, expected = model.eval()(images).heatmaps, heatmaps(state, images, expert, place)
        names = LAYOUTS[dataset].names
        self.assertEqual(found.shape[1], len(names))
        torch.testing.assert_close(found, expected[:, : len(names)], rtol=0, atol=1e-5)
        self.assertEqual(tuple(json.loads(pathlib.Path(out, "config.json").read_text())["id2label"].values()), names)

    def test_a_network_of_one_data_set_is_what_it_was(self):
        self.agree(checkpoint(), "coco", "keypoint_head")
        self.agree(checkpoint(simple=True, keypoints=14), "crowdpose", "keypoint_head")

    def test_every_head_of_vitpose_plus_comes_with_its_expert(self):
        state = checkpoint(experts=6, associates=[len(LAYOUTS[n].names) for n in DATASETS[1:]])
        for number, name in enumerate(DATASETS):
            self.agree(state, name, f"associate_keypoint_heads.{number - 1}" if number else "keypoint_head", number)

    def test_outputs_to_spare_are_left_out(self):
        self.agree(checkpoint(associates=[14, 16], spare=3), "mpii", "associate_keypoint_heads.1")

    def test_what_is_not_there_is_refused(self):
        several = checkpoint(experts=3, associates=[14, 16])
        self.assertIn("has no expert of wholebody: it has those of coco, aic, mpii", self.complaint(several, "--dataset", "wholebody"))
        self.assertIn("no head of ap10k", self.complaint(checkpoint(associates=[14]), "--dataset", "ap10k"))
        self.assertIn("finds 17 keypoints, and wholebody has 133", self.complaint(checkpoint(), "--dataset", "wholebody"))
        self.assertIn("--dataset mpii", self.complaint(checkpoint(keypoints=16)))
        self.complaint(checkpoint(), "--dataset", "nobody")

    def test_what_is_strange_is_refused(self):
        whole = checkpoint(experts=2, associates=[14])
        for name, value, hint in [
            ("backbone.blocks.0.attn.rel_pos_h", torch.zeros(3), "backbone.blocks.0.attn.rel_pos_h"),
            ("backbone.blocks.1.attn.qkv.weight", torch.zeros(3, 3), "not [1152, 384]"),
            ("backbone.blocks.7.norm1.weight", torch.zeros(WIDTH), "does not count"),
            ("backbone.blocks.1.mlp.experts.1.bias", torch.zeros(PART - 1), "not [96]"),
            ("backbone.pos_embed", torch.zeros(1, 14, WIDTH), "14 position embeddings"),
            ("backbone.last_norm.bias", torch.full((WIDTH,), torch.nan), "no number"),
            ("keypoint_head.final_layer.weight", torch.zeros(17, 255, 1, 1), "not [any, 256, 1, 1]"),
        ]:
            dataset = "aic" if "experts.1" in name else "coco"
            self.assertIn(hint, self.complaint(whole | {name: value}, "--dataset", dataset))
        self.assertIn("lacks backbone.last_norm.weight", self.complaint({k: v for k, v in whole.items() if "last_norm" not in k}))
        self.assertIn("holds no parameters", self.complaint([1, 2]))
        self.assertIn("cannot be read", self.complaint(dict(state_dict=whole, meta=io.StringIO)))

    def test_a_folder_that_is_there_stays(self):
        path = os.path.join(self.folder, "checkpoint.pth")
        torch.save(checkpoint(), path)
        with self.assertRaises(SystemExit) as raised:
            main([path, self.folder])
        self.assertIn("File exists", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
