#!/usr/bin/env python3
"""Attacks a running `posed run`, and reports what that cost two healthy cameras. Needs a build and `make test-deps`.

    python3 scripts/attack.py --seconds 10                              # with the release build
    python3 scripts/attack.py --seconds 2 --posed .build/debug/posed    # what CI runs
    python3 scripts/attack.py --cases ../shared/cases                   # and every mode of two more programs that play cameras

A third camera, whose pictures are also drawn, turns into each of the odd and hostile ones (Tests/Servers/odd_rtsp.py and web.py) in
turn, sends a picture of 16000x16000, and files with absurd times; 256 clients hold their connections to the web server; pipeline
files and model folders that are broken in every way are reloaded. Fails if the process ends, if a healthy camera's frame numbers
have a hole that its records do not tell, if a healthy camera stands still, if `/healthz` does not answer, if memory is taken beyond
what the largest pictures need, or if memory, threads or descriptors stay.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from soak import Camera, make_clip, sample

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVERS = ROOT / "Tests/Servers"
RATE = 15
HABITS = [
    "clock-1", "report-random", "report-end", "time-random", "time-still", "time-back", "silent-first", "silent-only", "udp-only",
    "sha-256", "password", "noise", "endless-line", "endless-head", "endless-part", "flood", "noise-between", "bit-flips",
]
# What some modes of rtsp.py are given; the others are names alone.
VALUES = {"digest": "user:other", "digestqop": "user:other", "digestsha": "user:secret", "basic": "user:other", "nokeep": "1"}
CONFIGURATIONS = [
    {"mlp_ratio": 1e300}, {"image_size": [1 << 62, 192]}, {"scale_factor": 1e9}, {"scale_factor": 1 << 27}, {"hidden_size": -1},
    {"num_attention_heads": 0}, {"patch_size": "x"}, {"image_size": "x"},
]
HEADER = b'{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}'
WEIGHTS = {
    "weights that are a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
    "weights of a huge header": struct.pack("<Q", (1 << 63) - 1) + b"{}",
    "weights of a huge tensor": struct.pack("<Q", len(HEADER)) + HEADER + b"\0\0\0\0",
    "weights that are cut": (ROOT / "weights/vitpose-tiny/model.safetensors").read_bytes()[:100_000],
}


def broken_files(folder):
    """Pipeline files of every broken kind, by name: what is in them, or how they are made."""
    yield "no YAML", b"source: [\n"
    yield "not UTF-8", b"source:\n  url: \xff\xfe\n"
    yield "an unknown key", b"source:\n  urll: rtsp://127.0.0.1/\nsinks:\n  - stdout:\n"
    yield "no number", b"source:\n  url: rtsp://127.0.0.1/\n  read_timeout: 1e999\nsinks:\n  - file: x\n"
    laughs = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(10))
    yield "aliases of aliases", (laughs + "? *a9\n: x\n").encode()
    yield "a deep tree", b"source: " + b"[" * 20000
    yield "variables without end", b"source:\n  url: " + b"${" * 20000 + b"\n"
    yield "a long number", b"source:\n  url: rtsp://127.0.0.1/\n  read_timeout: " + b"9" * 20000 + b"\n"
    yield "a sparse file", lambda path: os.truncate(path, 5 << 30)
    yield "a pipe", lambda path: (path.unlink(), os.mkfifo(path))
    yield "a device", lambda path: (path.unlink(), path.symlink_to("/dev/zero"))
    yield "a broken link", lambda path: (path.unlink(), path.symlink_to("nowhere"))
    for name, content in WEIGHTS.items():
        model = folder / name.replace(" ", "-")
        if not model.exists():
            shutil.copytree(ROOT / "weights/vitpose-tiny", model)
            (model / "model.safetensors").write_bytes(content)
        yield name, f"source:\n  url: rtsp://127.0.0.1/\nestimate:\n  pose: {model}\nsinks:\n  - file: {folder}/x\n".encode()
    for index, change in enumerate(CONFIGURATIONS):
        model = folder / f"model{index}"
        if not model.exists():
            shutil.copytree(ROOT / "weights/vitpose-tiny", model)
            configuration = json.loads((model / "config.json").read_text())
            target = configuration.get("backbone_config", configuration)
            for key, value in change.items():
                (target if key in target else configuration)[key] = value
            (model / "config.json").write_text(json.dumps(configuration))
        yield f"a model with {change}", f"source:\n  url: rtsp://127.0.0.1/\nestimate:\n  pose: {model}\nsinks:\n  - file: {folder}/x\n".encode()


class Server:
    """A server of the tests, which tells its port in its first line."""

    def __init__(self, script, *arguments):
        command = ["/usr/bin/python3", SERVERS / script, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def end(self):
        self.process.kill()
        self.process.wait()


class Case:
    """rtspd.py or rtsp.py in one of its modes, at a port that we choose."""

    def __init__(self, script, mode, clip):
        self.port = free_port()
        if mode == "redirect" and script.name == "rtsp.py":
            mode = f"redirect={self.port}"
        elif script.name == "rtsp.py" and mode in VALUES:
            mode = f"{mode}={VALUES[mode]}"
        command = ["/usr/bin/python3", script, str(self.port), mode, "600"] + ([clip] if script.name == "rtsp.py" else [])
        self.process = subprocess.Popen(
            command, env=dict(os.environ, H264=str(clip)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    end = Server.end

    @staticmethod
    def modes(folder):
        """Every mode that the scripts ask for, as they are written."""
        for name, patterns in {
            "rtspd.py": [r"MODE ?== ?'(\w+)'", r"'(\w+)':[1-9]"],
            "rtsp.py": [r'"(\w+)" (?:not )?in q\b', r'q\["(\w+)"\]', r"q\['(\w+)'\]"],
        }.items():
            text = (folder / name).read_text()
            for mode in dict.fromkeys(found for pattern in patterns for found in re.findall(pattern, text)):
                yield folder / name, mode


def highest(pid):
    """The most memory that it has held, in MB."""
    return int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def absurd_matroska(picture):
    """A Motion JPEG whose times leap by 2^62 ns and back."""

    def element(name, content):
        return bytes.fromhex(name) + b"\x01" + struct.pack(">Q", len(content))[1:] + content

    track = (
        element("d7", b"\1") + element("73c5", b"\1") + element("83", b"\1") + element("86", b"V_MJPEG")
        + element("e0", element("b0", struct.pack(">H", 320)) + element("ba", struct.pack(">H", 240))))
    clusters = b"".join(
        element("1f43b675", element("e7", struct.pack(">Q", time)) + element("a3", b"\x81\0\0\x80" + picture))
        for time in (0, 40, 1 << 62, (1 << 62) + 40, (1 << 63) - 1, 80))
    segment = element("1549a966", element("2ad7b1", b"\1")) + element("1654ae6b", element("ae", track)) + clusters
    return element("1a45dfa3", element("4282", b"matroska")) + element("18538067", segment)


class Attack:
    def __init__(self, arguments, folder):
        self.seconds, self.cases, self.folder, self.problems = arguments.seconds, arguments.cases, folder, []
        self.clip = folder / "clip.h264"
        make_clip(arguments.clip, self.clip, RATE)
        self.camera = Camera(self.clip, RATE)
        self.pipelines = folder / "pipelines"
        self.pipelines.mkdir()
        for number in range(2):
            self.write(f"healthy{number}", f"rtsp://127.0.0.1:{self.camera.port}/{number}")
        self.write("third", f"rtsp://127.0.0.1:{self.camera.port}/2")
        self.port = free_port()
        self.log = open(folder / "log", "w")
        command = [arguments.posed, "run", self.pipelines, "--pid-file", folder / "pid", "--http", f"127.0.0.1:{self.port}"]
        self.daemon = subprocess.Popen(list(map(str, command)), stderr=self.log)

    def write(self, name, address):
        sinks = f"sinks:\n  - file: {self.folder}/{name}.jsonl\n"
        if name == "third":
            sinks += f"  - overlay: {self.folder}/third.mp4\n    keep: 2\n"
        (self.pipelines / f"{name}.yaml").write_text(f"source:\n  url: {address}\n  read_timeout: 2\n{sinks}")

    def reload(self):
        self.daemon.send_signal(signal.SIGHUP)

    def health(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except OSError as error:
            return error

    def check(self, name):
        if self.daemon.poll() is not None:
            sys.exit(f"attack: {name}: posed run ended with {self.daemon.returncode}: {(self.folder / 'log').read_text()[-800:]}")
        if (status := self.health()) != 200:
            self.problems.append(f"{name}: /healthz answers {status}")
        now = sample(self.daemon.pid)
        now["highest, MB"] = highest(self.daemon.pid)
        frames = [sum(1 for line in open(self.folder / f"healthy{n}.jsonl") if '"type":"frame"' in line) for n in range(2)]
        print(f"{name:60} {now['RSS, MB']:8.1f} {now['threads']:8} {now['descriptors']:8} {frames[0]:8} {frames[1]:8}", flush=True)
        return now

    def turn_into(self, name, server, address):
        self.write("third", address)
        self.reload()
        time.sleep(self.seconds)
        self.check(name)
        server.end()

    def run(self):
        time.sleep(5)
        print(f"{'':60} {'RSS, MB':>8} {'threads':>8} {'fds':>8} {'frames':>8} {'frames':>8}")
        begun = self.check("healthy")
        for habit in HABITS:
            server = Server("odd_rtsp.py", self.clip, habit)
            self.turn_into(habit, server, f"rtsp://user:secret@127.0.0.1:{server.port}/live")
        for script, mode in Case.modes(self.cases) if self.cases else ():
            case = Case(script, mode, self.clip)
            self.turn_into(f"{script.name} {mode}", case, f"rtsp://user:secret@127.0.0.1:{case.port}/live")
        pictures = self.folder / "pictures"
        pictures.mkdir()
        picture = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i"]
        subprocess.run([*picture, "color=gray:s=16000x16000", "-frames:v", "1", "-pix_fmt", "yuvj420p", pictures / "big.jpg"], check=True)
        server = Server("web.py", pictures, 5)
        self.turn_into("a picture of 16000x16000", server, f"http://127.0.0.1:{server.port}/camera.mjpg")
        subprocess.run([*picture, "testsrc2=s=320x240", "-frames:v", "1", "-pix_fmt", "yuvj420p", self.folder / "small.jpg"], check=True)
        (pictures / "absurd.mkv").write_bytes(absurd_matroska((self.folder / "small.jpg").read_bytes()))
        server = Server("web.py", pictures, 5)
        self.turn_into("times of 2^62", server, f"http://127.0.0.1:{server.port}/absurd.mkv")
        clients = [socket.create_connection(("127.0.0.1", self.port), timeout=5) for _ in range(256)]
        time.sleep(self.seconds)
        self.check("256 idle clients")
        for client in clients:
            client.close()
        self.write("third", f"rtsp://127.0.0.1:{self.camera.port}/2")
        self.reload()
        time.sleep(1)
        whole = (self.pipelines / "third.yaml").read_bytes()
        for name, content in broken_files(self.folder):
            path = self.pipelines / "third.yaml"
            path.unlink()
            path.write_bytes(b"" if callable(content) else content)
            if callable(content):
                content(path)
            self.reload()
            time.sleep(min(self.seconds, 3))
            self.check(f"reload: {name}")
        (self.pipelines / "third.yaml").unlink()
        (self.pipelines / "third.yaml").write_bytes(whole)
        self.reload()
        time.sleep(max(self.seconds, 5))
        ended = self.check("healthy again")
        if ended["RSS, MB"] > begun["RSS, MB"] + 150 or ended["descriptors"] > begun["descriptors"] + 5 or ended["threads"] > begun["threads"] + 4:
            self.problems.append(f"memory, threads or descriptors stay: {begun} {ended}")
        print(f"memory: {begun['RSS, MB']:.0f} MB at first, {ended['RSS, MB']:.0f} MB at last, {ended['highest, MB']:.0f} MB at most")
        if "secret" in (self.folder / "log").read_text():
            self.problems.append("a password is in the log")
        for number in range(2):
            self.judge(f"healthy{number}")

    def judge(self, name):
        frames = [record for record in map(json.loads, open(self.folder / f"{name}.jsonl")) if record["type"] == "frame"]
        gaps = [record for record in map(json.loads, open(self.folder / f"{name}.jsonl")) if record["type"] == "gap"]
        # A connection begins with what the server has kept, most of which is dropped.
        frames = [frame for frame in frames if frame["pts_ns"] > 3e9]
        steps = list(zip(frames, frames[1:]))
        holes = [b["frame"] for a, b in steps if b["frame"] - a["frame"] - 1 > b["dropped"]]
        longest = max((b["pts_ns"] - a["pts_ns"]) / 1e9 for a, b in steps)
        late = [b for a, b in steps if (b["pts_ns"] - a["pts_ns"]) / 1e9 > (2.01 + b["dropped"]) / RATE]
        for frame in late[:10]:
            print(f"{name}: frame {frame['frame']} at {frame['pts_ns'] / 1e9:.1f} s is late, {frame['dropped']} dropped before it")
        dropped = sum(frame["dropped"] for frame in frames)
        print(f"{name}: {len(frames)} frames, {dropped} dropped at the door, {len(holes)} lost otherwise, longest step {longest * RATE:.2f} periods")
        if holes or late or gaps:
            self.problems.append(f"{name}: {len(holes)} holes, {len(late)} late, {len(gaps)} gaps")

    def end(self):
        self.daemon.send_signal(signal.SIGTERM)
        try:
            if (status := self.daemon.wait(timeout=30)) != 0:
                self.problems.append(f"posed run ended with {status}")
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.problems.append("posed run did not end")
        self.camera.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="of each attack")
    parser.add_argument("--cases", type=pathlib.Path, help="a folder with rtspd.py and rtsp.py, whose modes are played, too")
    parser.add_argument("--clip", help="a video with people in it (default: a test picture)")
    parser.add_argument("--posed", default=ROOT / ".build/release/posed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(arguments, pathlib.Path(folder))
        try:
            attack.run()
        finally:
            attack.end()
    for problem in attack.problems:
        print("attack:", problem)
    sys.exit(bool(attack.problems))


if __name__ == "__main__":
    main()
