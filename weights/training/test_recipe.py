"""The whole recipe in small: synthetic crops and pictures, a few steps, stop and go on, export, reload in transformers.

    python test_recipe.py        # seconds; needs no data and no network
"""
import json
import os
import tempfile
import unittest

import numpy as np
import torch
from safetensors.torch import load_file

import export
import fused
import person_data
import pose_data
import run
import train_person
import train_pose
from drawn import call, make_data
from simota import Loss
from test_labels import Labels  # noqa: F401 - their tests run with these
from test_papers import Papers  # noqa: F401
from vitpose import Block, Simple, ViTPose
from vitpose_files import deit, fill, load_published
from yolox import YOLOX, calibrate, input_size


class Recipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.folder = cls.place.name
        make_data(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def pose(self, out, samples, *more):
        call(train_pose.main, "--data", self.path("pose-test.tar"), "--out", self.path(out), "--size", 64, 48,
             "--samples", samples, "--batch", 8, "--warm", 2, "--muon", 0.01, *more)  # fmt: skip
        return torch.load(self.path(out), weights_only=True)

    def test_a_stopped_pose_run_goes_on_where_it_was(self):
        whole = self.pose("whole.pt", 48)
        with self.assertRaises(InterruptedError):
            self.stop_after(train_pose.run, 3, lambda: self.pose("parts.pt", 48, "--keep", 3))
        self.assertEqual(torch.load(self.path("parts.pt"), weights_only=True)["step"], 3)
        parts = self.pose("parts.pt", 48, "--keep", 3)
        for name, value in whole["raw"].items():
            torch.testing.assert_close(parts["raw"][name], value, rtol=0, atol=1e-5)

    def stop_after(self, module, step, action):
        save = module.save

        def then_stop(path, state):
            save(path, state)
            if state["step"] == step:
                raise InterruptedError

        module.save = then_stop
        try:
            action()
        finally:
            module.save = save

    def test_training_lowers_the_loss(self):
        printed = call(train_pose.main, "--data", self.path("pose-test.tar"), "--out", self.path("long.pt"), "--size", 64, 48,
                       "--samples", 360, "--batch", 6, "--warm", 5, "--muon", 0.02)  # fmt: skip
        losses = [float(line.split("ce ")[1].split()[0]) for line in printed.splitlines() if " ce " in line]
        self.assertLess(losses[-1], 0.95 * losses[0])

    def test_the_exported_pose_network_is_the_same_in_transformers(self):
        self.pose("export.pt", 16)
        saved = export.pose(self.path("export.pt"), self.path("vitpose-tiny"))
        with open(self.path("vitpose-tiny/config.json")) as file:
            self.assertEqual(json.load(file)["backbone_config"]["image_size"], [64, 48])
        again = load_published(self.path("vitpose-tiny"))
        model = ViTPose(grid=saved["grid"]).eval()
        model.load_state_dict({k: v for k, v in saved["model"].items() if not k.startswith("auxiliary")})
        images = torch.randn(1, 3, 64, 48)
        torch.testing.assert_close(again(images), model(images), rtol=0, atol=5e-3)

    def test_the_decoder_is_an_enlargement_and_a_convolution(self):
        tokens, head = torch.randn(2, 12, 192), torch.nn.Conv2d(192, 17, 3, 1, 1)
        grid = tokens.relu().transpose(1, 2).reshape(2, 192, 4, 3)
        plain = head(torch.nn.functional.interpolate(grid, scale_factor=4, mode="bilinear", align_corners=False))
        ours = Simple(192, 17)
        ours.load_state_dict(head.state_dict())
        torch.testing.assert_close(ours(tokens, 4, 3), plain, rtol=0, atol=1e-5)

    def gradients(self, model, images):
        model.zero_grad()
        torch.manual_seed(5)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            heatmaps, auxiliary = model(images, with_auxiliary=True)
        (heatmaps.square().mean() + auxiliary[0].square().mean()).backward()
        return heatmaps.detach(), {name: p.grad.clone() for name, p in model.named_parameters()}

    @unittest.skipUnless(fused.library(), "no AVX512-BF16, or no compiler")
    def test_fused_blocks_are_the_plain_ones(self):
        torch.manual_seed(4)
        model, images = ViTPose(width=64, depth=3, heads=2, grid=(8, 6), auxiliary=(3,)).train(), torch.randn(4, 3, 128, 96)
        for name, p in model.named_parameters():
            p.data += 0.1 * torch.randn_like(p)
        threads, each = torch.get_num_threads(), []
        for count in (1, 2):  # only one thread has the fused blocks
            torch.set_num_threads(count)
            self.assertEqual(self.takes_fused(model, images), count == 1)
            each.append(self.gradients(model, images))
        torch.set_num_threads(threads)
        (fused_maps, fused_gradients), (maps, gradients) = each
        torch.testing.assert_close(fused_maps, maps, rtol=0, atol=0.03 * maps.abs().max().item())
        for name, gradient in gradients.items():
            alike = torch.nn.functional.cosine_similarity(gradient.flatten(), fused_gradients[name].flatten(), 0)
            self.assertGreater(alike, 0.99, name)
            self.assertLess(abs(fused_gradients[name].norm() / gradient.norm() - 1), 0.03, name)

    def takes_fused(self, model, images):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return fused.takes(model.blocks[0], torch.zeros(len(images), 48, 64))

    @unittest.skipUnless(fused.library(), "no AVX512-BF16, or no compiler")
    def test_fused_blocks_skip_branches_of_whole_samples(self):
        torch.manual_seed(6)
        block, x = Block(64, 2, 0.5).train(), torch.randn(64, 16, 64)
        with torch.no_grad():
            change = (fused.run(block, x) - x).flatten(1).norm(dim=1)
            both = (fused.run(block.eval(), x) - x).flatten(1).norm(dim=1)
        self.assertTrue(6 < (change == 0).sum() < 28)  # a quarter lose both branches
        self.assertTrue((both > 0).all())

    def test_crops_are_cut_on_a_cpu_as_on_other_devices(self):
        (crops,) = pose_data.read_crops([self.path("pose-test.tar")], 288, 216)
        here, there = (pose_data.Augment(crops, 256, 192, device) for device in ("cpu", torch.device("cpu")))
        index = torch.arange(8)
        images, *targets = here(index, 3)
        others, *same = there(index, 3)
        self.assertLess((images - others).abs().mean(), 0.02)
        for a, b in zip(targets, same):
            torch.testing.assert_close(a, b)

    def test_a_deit_trunk_fits(self):
        model, theirs = ViTPose(), {"pos_embed": torch.randn(1, 197, 192)}
        for kind, shape in (("weight", (192, 3, 16, 16)), ("bias", (192,))):
            theirs[f"patch_embed.proj.{kind}"], theirs[f"norm.{kind}"] = torch.randn(shape), torch.randn(192)
            for i in range(12):
                names = dict(norm1=(192,), norm2=(192,))
                names |= {"attn.qkv": (576, 192), "attn.proj": (192, 192), "mlp.fc1": (768, 192), "mlp.fc2": (192, 768)}
                for name, full in names.items():
                    theirs[f"blocks.{i}.{name}.{kind}"] = torch.randn(full if kind == "weight" else full[:1])
        torch.save(dict(model=theirs), self.path("deit.pth"))
        fill(model, deit(self.path("deit.pth"), model.grid, 12), "deit.pth")
        torch.testing.assert_close(model.blocks[7].qkv.weight.data, theirs["blocks.7.attn.qkv.weight"])

    def test_the_detector_trains_and_exports(self):
        call(train_person.main, "--data", self.path("detect-test.tar"), "--out", self.path("person.pt"), "--size", 96,
             "--samples", 24, "--batch", 8, "--warm", 2)  # fmt: skip
        export.person(self.path("person.pt"), self.path("person-nano"))
        tensors = load_file(self.path("person-nano/model.safetensors"))
        self.assertEqual({k for k in YOLOX(classes=1).state_dict() if "num_batches" not in k}, set(tensors))
        self.assertEqual(tensors["head.cls_preds.0.weight"].shape, (1, 64, 1, 1))

    def test_frozen_stages_and_kept_statistics_stay(self):
        call(train_person.main, "--data", self.path("detect-test.tar"), "--out", self.path("start.pt"), "--size", 96,
             "--samples", 8, "--batch", 8, "--warm", 1)  # fmt: skip
        call(train_person.main, "--data", self.path("detect-test.tar"), "--out", self.path("tuned.pt"), "--size", 96, "--samples", 16,
             "--batch", 8, "--warm", 1, "--init", self.path("start.pt"), "--frozen", 3, "--keep-norms")  # fmt: skip
        before, after = (torch.load(self.path(n), weights_only=True) for n in ("start.pt", "tuned.pt"))
        changed = [k for k, v in after["raw"].items() if not torch.equal(v, before["model"][k])]
        self.assertIn("head.obj_preds.0.weight", changed)
        self.assertEqual([k for k in changed if "running" in k or ".dark3." in k or ".stem." in k], [])

    def test_an_input_follows_its_picture(self):
        self.assertEqual(input_size(416, 1920, 1080), (544, 320))
        self.assertEqual(input_size(416, 90, 90), (416, 416))

    def test_calibrated_norms_leave_the_function_as_it_was(self):
        torch.manual_seed(0)
        model, images = YOLOX(classes=1).eval(), torch.rand(4, 3, 64, 64) * 255
        with torch.no_grad():
            before = model(images)
            calibrate(model, images)
            torch.testing.assert_close(model(images), before, rtol=1e-3, atol=1e-3)

    def test_the_assignment_finds_the_cell_that_is_right(self):
        loss, boxes = Loss(64, "cpu"), torch.zeros(84, 4)
        boxes[:, 2:] = 4
        boxes[80] = torch.tensor([32.0, 32, 48, 48])  # the first cell of stride 32, centred (16, 16), already says the truth
        found, targets, overlap = loss.assign(boxes, torch.zeros(84), torch.zeros(84), torch.tensor([[8.0, 8, 56, 56, 0.9]]))
        self.assertEqual(found.tolist(), [80])
        torch.testing.assert_close(targets, torch.tensor([[32.0, 32, 48, 48]]))
        torch.testing.assert_close(overlap, torch.ones(1))

    def test_turned_boxes_stay_on_their_people(self):
        picture = np.zeros((40, 60, 3), np.uint8)
        picture[5:15, 20:50] = 255
        for turn in person_data.TURNS:
            moved, boxes = person_data.turned(picture, np.array([[20, 5, 50, 15, 1]], np.float32), turn)
            left, top, right, bottom = boxes[0, :4].astype(int)
            self.assertEqual(int((moved[top:bottom, left:right] == 255).all()) * (right - left) * (bottom - top), 300)

    def test_every_epoch_shows_each_sample_once(self):
        seen = torch.cat([run.order(24, 8, step, 0) for step in range(3, 6)])
        self.assertEqual(sorted(seen.tolist()), list(range(24)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
