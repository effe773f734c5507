"""The teachers that find joints in crops: one PP-TinyPose 256x192 or two of other weights (OpenVINO IR, ncnn)."""
import numpy as np

from evaluate import MEAN, MIRROR, STD, dark

WIDTH, HEIGHT = 192, 256


class OpenVINO:
    """A PP-TinyPose in OpenVINO's form (`model.xml` beside `model.bin`)."""

    def __init__(self, path):
        import openvino

        core = openvino.Core()
        model = core.read_model(path)
        model.reshape({model.inputs[0].get_any_name(): [1, 3, HEIGHT, WIDTH]})
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        self.model = core.compile_model(model, "CPU", options)

    def __call__(self, tensor):
        """Heatmaps [17, 64, 48] of a normalised crop [3, 256, 192]."""
        return self.model(tensor[None])[self.model.output(0)][0]


class NCNN:
    """A PP-TinyPose in ncnn's form (`NAME.param` beside `NAME.bin`)."""

    def __init__(self, path):
        import ncnn

        self.matrix, self.net = ncnn.Mat, ncnn.Net()
        self.net.opt.num_threads = 1
        self.net.load_param(path)
        self.net.load_model(path.removesuffix(".param") + ".bin")

    def __call__(self, tensor):
        """Heatmaps [17, 64, 48] of a normalised crop [3, 256, 192]."""
        run, held = self.net.create_extractor(), np.ascontiguousarray(tensor)  # ncnn reads it in place
        run.input("image", self.matrix(held))
        return np.array(run.extract("save_infer_model/scale_0.tmp_1")[1])


class PoseTeachers:
    """The mean of teachers, each of whom sees a crop twice, as it is and mirrored."""

    def __init__(self, paths):
        self.teachers = [NCNN(path) if path.endswith(".param") else OpenVINO(path) for path in paths]

    def heatmaps(self, crop):
        """Heatmaps [17, 64, 48] of an RGB crop 256x192."""
        tensor = ((crop - MEAN) / STD).transpose(2, 0, 1).astype(np.float32)
        mirrored = np.ascontiguousarray(tensor[:, :, ::-1])
        maps = [teacher(tensor) + teacher(mirrored)[:, :, ::-1][MIRROR] for teacher in self.teachers]
        return sum(maps) / (2 * len(maps))

    def __call__(self, crop):
        """Joints [17, 3] of an RGB crop in heatmap pixels with the height of their peaks."""
        return np.array([dark(np.ascontiguousarray(m)) for m in self.heatmaps(crop)])
