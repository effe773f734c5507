"""Makes Tests/Fixtures/tracks: synthetic ground truth and tracks (MOTChallenge), and what TrackEval and py-motmetrics say.

    pip install trackeval==1.3.0 motmetrics==1.4.0 numpy==2.4.6
    python make_tracks.py
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import pathlib
import shutil
import tempfile

import motmetrics
import numpy as np
import trackeval

SEED = 6
OUT = pathlib.Path(__file__).parent / "tracks"
random = np.random.default_rng(SEED)
FRAMES = 120


def truth(classes):
    """Walkers who come, go, cross and are hidden for a while; with classes, also some who are no pedestrians."""
    rows = []
    for identity in range(1, 13):
        start, end = sorted(random.choice(FRAMES, 2, replace=False) + 1)
        if end - start < 15:
            start, end = 1, FRAMES
        place, speed = random.uniform([0, 0], [500, 60]), random.normal(0, 3, 2)
        size = random.uniform([30, 80], [60, 160])
        hidden = range(*sorted(random.choice(np.arange(start, end), 2))) if identity % 3 == 0 else ()
        kind = [1, 1, 1, 1, 7, 8, 2, 3][identity % 8] if classes else None
        for frame in range(start, end + 1):
            x, y = place + speed * (frame - start) + random.normal(0, 0.5, 2)
            considered = 0 if frame in hidden and identity % 2 or kind not in (None, 1) else 1
            if frame in hidden and not identity % 2:
                continue
            tail = [kind, 1.0] if classes else [-1, -1, -1]
            rows.append([frame, identity, *np.round([x, y, *size], 2).tolist(), considered, *tail])
    return rows


def tracks(rows):
    """Noisy boxes, gaps, switched ids, two people swapped half-way, and boxes on nobody; frame 40 is empty."""
    name = {identity: identity + 100 for identity in range(13)}
    found, fresh = [], 500
    for frame in range(1, FRAMES + 1):
        if frame == 60:
            name[1], name[2] = name[2], name[1]
        here = [r for r in rows if r[0] == frame]
        for r in here if frame != 40 else []:
            if random.random() < {5: 0.9, 7: 0.5}.get(r[1], 0.12):
                continue
            if random.random() < 0.015:
                fresh += 1
                name[r[1]] = fresh
            box = np.array(r[2:6]) + random.normal(0, 0.06, 4) * np.array([r[4], r[5], r[4], r[5]])
            found.append([frame, name[r[1]], *np.round(box, 2).tolist(), round(float(random.uniform(0.3, 1)), 3), -1, -1, -1])
        if random.random() < 0.2 and frame != 40:
            found.append([frame, 900 + frame // 7, *np.round(random.uniform([0, 0, 20, 40], [500, 200, 80, 160]), 2).tolist(), 0.4, -1, -1, -1])
    return found


def text(rows):
    return "".join(",".join(f"{v:g}" if isinstance(v, float) else str(v) for v in r) + "\n" for r in rows)


def by_trackeval(truth_text, tracks_text, benchmark):
    """TrackEval through its own reader, so that reading and choosing are compared, too."""
    root = pathlib.Path(tempfile.mkdtemp())
    (sequence := root / "gt" / f"{benchmark}-train" / "seq" / "gt").mkdir(parents=True)
    (sequence / "gt.txt").write_text(truth_text)
    (sequence.parent / "seqinfo.ini").write_text(f"[Sequence]\nname=seq\nseqLength={FRAMES}\n")
    (results := root / "trackers" / f"{benchmark}-train" / "ours" / "data").mkdir(parents=True)
    (results / "seq.txt").write_text(tracks_text)
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.MotChallenge2DBox({
            "GT_FOLDER": str(root / "gt"), "TRACKERS_FOLDER": str(root / "trackers"), "BENCHMARK": benchmark,
            "SEQ_INFO": {"seq": FRAMES}, "PRINT_CONFIG": False})
        data = dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data("ours", "seq"), "pedestrian")
        quiet = {"PRINT_CONFIG": False}
        measures = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)]
        values = {k: v for m in measures for k, v in m.eval_sequence(data).items()}
    shutil.rmtree(root)
    wanted = ["HOTA", "DetA", "AssA", "LocA", "IDF1", "IDP", "IDR", "MOTA", "MOTP", "IDSW", "Frag", "MT", "ML", "CLR_TP", "CLR_FN", "CLR_FP"]
    return {k: float(np.mean(values[k])) for k in wanted}


def by_motmetrics(truth_rows, found_rows):
    """Of a file without classes."""
    judge = motmetrics.MOTAccumulator()
    for frame in range(1, FRAMES + 1):
        a = [r for r in truth_rows if r[0] == frame and r[6]]
        b = [r for r in found_rows if r[0] == frame]
        distances = np.full((len(a), len(b)), np.nan)
        for i, r in enumerate(a):
            for j, s in enumerate(b):
                w = min(r[2] + r[4], s[2] + s[4]) - max(r[2], s[2])
                h = min(r[3] + r[5], s[3] + s[5]) - max(r[3], s[3])
                shared = max(0, w) * max(0, h)
                overlap = shared / (r[4] * r[5] + s[4] * s[5] - shared)
                if overlap >= 0.5:
                    distances[i, j] = 1 - overlap
        judge.update([r[1] for r in a], [s[1] for s in b], distances, frameid=frame)
    names = ["idf1", "mota", "num_switches", "num_fragmentations", "mostly_tracked", "mostly_lost"]
    return {k: float(v) for k, v in motmetrics.metrics.create().compute(judge, metrics=names).iloc[0].items()}


def main():
    OUT.mkdir(exist_ok=True)
    manifest = {"made_by": "make_tracks.py", "seed": SEED, "sha256": {}, "cases": [],
                "versions": {name: importlib.metadata.version(name) for name in ("trackeval", "motmetrics", "numpy")}}
    for name, benchmark in (("2015", "MOT15"), ("2017", "MOT17")):
        rows = truth(classes=benchmark == "MOT17")
        found = tracks(rows)
        files = {f"truth-{name}.txt": text(rows), f"results-{name}.txt": text(found)}
        for file, content in files.items():
            (OUT / file).write_text(content)
            manifest["sha256"][file] = hashlib.sha256(content.encode()).hexdigest()
        case = {"truth": f"truth-{name}.txt", "results": f"results-{name}.txt", "trackeval": by_trackeval(*files.values(), benchmark)}
        if benchmark == "MOT15":
            case["motmetrics"] = by_motmetrics(rows, found)
        manifest["cases"].append(case)
        print(json.dumps(case, indent=1))
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


main()
