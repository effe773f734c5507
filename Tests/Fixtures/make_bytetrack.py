"""Makes Tests/Fixtures/bytetrack: what detectors find in a video, and what ByteTrack makes of it; prints what docs/following.md says.

    pip install trackers==2.6.1 supervision==0.31.2 numpy==2.4.6
    python make_bytetrack.py POSED VIDEO TRUTH yolox-nano=yolox_nano.onnx person-nano=person-nano

POSED is the release program; what follows TRUTH are names and what --detector takes for each. ffmpeg is needed, too. ByteTrack runs
with its defaults and with other thresholds; of those the best is kept, so that nobody can say it was held back.
"""
import csv
import fractions
import hashlib
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import supervision
from trackers import ByteTrackTracker

OUT = pathlib.Path(__file__).parent / "bytetrack"
# Weaker ones neither tracker looks at.
LEAST = 0.1


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def detections(posed, detector, folder):
    """Rows `frame, -1, left, top, width, height, score`: what `posed eval boxes` hands over for every picture of a folder."""
    pictures = [{"id": int(p.stem), "file_name": p.name, "width": 640, "height": 480} for p in sorted(folder.glob("*.png"))]
    files = [folder / "pictures.json", folder / "found.json"]
    files[0].write_text(json.dumps({"images": pictures, "categories": [{"id": 1, "name": "person"}]}))
    run(posed, "eval", "boxes", "--annotations", files[0], "--images", folder, "--detector", detector, "--results", files[1])
    found = [f for f in json.loads(files[1].read_text()) if f["score"] >= LEAST]
    return sorted([f["image_id"], -1, *(round(v, 2) for v in f["bbox"]), round(f["score"], 4)] for f in found)


def follow(rows, frames, rate, **options):
    """ByteTrack's rows of the results format."""
    tracker, results = ByteTrackTracker(frame_rate=rate, **options), []
    for frame in range(1, frames + 1):
        boxes = np.array([r[2:7] for r in rows if r[0] == frame], np.float32).reshape(-1, 5)
        corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]], 1)
        people = supervision.Detections(xyxy=corners, confidence=boxes[:, 4], class_id=np.zeros(len(boxes), int))
        people = tracker.update(people)
        for (left, top, right, bottom), identity in zip(people.xyxy.tolist(), people.tracker_id):
            if identity >= 0:
                box = [round(v, 2) for v in (left, top, right - left, bottom - top)]
                results.append([frame, int(identity), *box, 1, -1, -1, -1])
    return results


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    posed, video, truth, *detectors = sys.argv[1:]
    versions = {name: importlib.metadata.version(name) for name in ("trackers", "supervision", "numpy")}
    manifest = {"made_by": "make_bytetrack.py", "video": pathlib.Path(video).name, "versions": versions, "sha256": {}, "options": {}}
    OUT.mkdir(exist_ok=True)
    probe = ("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=r_frame_rate", "-of", "csv=p=0", video)
    rate = float(fractions.Fraction(run(*probe).strip()))
    for name, detector in (d.split("=", 1) for d in detectors):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            run("ffmpeg", "-v", "error", "-i", video, folder / "%06d.png")
            frames = len(list(folder.glob("*.png")))
            rows = detections(posed, detector, folder)
            best = None
            for threshold in (None, 0.3, 0.4, 0.5, 0.6, 0.7):
                options = {"track_activation_threshold": threshold, "high_conf_det_threshold": threshold} if threshold else {}
                results = follow(rows, frames, rate, **options)
                write(folder / "results.txt", results)
                told = run(posed, "eval", "track", "--truth", truth, "--results", folder / "results.txt")
                figures = {k: re.search(rf"^{k} +(\S+)", told, re.M)[1] for k in ("IDF1", "HOTA", "MOTA", "id switches")}
                print(name, threshold or "defaults", " | ".join(figures.values()), sep=" | ", flush=True)
                if best is None or float(figures["IDF1"]) > best[0]:
                    best = float(figures["IDF1"]), options, results
        manifest["options"][name] = best[1]
        for kind, kept in (("detections", rows), ("bytetrack", best[2])):
            manifest["sha256"][f"{name}.{kind}.txt"] = write(OUT / f"{name}.{kind}.txt", kept)
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


main()
