#!/usr/bin/python3
"""Draws a joint's raw, smoothed and refined height over time. Needs matplotlib.

    posed process squat.mp4 --lag 0.4 --out squat.jsonl
    posed refine squat.jsonl --out refined.jsonl
    /usr/bin/python3 scripts/curves.py squat.jsonl refined.jsonl docs/curves.png left_wrist left_hip
"""
import json
import sys

from needs import need

need(matplotlib="python3-matplotlib")
import matplotlib.pyplot as plt  # noqa: E402


def read(path):
    """The header's keypoints, and the frames' records of the first person: (revision, seconds, person)."""
    with open(path) as lines:
        records = [json.loads(line) for line in lines]
    names = next(r["keypoints"] for r in records if r["type"] == "header")
    people = [(r.get("rev", 0), r["pts_ns"] / 1e9, p) for r in records if r["type"] == "frame" for p in r["persons"] if p.get("id") == 1]
    return names, people


def main():
    recorded, refined, picture, *joints = sys.argv[1:]
    names, people = read(recorded)
    late = read(refined)[1]
    figure, axes = plt.subplots(len(joints), 1, figsize=(9, 2.6 * len(joints)), sharex=True, squeeze=False)
    for axis, joint in zip(axes[:, 0], joints):
        k = names.index(joint)

        def draw(people, label, revision=0, **style):
            chosen = [(t, p["kps"][k][1] if p["kps"][k] else float("nan")) for rev, t, p in people if rev == revision]
            axis.plot(*zip(*chosen), label=label, **style)

        axis.plot(*zip(*[(t, p["kp"][k][1]) for rev, t, p in people if rev == 0]), color="0.75", label="raw")
        draw(people, "smoothed", color="tab:blue")
        draw(people, "smoothed, with lag", 1, color="tab:green", linewidth=1)
        draw(late, "refined", color="tab:red", linewidth=1)
        axis.invert_yaxis()
        axis.set_ylabel(f"{joint.replace('_', ' ')}, pixels")
    axes[0, 0].legend(loc="lower right", fontsize="small")
    axes[-1, 0].set_xlabel("seconds")
    figure.tight_layout()
    figure.savefig(picture, dpi=70)


main()
