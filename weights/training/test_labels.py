"""What labels pictures, in small: how teachers' boxes become one, what is left out, where joints lie, what scores mean. Run by test_recipe.py too."""
import os
import tempfile
import unittest

import numpy as np

import calibrate_detector
import evaluate
import relabel
from gather import Likeness, Shard, label_joints, read_shard
from person_teachers import fused


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 5)


class Labels(unittest.TestCase):
    def test_large_boxes_are_the_mean_of_all_teachers(self):
        found = fused(boxes([0, 0, 200, 400, 0.9]), [boxes([0, 0, 200, 400, 0.6]), boxes()], 1)
        np.testing.assert_allclose(found, [[0, 0, 200, 400, 0.5]], atol=1e-5)

    def test_small_boxes_are_the_first_teachers_word(self):
        found = fused(boxes([0, 0, 10, 20, 0.9]), [boxes([50, 50, 60, 70, 0.8]), boxes()], 1)
        np.testing.assert_allclose(found, [[0, 0, 10, 20, 0.9]], atol=1e-5)

    def test_what_one_of_three_sees_counts_a_third(self):
        found = fused(boxes(), [boxes([0, 0, 200, 400, 0.9]), boxes()], 1)
        np.testing.assert_allclose(found[0, 4], 0.3, atol=1e-5)
        self.assertEqual(fused(boxes(), [boxes(), boxes()], 1).shape, (0, 5))

    def test_a_detection_is_true_once_and_nobody_asks_about_crowds(self):
        truth = boxes([0, 0, 10, 10, 1], [20, 0, 40, 10, 0])
        places = (0.5, [0, 0, 10, 10]), (0.9, [0, 0, 10, 9]), (0.7, [21, 0, 5, 10]), (0.1, [50, 0, 8, 10])
        found = [dict(score=score, bbox=box) for score, box in places]
        self.assertEqual(calibrate_detector.Pictures.judge(truth, found), [(0.9, True), (0.5, False), (0.1, False)])

    def test_scores_of_another_scale_are_put_back(self):
        random, logistic = np.random.default_rng(0), calibrate_detector.logistic

        def drawn(scale, shift):
            usual = random.normal(-1, 2, 20000)
            return logistic((usual - shift) / scale), random.random(20000) < logistic(1.4 * usual + 0.3)

        for scale, shift in ((1, 0), (0.6, -0.5), (1.8, 1.2)):
            found = calibrate_detector.fit([drawn(scale, shift) for _ in range(2)], [drawn(1, 0) for _ in range(2)])
            np.testing.assert_allclose(found, (scale, shift), atol=0.1)

    def test_pictures_like_a_forbidden_one_or_its_mirror_image_are_left_out(self):
        random, likeness = np.random.default_rng(0), Likeness()
        first, second = (random.integers(0, 255, (90, 120, 3), np.uint8) for _ in range(2))
        likeness.forbid(first)
        self.assertFalse(likeness.admits(first[:, ::-1]))
        self.assertTrue(likeness.admits(second))
        self.assertFalse(likeness.admits(second))

    def joint_in_the_middle_of(self, width, height):
        """A teacher who says of every joint that it lies in the middle of what it sees."""
        return lambda crop: np.tile([width / 2, height / 2, 0.9], (17, 1))

    def test_labels_of_a_crop_and_new_labels_of_it_are_in_its_pixels(self):
        picture = np.zeros((400, 300, 3), np.uint8)
        teacher = self.joint_in_the_middle_of(47, 63)
        crop, joints = label_joints(teacher, picture, [100, 100, 200, 300, 1])
        np.testing.assert_allclose(np.array(joints).reshape(17, 3)[0], [107.5, 143.5, 0.9], atol=0.02)
        np.testing.assert_allclose(relabel.joints_in(teacher, crop)[0], [107.5, 143.5, 0.9], atol=0.02)
        near = np.array(joints).reshape(17, 3) + [3, 0, 0]
        self.assertEqual(evaluate.likeness(np.array(joints).reshape(17, 3), np.array(joints).reshape(17, 3)), 1)
        self.assertLess(evaluate.likeness(near, np.array(joints).reshape(17, 3)), 1)
        with tempfile.TemporaryDirectory() as folder:
            shard = Shard(os.path.join(folder, "pose-x.tar"))
            shard.add(crop, 60, kp=joints, source="a.jpg")
            shard.close()
            ((again, label),) = read_shard(shard.path)
        self.assertEqual((again.shape, label["kp"], label["source"]), (crop.shape, joints, "a.jpg"))


if __name__ == "__main__":
    unittest.main()
