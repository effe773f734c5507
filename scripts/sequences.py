#!/usr/bin/python3
"""How well people keep their ids on sequences nobody tuned on, beside every tracker of the `trackers` package: the tables of docs/following.md.

    python3 -m venv /tmp/sequences && /tmp/sequences/bin/pip install trackers==2.6.1 supervision==0.31.2 trackeval==1.3.0 numpy==2.4.6 opencv-python-headless
    make build
    /tmp/sequences/bin/python scripts/sequences.py SHARED                     # the tuning sequences
    /tmp/sequences/bin/python scripts/sequences.py SHARED --test              # the others: once, when nothing will be chosen any more
    /tmp/sequences/bin/python scripts/sequences.py SHARED --sweep threshold=0.3,0.5 track-buffer=1,2

SHARED holds `videos/` (NAME.mp4, NAME.gt.txt, perhaps NAME.ignore.txt and NAME.visibility.txt) and `weights/yolox_nano.onnx`. The
detections are made once, by `posed eval boxes`, down to a score of 0.05, and every tracker gets that file; posed makes them itself, and
the script stops where one of its boxes is not in the file. Boxes of the ignore file and those of whom less than a quarter is visible are ground truth of class 12, which TrackEval takes for neither
right nor wrong. Every tracker runs with its defaults and with its thresholds set to each of THRESHOLDS; McByte is left out, since it
wants masks of networks that need a GPU. `--sweep` runs posed alone, with every combination of these options. Tracks and detections are
kept in --cache, so that a second run is fast; those of posed are made anew when the program is another.
"""
import argparse
import contextlib
import fractions
import hashlib
import io
import itertools
import json
import pathlib
import subprocess
import tempfile
import warnings

from needs import need

ROOT = pathlib.Path(__file__).resolve().parent.parent
need(**{name: "the virtual environment that the script's head describes" for name in ("cv2", "numpy", "supervision", "trackers", "trackeval")})
import cv2  # noqa: E402
import numpy as np  # noqa: E402
import supervision  # noqa: E402
import trackers  # noqa: E402
from trackeval import datasets, metrics  # noqa: E402

TUNING, TEST = ["TUD-Stadtmitte", "MOT17-11", "KITTI-17"], ["MOT17-09"]
LEAST_SCORE, LEAST_VISIBILITY, IGNORED = 0.05, 0.25, 12
THRESHOLDS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
OTHERS = {
    "SORT": (trackers.SORTTracker, ["track_activation_threshold"]),
    "ByteTrack": (trackers.ByteTrackTracker, ["track_activation_threshold", "high_conf_det_threshold"]),
    "OC-SORT": (trackers.OCSORTTracker, ["high_conf_det_threshold"]),
    "BoT-SORT": (trackers.BoTSORTTracker, ["track_activation_threshold", "high_conf_det_threshold"]),
    "C-BIoU": (trackers.CBIoUTracker, ["track_activation_threshold", "high_conf_det_threshold"]),
}
# They look at the pictures, too: for how the camera moves.
SEEING = ["BoT-SORT"]
MEASURES = ["IDF1", "HOTA", "MOTA"]


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def rows(path):
    return [[float(v) for v in line.split(",")] for line in path.read_text().splitlines() if line.strip()]


def write_rows(path, lines):
    path.write_text("".join(",".join(f"{v:g}" if isinstance(v, float) else str(v) for v in line) + "\n" for line in lines))


class Sequence:
    def __init__(self, name, options):
        self.name, self.posed, self.folder = name, options.posed, options.cache / name
        self.video = options.shared / "videos" / f"{name}.mp4"
        self.detector = options.shared / "weights/yolox_nano.onnx"
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = ("-v", "error", "-select_streams", "v", "-count_packets", "-show_entries", "stream=width,height,r_frame_rate,nb_read_packets")
        width, height, rate, frames = run("ffprobe", *probe, "-of", "csv=p=0", self.video).strip().split(",")
        self.size, self.rate, self.frames = (int(width), int(height)), float(fractions.Fraction(rate)), int(frames)
        self.detections = self.detect()
        self.write_truth()

    def beside(self, kind):
        path = self.video.with_name(f"{self.name}.{kind}.txt")
        return rows(path) if path.exists() else []

    def write_truth(self):
        """Ground truth of nine columns, with classes."""
        visible = {(int(f), int(i)): share for f, i, share in self.beside("visibility")}
        lines, unnamed = [], itertools.count(1_000_000)
        for frame, identity, *box in self.beside("gt"):
            hidden = visible.get((int(frame), int(identity)), 1) < LEAST_VISIBILITY
            lines.append([int(frame), int(identity), *box[:4], 1, IGNORED if hidden else 1, 1])
        for frame, _, *box in self.beside("ignore"):
            lines.append([int(frame), next(unnamed), *box[:4], 1, IGNORED, 1])
        (self.folder / "gt").mkdir(exist_ok=True)
        write_rows(self.folder / "gt/gt.txt", lines)

    def detect(self):
        """Rows `frame, left, top, width, height, score`: frames count from 1."""
        kept = self.folder / "detections.txt"
        if not kept.exists():
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                run("ffmpeg", "-v", "error", "-i", self.video, folder / "%06d.png")
                size = dict(zip(("width", "height"), self.size))
                pictures = [{"id": int(p.stem), "file_name": p.name, **size} for p in sorted(folder.glob("*.png"))]
                (folder / "in.json").write_text(json.dumps({"images": pictures, "categories": [{"id": 1, "name": "person"}]}))
                files = ("--annotations", folder / "in.json", "--images", folder, "--results", folder / "out.json")
                run(self.posed, "eval", "boxes", *files, "--detector", self.detector)
                found = [f for f in json.loads((folder / "out.json").read_text()) if f["score"] >= LEAST_SCORE]
            write_rows(kept, sorted([f["image_id"], *map(float, f["bbox"]), float(f["score"])] for f in found))
        found = rows(kept)
        return [np.array([r[1:] for r in found if r[0] == n], np.float32).reshape(-1, 5) for n in range(1, self.frames + 1)]

    def tracks(self, label):
        """Where TrackEval looks for a tracker's rows."""
        path = self.folder / "tracks" / label / "data" / f"{self.name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def follow_with(self, other, threshold):
        make, names = OTHERS[other]
        label = f"{other} {threshold or 'defaults'}"
        path = self.tracks(label)
        if path.exists():
            return label
        tracker, lines = make(frame_rate=self.rate, **{name: threshold for name in names if threshold}), []
        video = cv2.VideoCapture(str(self.video)) if other in SEEING else None
        for number, boxes in enumerate(self.detections, 1):
            corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]], 1)
            people = supervision.Detections(xyxy=corners, confidence=boxes[:, 4], class_id=np.zeros(len(boxes), int))
            people = tracker.update(people, video.read()[1]) if video else tracker.update(people)
            for (left, top, right, bottom), identity in zip(people.xyxy.tolist(), people.tracker_id):
                if identity >= 0:
                    lines.append([number, int(identity) + 1, left, top, right - left, bottom - top, 1, -1, -1, -1])
        write_rows(path, lines)
        return label

    def follow(self, options):
        """posed, with options of the command line."""
        told = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        program = hashlib.sha256(pathlib.Path(self.posed).read_bytes()).hexdigest()[:8]
        label = " ".join(["posed", program, *told])
        path = self.tracks(label)
        if not path.exists():
            with tempfile.TemporaryDirectory() as folder:
                records = pathlib.Path(folder) / "records.jsonl"
                run(self.posed, "process", self.video, "--detector", self.detector, "--out", records, *told)
                self.check(records)
                path.write_text(run(self.posed, "export", records, "--format", "mot", "--out", "-"))
        return label

    def check(self, records):
        """Ends the script unless posed saw the detections that the others see: by their scores, since boxes of tracks are steadied."""
        frames = [r for r in map(json.loads, records.open()) if r["type"] == "frame"]
        persons = [(r["frame"], p) for r in frames for p in r["persons"] if p["origin"] == "detected"]
        alien = sum(not any(abs(d[4] - p["score"]) < 0.001 for d in self.detections[f]) for f, p in persons)
        if alien > 0.1 * len(persons):
            raise SystemExit(f"{self.name}: {alien} of posed's {len(persons)} boxes are none of the detections in {self.folder}")

    def measure(self, labels):
        """{label: figures} by TrackEval, which matches results to what is ignored first."""
        quiet = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}
        data = datasets.MotChallenge2DBox({
            "GT_FOLDER": str(self.folder.parent), "TRACKERS_FOLDER": str(self.folder / "tracks"), "TRACKERS_TO_EVAL": labels,
            "SEQ_INFO": {self.name: self.frames}, "SKIP_SPLIT_FOL": True, "PRINT_CONFIG": False})
        figures = {}
        for label in labels:
            one = data.get_preprocessed_seq_data(data.get_raw_seq_data(label, self.name), "pedestrian")
            with contextlib.redirect_stdout(io.StringIO()):
                hota = metrics.HOTA({"PRINT_CONFIG": False}).eval_sequence(one)
                clear = metrics.CLEAR(quiet).eval_sequence(one)
                identity = metrics.Identity(quiet).eval_sequence(one)
            figures[label] = {
                "IDF1": identity["IDF1"], "HOTA": float(np.mean(hota["HOTA"])), "MOTA": clear["MOTA"], "switches": int(clear["IDSW"]),
                "missed": int(clear["CLR_FN"]), "invented": int(clear["CLR_FP"])}
        return figures


def row(sequence, name, figures):
    shown = [f"{figures[m]:.3f}" for m in MEASURES] + [str(figures[m]) for m in ("switches", "missed", "invented")]
    return f"| {' | '.join([sequence, name, *shown])} |"


def compare(sequence):
    """The rows of all trackers, then what is asked of posed."""
    runs = [("posed", t, sequence.follow({"threshold": t} if t else {})) for t in (None, *THRESHOLDS)]
    runs += [(other, t, sequence.follow_with(other, t)) for other in OTHERS for t in (None, *THRESHOLDS)]
    figures = sequence.measure([label for _, _, label in runs])
    for name in ("posed", *OTHERS):
        defaults, *tried = [(figures[label], t) for n, t, label in runs if n == name]
        best, threshold = max(tried, key=lambda f: f[0]["IDF1"])
        print(row(sequence.name, f"{name}, defaults", defaults[0]))
        print(row(sequence.name, f"{name}, best of the thresholds ({threshold})", best), flush=True)
    own = figures[runs[0][2]]
    for measure in MEASURES:
        standard = max(figures[label][measure] for n, t, label in runs if n != "posed" and not t)
        best = max(figures[label][measure] for n, t, label in runs if n != "posed")
        asked = best - 0.02 if measure == "MOTA" else max(best, min(standard + 0.02, 0.98))
        yield f"| {sequence.name} | {measure} | {standard:.3f} | {best:.3f} | {asked:.3f} | {own[measure]:.3f} | {'yes' if own[measure] >= asked else 'no'} |"


def sweep(sequences, grid):
    names = [name for name, _ in grid]
    head(["sequence", "settings"])
    for values in itertools.product(*(values for _, values in grid)):
        labels = {s: s.follow(dict(zip(names, values))) for s in sequences}
        figures = {s: s.measure([label])[label] for s, label in labels.items()}
        words = ", ".join(f"{n} {v}" for n, v in zip(names, values))
        for s in sequences:
            print(row(s.name, words, figures[s]))
        mean = {m: np.mean([f[m] for f in figures.values()]) for m in MEASURES}
        print(row("mean, sums", words, {k: mean.get(k, sum(f[k] for f in figures.values())) for k in figures[sequences[0]]}), flush=True)


def head(columns):
    columns = [*columns, *MEASURES, "switches", "missed", "invented"]
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")


def setting(text):
    name, values = text.split("=")
    return name, values.split(",")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--posed", default=ROOT / ".build/release/posed")
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "sequences-cache")
    parser.add_argument("--test", action="store_true", help="the sequences that nothing may be chosen on")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--sweep", nargs="+", type=setting, metavar="OPTION=VALUE,…")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    names = [n for n in (TEST if options.test else TUNING) if n in (options.only or [n])]
    sequences = [Sequence(name, options) for name in names]
    if options.sweep:
        return sweep(sequences, options.sweep)
    head(["sequence", "tracker"])
    asked = [line for s in sequences for line in compare(s)]
    print("\n| sequence | measure | best other, defaults | best other, any threshold | asked | posed, defaults | met |\n|" + " --- |" * 7)
    print("\n".join(asked))


if __name__ == "__main__":
    main()
