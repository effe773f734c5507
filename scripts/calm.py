#!/usr/bin/python3
"""How calm still joints are and how late fast ones, for each --min-cutoff and --beta of smoothing (docs/following.md). Needs numpy.

    posed process squat.mp4 walk.mp4 dance.mp4 pushup.mp4 one-by-one.mp4 --out poses/
    /usr/bin/python3 scripts/calm.py poses/*.jsonl

It smooths the records' raw keypoints anew as `TrackSmoother` and `OneEuroFilter` do, and first holds itself against their `kps`. A
camera that moves is not followed: take clips of one that stands.

- still: joints that rest for 15 frames (raw, their median places in the first and the last 5 are within 0.005 sizes of the person,
  the root of the box's area). Their root mean square distance from the straight way that fits them best there, in pixels of a
  picture 480 high: over all these stretches, the median of them, and nine tenths of them. Clips whose names begin with `held` are one: pictures
  that are held under fresh sensor noise, so that all motion is the network's:
    ffmpeg -ss 3 -i walk.mp4 -frames:v 1 walk.png
    ffmpeg -loop 1 -i walk.png -vf scale=-2:480,noise=alls=10:allf=t -t 4 -r 30 -pix_fmt yuv420p held-walk.mp4
- lag: of wrists faster than 1 size a second, in frames of 30 a second: how much later the smoothed path is than parabolas through 7
  raw places, by least squares, where these follow the raw path within 0.03 sizes.
- swing, reach and sway, of which the truth is known: a wrist that swings by 0.2 sizes to each side twice a second (lag, amplitude
  left); one that moves by 0.6 sizes in 0.4 s and stops (how far it shoots over its end, in sizes); one that sways by 0.1 sizes in
  four seconds (how far it is behind, in sizes). All tremble by 0.006 sizes.
"""
import argparse
import collections
import json
import math

from needs import need

need(numpy="python3-numpy")
import numpy as np  # noqa: E402

TREMBLING = 0.2  # Keypoint.trembling
HOLD = 0.4
CUTOFFS, BETAS = (0.3, 0.5, 0.7, 1, 2), (1, 2, 3, 4, 6)


class Euro:
    """OneEuroFilter.swift."""

    def __init__(self, x, y):
        self.x, self.y, self.vx, self.vy, self.usual, self.strayed = x, y, 0.0, 0.0, 0.008, None

    def update(self, x, y, step, size, weight, cutoff, beta):
        dx, dy = (x - self.x) / size, (y - self.y) / size
        distance, limit = math.hypot(dx, dy), 2.5 * self.usual
        if distance > limit:
            before, self.strayed = self.strayed, (dx, dy)
            if not before or dx * before[0] + dy * before[1] <= 0.7 * distance * math.hypot(*before):
                dx, dy = dx * limit / distance, dy * limit / distance
        else:
            self.strayed = None
        self.usual += (1 - math.exp(-step / 0.3)) * (min(max(distance, 0.004), 2 * limit) - self.usual)
        quick = share(2, step)
        self.vx += quick * (dx / step - self.vx)
        self.vy += quick * (dy / step - self.vy)
        slow = share(weight * (cutoff + beta * math.hypot(self.vx, self.vy)), step)
        self.x += slow * dx * size
        self.y += slow * dy * size


def share(cutoff, step):
    rate = 2 * math.pi * cutoff * step
    return rate / (1 + rate)


def rings(bones, count):
    """For every joint the joints one bone away, two, and so on: JointNeighbours.swift."""
    near = [set() for _ in range(count)]
    for a, b in bones:
        near[a].add(b), near[b].add(a)
    found = []
    for joint in range(count):
        reached, ring, all_ = {joint}, {joint}, []
        while ring := {n for j in ring for n in near[j]} - reached:
            reached |= ring
            all_.append(sorted(ring))
        found.append(all_)
    return found


class Track:
    """One person's frames: times, raw joints (nan: not seen), weights, sizes, and what the records say of the smoothed ones."""

    def __init__(self, people, height):
        self.height, self.times = height, np.array([t for t, _ in people])
        persons = [p for _, p in people]
        seen = np.array([[c == "o" for c in p["state"]] for p in persons])
        raw = np.array([p["kp"] for p in persons], float)[:, :, :2]
        self.raw = np.where(seen[:, :, None], raw, np.nan)
        self.kps = np.array([[k or (np.nan, np.nan) for k in p["kps"]] for p in persons], float)
        sigma = np.array([[np.nan if s is None else s for s in p["sigma"]] for p in persons], float)
        areas = np.array([max(1, (p["bbox"][2] * p["bbox"][3]) ** 0.5) for p in persons])
        self.size = areas.copy()
        for i in range(1, len(areas)):  # PoseCleaner.swift
            self.size[i] = self.size[i - 1] + (1 - math.exp(self.times[i - 1] - self.times[i])) * (areas[i] - self.size[i - 1])
        noise = np.clip(TREMBLING * sigma / self.size[:, None], 0.002, 0.2) / 0.012
        self.weight = np.clip(1 / noise**2, 0.02, 1)

    def smoothed(self, cutoff, beta, rings):
        """TrackSmoother.swift."""
        count = self.raw.shape[1]
        filters, updated, out = [None] * count, [0.0] * count, np.full(self.raw.shape, np.nan)
        for i, now in enumerate(self.times):
            size, shifts, rest = self.size[i], [None] * count, []

            def update(joint):
                filters[joint].update(*self.raw[i, joint], max(1e-4, now - updated[joint]), size, self.weight[i, joint], cutoff, beta)
                updated[joint] = now

            for joint in range(count):
                seen = not math.isnan(self.raw[i, joint, 0])
                if filters[joint] and now - updated[joint] > HOLD + 1e-6:
                    filters[joint] = None
                if not seen or (self.weight[i, joint] < 0.5 and filters[joint]):
                    rest.append(joint)
                elif not filters[joint]:
                    filters[joint], updated[joint] = Euro(*self.raw[i, joint]), now
                else:
                    before = filters[joint].x, filters[joint].y
                    update(joint)
                    shifts[joint] = filters[joint].x - before[0], filters[joint].y - before[1]
            known = [s for s in shifts if s]
            body = median(known)
            for joint in rest:
                if not filters[joint]:
                    continue
                ring = next((r for r in ([shifts[j] for j in ring if shifts[j]] for ring in rings[joint]) if r), [])
                dx, dy = median([median(ring), body, (0.0, 0.0)])
                filters[joint].x += dx
                filters[joint].y += dy
                if not math.isnan(self.raw[i, joint, 0]):
                    update(joint)
            for joint in range(count):
                if filters[joint]:
                    out[i, joint] = filters[joint].x, filters[joint].y
        return out


def median(shifts):
    return tuple(np.median(shifts, 0)) if shifts else (0.0, 0.0)


def read(path):
    """The joints' names and rings, and every unbroken run of 30 frames or more of somebody."""
    runs, tracks = collections.defaultdict(list), []
    with open(path) as lines:
        for record in map(json.loads, lines):
            if record["type"] == "header":
                header = record
            elif record["type"] == "frame" and not record.get("rev"):
                for person in record["persons"]:
                    if person.get("kps"):
                        runs[person["id"]].append((record["pts_ns"] / 1e9, person))
    height = header["source"]["height"]
    for people in runs.values():
        if len(people) >= 30:
            tracks.append(Track(people, height))
    return header["keypoints"], rings(header["edges"], len(header["keypoints"])), tracks


def still(track, path):
    """For each joint that rests for 15 frames the root mean square distance from a straight way: in pixels of 480, in sizes."""
    found, line = [], np.vander(np.arange(15), 2)
    off = np.eye(15) - line @ np.linalg.pinv(line)
    for start in range(30, len(track.times) - 15, 15):
        part, size = slice(start, start + 15), track.size[start]
        if track.times[start + 14] - track.times[start] > 2:
            continue
        rests = np.isfinite(track.raw[part]).all((0, 2))
        first, last = (np.median(track.raw[k : k + 5][:, rests], 0) for k in (start, start + 10))
        places = path[part][:, rests][:, np.linalg.norm(last - first, axis=1) < 0.005 * size]
        spread = np.sqrt((np.tensordot(off, places, 1) ** 2).sum(2).mean(0))
        found += zip(spread * 480 / track.height, spread / size)
    return found


def lags(track, joints, path):
    """For each moment of a fast joint how far it is behind along its way times its speed, and its speed squared."""
    times, found, steps = np.arange(-3, 4), [], np.diff(track.times)
    fit = np.linalg.pinv(np.vander(times, 3))
    for joint in joints:
        for i in range(15, len(track.times) - 3):
            window, size = track.raw[i - 3 : i + 4, joint], track.size[i]
            if not np.isfinite(window).all() or track.times[i + 3] - track.times[i - 3] > 0.8:
                continue
            curve = fit @ window
            velocity, behind = curve[1] / steps[i - 1], curve[2] - path[i, joint]
            rough = np.linalg.norm(np.vander(times, 3) @ curve - window, axis=1).max()
            if np.linalg.norm(velocity) > size and rough < 0.03 * size:
                found.append((behind @ velocity / size**2, velocity @ velocity / size**2))
    return found


def made(path, seconds, tremble, cutoff, beta):
    """A wrist of a person of size 1 at 30 frames a second: times, truth and smoothed path across."""
    random = np.random.default_rng(1)
    times = np.arange(int(seconds * 30)) / 30
    truth = np.array([path(t) for t in times])
    filter_, out = Euro(truth[0], 0.0), [truth[0]]
    for x, (dx, dy) in zip(truth[1:], random.normal(0, tremble, (len(times) - 1, 2))):
        filter_.update(x + dx, dy, 1 / 30, 1, 1, cutoff, beta)
        out.append(filter_.x)
    return times, truth, np.array(out)


def swing(cutoff, beta):
    """Lag in frames and amplitude left of a swing."""
    times, truth, path = made(lambda t: 0.2 * math.sin(4 * math.pi * t), 20, 0.006, cutoff, beta)
    wave = np.exp(-4j * np.pi * times[30:])
    ratio = (path[30:] @ wave) / (truth[30:] @ wave)
    return -np.angle(ratio) / (4 * np.pi) * 30, abs(ratio)


def reach(cutoff, beta):
    """How far a movement shoots over its end, the mean of 20, in sizes."""
    ease = lambda u: u**3 * (10 - 15 * u + 6 * u**2)  # the least jerk
    path = lambda t: 0.6 * ease(min(1, max(0, (t % 2 - 0.5) / 0.4))) * (1 if int(t) // 2 % 2 == 0 else 0)
    times, truth, out = made(path, 80, 0.006, cutoff, beta)
    ends = [out[(times >= s + 0.5) & (times < s + 2)].max() - 0.6 for s in range(0, 80, 4)]
    return max(0, np.mean(ends))


def sway(cutoff, beta):
    """How far slow motion is behind, root mean square."""
    _, truth, out = made(lambda t: 0.1 * math.sin(math.pi / 2 * t), 40, 0.006, cutoff, beta)
    return np.sqrt(((out - truth)[60:] ** 2).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+")
    parser.add_argument("--default", nargs=2, type=float, default=(0.5, 3), metavar=("CUTOFF", "BETA"), help="what the records were smoothed with")
    a = parser.parse_args()
    clips = collections.defaultdict(list)
    for path in a.records:
        name = path.rsplit("/", 1)[-1].split(".")[0]
        clips["held" if name.startswith("held") else name].append(read(path))
    apart = [np.nanmax(np.abs(t.smoothed(*a.default, near) - t.kps)) for some in clips.values() for _, near, tracks in some for t in tracks]
    print(f"smoothed anew and as recorded: {max(apart):.2f} pixels apart at most, {np.median(apart):.3f} in the median track")
    print(f"{'':12} {'swing':>12} {'reach':>6} {'sway':>6}  " + " ".join(f"{name:>24}" for name in clips))
    print(f"{'cutoff beta':12} {'lag':>5} {'left':>6} {'over':>6} {'behind':>6}  " + " ".join(f"{'still':>6} {'half':>5} {'9/10':>5} {'lag':>5}" for _ in clips))
    for cutoff, beta in [(None, None), *((c, b) for c in CUTOFFS for b in BETAS)]:
        row = []
        for some in clips.values():
            rest, fast = [], []
            for joints, near, tracks in some:
                wrists = [joints.index(f"{side}_wrist") for side in ("left", "right")]
                for track in tracks:
                    path = track.raw if cutoff is None else track.smoothed(cutoff, beta, near)
                    rest += still(track, path)
                    fast += lags(track, wrists, path)
            pixels = np.array([p for p, _ in rest] or [np.nan])
            along, speed = np.array(fast).T if len(fast) > 20 else np.full((2, 1), np.nan)
            row.append("{:6.2f} {:5.2f} {:5.2f} {:5.2f}".format(np.sqrt((pixels**2).mean()), *np.quantile(pixels, (0.5, 0.9)), 30 * along.sum() / speed.sum()))
        known = (np.nan,) * 4 if cutoff is None else (*swing(cutoff, beta), reach(cutoff, beta), sway(cutoff, beta))
        print(f"{'raw' if cutoff is None else f'{cutoff:6} {beta:5}':12} " + "{:5.2f} {:6.2f} {:6.3f} {:6.3f}  ".format(*known) + " ".join(row), flush=True)


if __name__ == "__main__":
    main()
