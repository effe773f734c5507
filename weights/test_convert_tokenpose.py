"""convert_tokenpose.py over made-up checkpoints in the layout of TokenPose's repository, reloaded by training/tokenpose.py.

    python test_convert_tokenpose.py        # some minutes; needs torch and safetensors
"""
import dataclasses
import io
import json
import pathlib
import unittest

import torch

from converter_case import ConverterCase
from convert_tokenpose import main  # finds training/
from tokenpose import PUBLISHED, TokenPose, load


def made_up(shape):
    torch.manual_seed(1)
    return TokenPose(shape).eval()


class Converter(ConverterCase):
    main = staticmethod(main)

    def test_every_published_shape_is_what_it_was(self):
        for name, shape in PUBLISHED.items():
            model = made_up(shape)
            folder = self.convert(model.state_dict())
            again, names = load(folder)
            self.assertEqual(again.shape, shape, name)
            self.assertEqual(names[0], "nose")
            images = torch.randn(1, 3, *shape.image, generator=torch.Generator().manual_seed(2))
            with torch.inference_mode():
                torch.testing.assert_close(again(images), model(images), rtol=0, atol=0)

    def test_other_sizes_and_data_sets(self):
        tall = dataclasses.replace(PUBLISHED["s-v1"], image=(384, 288), patch=(6, 4), depths=(2,), hidden_heatmap=864)
        square = dataclasses.replace(PUBLISHED["s-v1"], image=(256, 256), patch=(4, 4), depths=(2,), keypoints=16, hidden_heatmap=512)
        for shape, more in [(tall, []), (square, ["--dataset", "mpii"])]:
            state = {f"module.{name}": value for name, value in made_up(shape).state_dict().items()}
            folder = self.convert(dict(state_dict=state, epoch=300), "--heads", "8", *more)
            self.assertEqual(load(folder)[0].shape, shape)
            preprocessing = json.loads(pathlib.Path(folder, "preprocessor_config.json").read_text())
            self.assertEqual((preprocessing["affine"], preprocessing["size"]["height"]), ("classic", shape.image[0]))

    def test_what_cannot_be_is_refused(self):
        shape = dataclasses.replace(PUBLISHED["t"], depths=(3,))
        state = made_up(shape).state_dict()
        self.assertIn("--heads says how many", self.complaint(state))
        heads = ["--heads", "16"]
        self.assertIn("and mpii has 16 (--dataset coco or", self.complaint(state, "--dataset", "mpii", *heads))
        for name, value, hint in [
            ("transformer.other", torch.zeros(3), "it holds transformer.other"),
            ("transformer.transformer.layers.1.0.fn.fn.to_qkv.weight", torch.full((576, 192), torch.nan), "no number"),
            ("transformer.pos_embedding", torch.randn(1, 273, 192), "no sines"),
            ("transformer.patch_to_embedding.weight", torch.zeros(192, 500), "--input HxW"),
            ("transformer.transformer.layers.4.0.fn.norm.weight", torch.zeros(192), "does not count"),
        ]:
            self.assertIn(hint, self.complaint(state | {name: value}, *heads))
        self.assertIn("cannot be read", self.complaint(dict(state_dict=state, meta=io.StringIO)))
        self.assertIn("--input HxW", self.complaint(state, "--input", "128x96", *heads))


if __name__ == "__main__":
    unittest.main()
