"""The papers' recipes in small, on drawn people: shapes, layouts, experts, knowledge tokens, masked pre-training. Run by test_recipe.py too."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import cv2
import numpy as np
import torch

import compare
import export
import mae
import pretrain
import readers
import run
import train_pose
from drawn import call, figure, make_data
from gather import Shard, read_shard
from layouts import LAYOUTS
from vitpose import ViTPose
from vitpose_files import alone, estimator, load_published

SMALL = ("--width", 24, "--depth", 2, "--heads", 2)


class Papers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.folder = cls.place.name
        make_data(cls.folder)
        os.link(f"{cls.folder}/pose-test.tar", f"{cls.folder}/held.tar")

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def train(self, out, samples, *more, data=("pose-test.tar",)):
        call(train_pose.main, "--data", *map(self.path, data), "--out", self.path(out), "--size", 64, 48, "--samples", samples,
             "--batch", 8, "--warm", 2, "--muon", 0.01, *SMALL, *more)  # fmt: skip
        return torch.load(self.path(out), weights_only=True)

    def test_every_mirror_undoes_itself(self):
        for name, layout in LAYOUTS.items():
            mirror = np.array(layout.mirror)
            self.assertEqual((name, mirror[mirror].tolist()), (name, list(range(len(layout.names)))))
        self.assertEqual(LAYOUTS["coco"].mirror[5], 6)
        self.assertEqual([len(LAYOUTS[k].names) for k in ("coco", "crowdpose", "mpii", "aic", "ap10k", "wholebody")], [17, 14, 16, 14, 17, 133])

    def picture(self):
        """A drawn person in pictures/a.jpg, and its joints [17, 3], all visible."""
        os.makedirs(self.path("pictures"), exist_ok=True)
        canvas = np.zeros((160, 200, 3), np.uint8)
        joints = figure(canvas, 100, 80, 120)
        cv2.imwrite(self.path("pictures/a.jpg"), canvas)
        return np.column_stack([joints, np.full(17, 2)])

    def read(self, kind, data):
        """The labels that readers.py makes of an annotation file's data."""
        with open(self.path("annotations.json"), "w") as file:
            json.dump(data, file)
        call(readers.main, kind, self.path("annotations.json"), "--pictures", self.path("pictures"), "--name", kind, "--out", self.folder)
        return [np.array(label["kp"]).reshape(-1, 3) for _, label in read_shard(self.path(f"pose-{kind}.tar"))]

    def coco(self, **fields):
        annotation = dict(image_id=1, category_id=1, bbox=[60, 20, 80, 120], iscrowd=0, **fields)
        return dict(images=[dict(id=1, file_name="a.jpg")], annotations=[annotation])

    def test_each_form_of_annotations_becomes_crops(self):
        joints = self.picture()
        inside = lambda kp: ((kp[:, :2] >= 0) & (kp[:, :2] <= [216, 288])).all()
        joints[0, 2] = 0  # the nose is not marked
        (kp,) = self.read("coco", self.coco(keypoints=joints.ravel().tolist()))
        self.assertEqual((kp[0, 2], kp[1, 2], inside(kp[1:])), (0.2, 1, True))
        np.testing.assert_allclose(np.diff(kp[1:3, 0]), 6 * 1.2 * 215 / (120 * 0.75 * 1.6), atol=0.1)  # the eyes are 6 hundredths of 120 apart
        (kp,) = self.read("crowdpose", self.coco(keypoints=joints[:14].ravel().tolist()))
        self.assertEqual(kp.shape, (14, 3))
        parts = dict(foot_kpts=[0] * 18, face_kpts=[0] * 204, lefthand_kpts=[100, 80, 1] * 21, righthand_kpts=[0] * 63)
        (kp,) = self.read("wholebody", self.coco(keypoints=joints.ravel().tolist(), **parts))
        self.assertEqual(((kp[:, 2] == 1).sum(), kp.shape), (16 + 21, (133, 3)))
        person = dict(image="a.jpg", center=[100, 80], scale=0.6, joints=(joints[:16, :2] + 1).tolist(), joints_vis=[1] * 15 + [0])
        (kp,) = self.read("mpii", [person])
        self.assertEqual((kp.shape, kp[15, 2], inside(kp)), ((16, 3), 0.2, True))
        person = dict(image_id="a", human_annotations=dict(human1=[60, 20, 140, 140]))
        values = np.column_stack([joints[:14, :2], [3, 2] + [1] * 12]).ravel().tolist()
        (kp,) = self.read("aic", [dict(person, keypoint_annotations=dict(human1=values))])
        self.assertEqual((kp.shape, kp[0, 2], kp[1, 2]), ((14, 3), 0.2, 1))

    def test_wrong_annotations_get_one_line(self):
        self.picture()
        for kind, data in (("coco", []), ("mpii", dict(images=[])), ("crowdpose", self.coco(keypoints=[1, 1, 2] * 17))):
            with self.assertRaises(SystemExit) as stopped:
                self.read(kind, data)
            self.assertIn("annotations.json", str(stopped.exception))
            self.assertNotIn("\n", str(stopped.exception))

    def two_layouts(self):
        shard = Shard(self.path("pose-animals.tar"))
        for picture, label in read_shard(self.path("pose-test.tar")):
            shard.add(picture, 80, kp=label["kp"][: 14 * 3], layout="crowdpose")
        shard.close()
        return ("pose-test.tar", "pose-animals.tar")

    def test_several_data_sets_share_a_trunk_with_heads_and_experts(self):
        saved = self.train("several.pt", 160, "--experts", 6, data=self.two_layouts())
        self.assertEqual(saved["shape"]["others"], [14])
        model = ViTPose(grid=saved["grid"], **saved["shape"]).eval()
        model.load_state_dict({k: v for k, v in saved["model"].items() if not k.startswith("auxiliary")})
        self.assertGreater(model.others[0].weight.abs().max(), 0)  # both heads have learnt
        images = torch.randn(2, 3, 64, 48)
        for number, keypoints in ((0, 17), (1, 14)):
            single = alone(model, number)
            self.assertEqual((single.keypoints, len(single.blocks[0].experts)), (keypoints, 0))
            torch.testing.assert_close(single(images), model(images, number=number), rtol=0, atol=1e-5)
        again = self.train("again.pt", 8, "--experts", 6, "--init", self.path("pose-one.pt") if self.train("pose-one.pt", 8) else "",
                           data=self.two_layouts())  # fmt: skip
        self.assertEqual(again["shape"]["part"], 6)

    def test_turns_do_not_depend_on_how_long_a_run_is(self):
        short, long = run.Turns([10, 30], 20, 3), run.Turns([10, 30], 4000, 3)
        self.assertEqual([short(k) for k in range(20)], [long(k) for k in range(20)])
        self.assertAlmostEqual((long.numbers == 1).double().mean().item(), 0.75, delta=0.03)

    def test_knowledge_passes_from_a_large_network_to_a_small_one(self):
        large = ("--width", 48, "--heads", 4)
        before = self.train("large.pt", 16, *large)
        token = self.train("token.pt", 48, *large, "--init", self.path("large.pt"), "--token", "new", "--frozen", "trunk", "heads", "--rate", 0.1)
        changed = [k for k, v in token["raw"].items() if k in before["model"] and not torch.equal(v, before["model"][k])]
        self.assertEqual((changed, token["token"].shape), ([], (1, 1, 48)))
        student = self.train("student.pt", 16, "--teacher", self.path("large.pt"), "--token", self.path("token.pt"))
        torch.testing.assert_close(student["raw"]["token"], token["token"])
        self.assertEqual(estimator(student)(torch.randn(1, 3, 64, 48)).shape, (1, 17, 16, 12))
        with self.assertRaises(SystemExit):
            export.published(estimator(student))

    def test_frozen_parts_stay_and_the_classic_decoder_is_exported(self):
        start = self.train("classic.pt", 8, "--decoder", "classic")
        tuned = self.train("tuned.pt", 16, "--decoder", "classic", "--init", self.path("classic.pt"), "--frozen", "attention", "patch")
        changed = {k.split(".", 2)[-1] for k, v in tuned["raw"].items() if k.startswith("blocks.") and not torch.equal(v, start["model"][k])}
        self.assertEqual(changed, {f"{n}.{kind}" for n in ("fc1", "fc2", "norm2") for kind in ("weight", "bias")})
        export.pose(self.path("tuned.pt"), self.path("classic"))  # compared with transformers there
        images = torch.randn(1, 3, 64, 48)
        torch.testing.assert_close(load_published(self.path("classic"))(images), estimator(tuned)(images), rtol=0, atol=5e-3)

    def test_settling_auxiliary_heads_leave_the_trunk_alone(self):
        model = ViTPose(24, 2, 2, auxiliary=(2,), grid=(4, 3))
        for model.settling, moved in ((True, False), (False, True)):
            model.zero_grad()
            model(torch.randn(2, 3, 64, 48), with_auxiliary=True)[1][0].square().sum().backward()
            self.assertEqual((model.patch.weight.grad is not None, model.auxiliary[0][1].weight.grad is not None), (moved, True))

    def test_masked_pretraining_tells_pixels_and_starts_a_pose_network(self):
        printed = call(pretrain.main, "--data", self.path("pose-test.tar"), "--out", self.path("mae.pt"), "--size", 64, 48, "--samples", 640,
                       "--batch", 8, "--warm", 5, "--rate", 0.002, *SMALL)  # fmt: skip
        errors = [float(line.split("error ")[1].split()[0]) for line in printed.splitlines() if "error" in line]
        self.assertLess(errors[-1], 0.97 * errors[0])
        saved = self.train("from-mae.pt", 8, "--init", self.path("mae.pt"))
        self.assertEqual([r["init"] for r in saved["history"]], ["", "mae.pt"])

    def test_the_masked_pixels_are_those_that_a_token_sees(self):
        images, order = torch.randn(2, 3, 64, 48), torch.arange(12).expand(2, -1)
        told = mae.patches(images)
        kernel = torch.zeros(1, 3, 16, 16)
        kernel[0, 1, 3, 5] = 1
        seen = torch.nn.functional.conv2d(images, kernel, stride=16, padding=2).flatten(1)
        torch.testing.assert_close(told[:, :, 256 + 3 * 16 + 5], seen)
        truth = (told - told.mean(2, keepdim=True)) / (told.var(2, keepdim=True) + 1e-6).sqrt()
        self.assertLess(mae.loss_of(truth, images, order, 3), 1e-6)

    def test_variants_are_compared_over_seeds(self):
        common = "--size 64 48 --samples 16 --batch 8 --warm 1 --width 24 --depth 2 --heads 2"
        printed = call(compare.main, "--data", self.path("pose-test.tar"), "--held-out", self.path("held.tar"), "--out", self.path("runs"),
                       "--seeds", 0, 1, "--common", common, "--variant", "plain=", "--variant", "classic=--decoder classic")  # fmt: skip
        rows = [line.split("|")[1:-1] for line in printed.splitlines()[2:]]
        self.assertEqual([row[0].strip() for row in rows], ["plain", "classic"])
        for _, mean, spread, _ in rows:
            least, most = map(float, spread.split(","))
            self.assertTrue(0 < least <= float(mean) <= most < 1)

    def test_torchrun_shares_a_batch_as_workers_do(self):
        self.train("workers.pt", 16, "--workers", 2)
        options = ["--data", "pose-test.tar", "--out", "torchrun.pt", "--size", 64, 48, "--samples", 16, "--batch", 8, "--warm", 2, "--muon", 0.01, *SMALL]
        launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2, train_pose.__file__, *options]
        subprocess.run([sys.executable, *map(str, launch)], cwd=self.folder, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        one, two = (torch.load(self.path(n), weights_only=True)["raw"] for n in ("workers.pt", "torchrun.pt"))
        for name, value in one.items():
            torch.testing.assert_close(two[name], value, rtol=0, atol=1e-5)

    def test_shapes_that_do_not_fit_get_one_line(self):
        self.train("narrow.pt", 8)
        for more in (("--width", 48), ("--heads", 5), ("--batch", 64)):
            with self.assertRaises(SystemExit) as stopped:
                self.train("wide.pt", 8, "--init", self.path("narrow.pt"), *more)
            self.assertNotIn("\n", str(stopped.exception))


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
