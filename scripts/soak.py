#!/usr/bin/python3
"""Runs `posed run` beside cameras for long, and reports what months would make of it. Needs `make build` and `make test-deps`.

    /usr/bin/python3 scripts/soak.py --minutes 30                          # three cameras, one of them flapping (make soak)
    /usr/bin/python3 scripts/soak.py --minutes 10 --cameras 16 --flapping 0 --rate 30   # more pictures than can be looked at

The cameras are real RTSP servers on loopback (Tests/Servers/rtsp.py) that play a clip in a loop; the flapping one is killed and
begun again every 20 to 40 seconds. Memory, threads and descriptors are sampled from /proc once every five seconds. What
grows without end still grows in the second half, so the rise a minute is taken there. Latencies are the records' own `lat_ms`, taken from the cameras' sender reports where `clock` is
rtcp. Fails if threads, descriptors or memory grow, if a stream ends, or if the latency of the last fifth is more than twice that
of the first.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from needs import need

# The cameras are programs of this Python, too.
need(gi="python3-gi, gir1.2-gst-rtsp-server-1.0 and GStreamer's plugins")
ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVER = ROOT / "Tests/Servers/rtsp.py"


class Camera:
    def __init__(self, clip, rate, port=0):
        self.command = [sys.executable, SERVER, "--rate", str(rate), "--port", str(port), clip]
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.command[5] = str(self.port)

    def end(self):
        self.process.kill()
        self.process.wait()

    def flap(self, until, period):
        chance = random.Random(7)
        while time.monotonic() < until:
            time.sleep(period * chance.uniform(0.7, 1.3))
            self.end()
            time.sleep(period * chance.uniform(0, 0.3))
            self.begin()


def make_clip(source, path, rate):
    """H.264 with a keyframe each second; `source` is a video, or None for a test picture."""
    given = ["-stream_loop", "-1", "-i", source] if source else ["-f", "lavfi", "-i", "testsrc2=s=320x240"]
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", *given, "-t", "20", "-an", "-vf", f"fps={rate}", "-pix_fmt", "yuv420p", "-c:v", "libx264",
         "-preset", "veryfast", "-g", str(int(rate)), "-bf", "0", "-bsf:v", "h264_metadata=aud=insert", path], check=True)


def sample(pid):
    status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
    return {
        "RSS, MB": int(status["VmRSS"].split()[0]) / 1024,
        "threads": int(status["Threads"]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
    }


def slope(points):
    """Least squares, a minute."""
    times, values = zip(*points)
    mean_time, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - mean_time) ** 2 for t in times)
    return 60 * sum((t - mean_time) * (v - mean) for t, v in points) / spread if spread else 0


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def read(path):
    """The frames of a stream, how many it passed over, and its gaps."""
    frames, gaps = [], 0
    for line in open(path):
        record = json.loads(line)
        gaps += record["type"] == "gap"
        if record["type"] == "frame":
            frames.append((record["pts_ns"] / 1e9, record["lat_ms"], record["dropped"], record["clock"]))
    return frames, gaps


def report(folder, names, flapping, samples):
    problems = []
    print(f"\n{'stream':12} {'frames':>8} {'dropped':>8} {'gaps':>5} {'p50 ms':>8} {'p95 ms':>8} {'last p95':>8}  clock")
    for name in names:
        frames, gaps = read(folder / f"{name}.jsonl")
        if not frames:
            problems.append(f"{name} gave nothing")
            continue
        lates = [late for _, late, _, _ in frames]
        fifth = max(1, len(lates) // 5)
        clocks = collections.Counter(clock for *_, clock in frames).most_common(1)[0][0]
        print(
            f"{name:12} {len(frames):8} {sum(d for _, _, d, _ in frames):8} {gaps:5} {quantile(lates, 0.5):8.1f} "
            f"{quantile(lates, 0.95):8.1f} {quantile(lates[-fifth:], 0.95):8.1f}  {clocks}")
        if name not in flapping:
            if gaps:
                problems.append(f"{name} was disturbed")
            if quantile(lates[-fifth:], 0.5) > 2 * quantile(lates[fifth : 2 * fifth], 0.5) + 20:
                problems.append(f"{name} falls behind")
    quarters = [len(samples) * n // 4 for n in range(4)] + [len(samples) - 1]
    print(f"\n{'':12} " + " ".join(f"{part:>8}" for part in ("start", "1/4", "1/2", "3/4", "end", "a minute")))
    for key, limit in {"RSS, MB": 0.2, "threads": 0.1, "descriptors": 0.1}.items():
        rise = slope([(t, values[key]) for t, values in samples[quarters[2] :]])
        print(f"{key:12} " + " ".join(f"{samples[n][1][key]:8.1f}" for n in quarters) + f" {rise:8.3f}")
        if rise > limit:
            problems.append(f"{key} grow by {rise:.2f} a minute")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--cameras", type=int, default=3)
    parser.add_argument("--flapping", type=int, default=1)
    parser.add_argument("--flap", type=float, default=30, help="seconds between the deaths of a flapping camera, more or less")
    parser.add_argument("--rate", type=float, default=15)
    parser.add_argument("--clip", help="a video with people in it (default: a test picture)")
    parser.add_argument("--posed", default=ROOT / ".build/release/posed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        clip = folder / "clip.h264"
        make_clip(arguments.clip, clip, arguments.rate)
        # A server has three mounts.
        count = arguments.cameras - arguments.flapping
        healthy = [Camera(clip, arguments.rate) for _ in range((count + 2) // 3)]
        ill = [Camera(clip, arguments.rate) for _ in range(arguments.flapping)]
        addresses = {f"camera{n}": f"rtsp://127.0.0.1:{healthy[n // 3].port}/{n % 3}" for n in range(count)}
        flapping = {f"flapping{n}": f"rtsp://127.0.0.1:{camera.port}/0" for n, camera in enumerate(ill)}
        addresses |= flapping
        pipelines = folder / "pipelines"
        pipelines.mkdir()
        for name, address in addresses.items():
            sinks = f"sinks:\n  - file: {folder}/{name}.jsonl\n  - socket: {folder}/{name}.sock\n"
            (pipelines / f"{name}.yaml").write_text(f"source:\n  url: {address}\n{sinks}")
        log = open(folder / "log", "w")
        daemon = subprocess.Popen([arguments.posed, "run", pipelines, "--pid-file", folder / "pid"], stderr=log)
        begin = time.monotonic()
        until = begin + 60 * arguments.minutes
        for camera in ill:
            threading.Thread(target=camera.flap, args=(until - 2 * arguments.flap, arguments.flap), daemon=True).start()
        samples = []
        try:
            while time.monotonic() < until and daemon.poll() is None:
                samples.append((time.monotonic() - begin, sample(daemon.pid)))
                time.sleep(min(5, max(0, until - time.monotonic())))
        finally:
            early = daemon.poll()
            daemon.send_signal(signal.SIGTERM)
            status = daemon.wait(timeout=30)
            for camera in healthy + ill:
                camera.end()
        problems = report(folder, addresses, flapping, samples)
        if early is not None or status != 0:
            problems.append(f"posed run ended with {status}: {(folder / 'log').read_text()[-500:]}")
    for problem in problems:
        print("soak:", problem)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
