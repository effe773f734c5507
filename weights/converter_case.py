"""What the tests of the converters share."""
import contextlib
import io
import os
import tempfile
import unittest

import torch


class ConverterCase(unittest.TestCase):
    """Runs `main` of a converter, a static method, over what a checkpoint holds."""

    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = place.name

    def convert(self, saved, *more):
        path, out = os.path.join(self.folder, "checkpoint.pth"), os.path.join(self.folder, f"out{len(os.listdir(self.folder))}")
        torch.save(saved, path)
        self.main([path, out, *more])
        return out

    def complaint(self, saved, *more):
        with self.assertRaises(SystemExit) as raised, contextlib.redirect_stderr(io.StringIO()):
            self.convert(saved, *more)
        self.assertNotIn("\n", str(raised.exception))
        return str(raised.exception)
