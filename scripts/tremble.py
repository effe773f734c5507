#!/usr/bin/python3
"""How much joints tremble: what the defaults of smoothing were chosen by (docs/following.md). Needs numpy.

    posed process a.mp4 b.mp4 --out poses/
    /usr/bin/python3 scripts/tremble.py poses/*.jsonl

A joint's trembling is its distance from a cubic through the 13 frames around it, in sizes of the person (the root of the box's
area). The core is the deviation of a Gaussian with the same 39 % of distances below one deviation; the tail is how many
cores away the 99th percentile is (3.0 for a Gaussian). The last line compares smoothed with raw joints over stretches of 15
frames whose first and last third have the same median place. The same is said of the boxes' edges: the detector's own, and between
two looks of the detector (--detect-every) the tracker's.
"""
import collections
import json
import sys

from needs import need

need(numpy="python3-numpy")
import numpy as np  # noqa: E402

HALF = 6
# The middle value of a cubic fitted to 13 evenly spaced ones (Savitzky-Golay).
FIT = np.linalg.pinv(np.vander(np.arange(-HALF, HALF + 1), 4))[-1]


def stretches(path):
    """For every id and every unbroken run of its frames: raw joints, scores, sigmas, smoothed joints (nan: missing), edges of the box, size."""
    runs = collections.defaultdict(list)
    with open(path) as lines:
        for record in map(json.loads, lines):
            if record["type"] != "frame" or record.get("rev"):
                continue
            for person in record["persons"]:
                if "id" in person and person.get("kps"):
                    runs[person["id"]].append((record["frame"], person))
    for people in runs.values():
        start = 0
        for end in range(1, len(people) + 1):
            if end == len(people) or people[end][0] != people[end - 1][0] + 1:
                if end - start >= 3 * HALF:
                    run = [person for _, person in people[start:end]]
                    kp = np.array([p["kp"] for p in run], float)
                    sigma = np.array([[np.nan if s is None else s for s in p["sigma"]] for p in run], float)
                    smooth = np.array([[k or (np.nan, np.nan) for k in p["kps"]] for p in run], float)
                    box = np.array([p["bbox"] for p in run], float)
                    edges = np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], 1)
                    yield kp[:, :, :2], kp[:, :, 2], sigma, smooth, edges, np.median(np.sqrt(box[:, 2] * box[:, 3]))
                start = end


def main():
    errors, scores, shares, raws, smooths, edge_errors, edge_steps = [], [], [], [], [], [], []
    for path in sys.argv[1:]:
        for raw, score, sigma, smooth, edges, size in stretches(path):
            windows = np.lib.stride_tricks.sliding_window_view(edges, 2 * HALF + 1, axis=0)
            edge_errors.append(np.abs(edges[HALF:-HALF] - windows @ FIT).ravel() / size)
            windows = np.lib.stride_tricks.sliding_window_view(raw, 2 * HALF + 1, axis=0)
            error = np.linalg.norm(raw[HALF:-HALF] - windows @ FIT, axis=2)
            errors.append(error.ravel() / size)
            scores.append(score[HALF:-HALF].ravel())
            shares.append((error / sigma[HALF:-HALF]).ravel())
            for start in range(0, len(raw) - 15, 15):
                before, after = (np.median(raw[k : k + 5], axis=0) for k in (start, start + 10))
                still = (np.linalg.norm(after - before, axis=1) < 0.005 * size) & np.isfinite(smooth[start : start + 15]).all((0, 2))
                for moved, steps in (raw, raws), (smooth, smooths):
                    steps.append(np.linalg.norm(np.diff(moved[start : start + 15][:, still], axis=0), axis=2).ravel() / size)
                before, after = (np.median(edges[k : k + 5], axis=0) for k in (start, start + 10))
                still = np.abs(after - before) < 0.005 * size
                edge_steps.append(np.abs(np.diff(edges[start : start + 15][:, still], axis=0)).ravel() / size)
    errors, scores, shares = map(np.concatenate, (errors, scores, shares))
    print(f"{'score':>6} {'joints':>7} {'core':>7} {'0.0038/score':>13} {'tail':>6} {'core/sigma':>11}")
    order = np.argsort(scores)
    for part in np.array_split(order[scores[order] > 0.1], 8):
        core, last = np.percentile(errors[part], (39.3, 99))
        known = shares[part][np.isfinite(shares[part])]
        share = np.percentile(known, 39.3) if len(known) else np.nan
        print(f"{scores[part].mean():6.2f} {len(part):7} {core:7.4f} {0.0038 / scores[part].mean():13.4f} {last / core:6.1f} {share:11.3f}")
    raws, smooths = np.concatenate(raws), np.concatenate(smooths)
    rms = [np.sqrt((steps**2).mean()) for steps in (raws, smooths)]
    medians = [np.median(steps) for steps in (raws, smooths)]
    print(f"still joints move {rms[0] / rms[1]:.1f} times less from frame to frame (root mean square), {medians[0] / medians[1]:.1f} times (median)")
    errors, steps = np.concatenate(edge_errors), np.concatenate(edge_steps)
    core, last = np.percentile(errors, (68.3, 99))
    print(f"edges of boxes tremble by {core:.4f} (99 %: {last:.4f}); those of somebody still move by {np.sqrt((steps**2).mean()):.4f} from frame to frame (root mean square), {np.median(steps):.4f} (median)")


main()
