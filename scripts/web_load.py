#!/usr/bin/env python3
"""What clients of the web server cost: processor time, memory, and answers meanwhile; of several builds in turns.

    python3 scripts/web_load.py .build/release/posed                        # 50 WebSocket clients that read everything
    python3 scripts/web_load.py OLD NEW --rounds 5                          # two builds in turns
    python3 scripts/web_load.py .build/release/posed --kind slow --clients 200
    python3 scripts/web_load.py .build/release/posed --kind idle --clients 1000
    python3 scripts/web_load.py .build/release/posed --tls                  # the same over TLS

The stream is a small grey video of 60 pictures a second in which there is nobody, so that little but the server computes.
Processor time is that of the whole process, less that of the same stream without clients. Needs ffmpeg and openssl.
"""
import argparse
import os
import pathlib
import resource
import signal
import socket
import ssl
import statistics
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HANDSHAKE = ("GET /streams/grey/poses HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Posed:
    def __init__(self, program, folder, tls):
        self.port, self.tls = free_port(), tls
        command = [program, "run", "grey.yaml", "--pid-file", "pid", "--http", f"127.0.0.1:{self.port}"]
        if tls:
            command += ["--http-cert", "cert.pem", "--http-key", "key.pem"]
        environment = dict(os.environ, POSED_WEIGHTS=str(ROOT / "weights"))
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
        self.wait_for_frames()

    def connect(self, window=None):
        sock = socket.socket()
        if window:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        sock.settimeout(20)
        sock.connect(("127.0.0.1", self.port))
        return sock

    def encrypt(self, sock):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(sock)

    def get(self, path):
        try:
            sock = self.encrypt(self.connect()) if self.tls else self.connect()
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: sock.recv(1 << 16), b""))
            sock.close()
            return answer.decode(errors="replace")
        except OSError:
            return ""

    def wait_for_frames(self):
        for _ in range(300):
            if '"state":"live"' in self.get("/streams"):
                return time.sleep(1)
            time.sleep(0.1)
        raise SystemExit("posed does not run")

    def seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def read_all(sock, heard, isOver):
    sock.settimeout(0.5)
    while not isOver.is_set():
        try:
            heard[sock] = heard.get(sock, 0) + len(sock.recv(1 << 16))
        except TimeoutError:
            pass
        except OSError:
            return


def measure(program, folder, arguments):
    posed = Posed(program, folder, arguments.tls)
    try:
        start = posed.seconds()
        time.sleep(arguments.seconds)
        alone, clients, heard, isOver = posed.seconds() - start, [], {}, threading.Event()
        for _ in range(arguments.clients):
            sock = posed.connect(window=2048 if arguments.kind == "slow" else None)
            if arguments.tls and arguments.kind != "idle":
                sock = posed.encrypt(sock)
            if arguments.kind != "idle":
                sock.sendall(HANDSHAKE)
            clients.append(sock)
        if arguments.kind == "read":
            for sock in clients:
                threading.Thread(target=read_all, args=(sock, heard, isOver), daemon=True).start()
        time.sleep(1)
        start, healthy = posed.seconds(), 0
        for _ in range(5):
            time.sleep(arguments.seconds / 5)
            healthy += posed.get("/healthz").startswith("HTTP/1.1 200 ")
        crowded, memory = posed.seconds() - start, posed.megabytes()
        isOver.set()
        for sock in clients:
            sock.close()
        return (crowded - alone) / arguments.seconds * 1000, alone / arguments.seconds * 1000, memory, healthy, sum(heard.values())
    finally:
        posed.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--kind", choices=["read", "slow", "idle"], default="read")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    costs = {program: [] for program in arguments.programs}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:size=64x64:rate=60:duration=10", "-c:v", "libx264",
                        "-preset", "ultrafast", "grey.mp4"], cwd=folder, check=True)
        subprocess.run(["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=localhost", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        "key.pem", "-out", "cert.pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        pathlib.Path(folder, "grey.yaml").write_text(
            "name: grey\nsource: {file: grey.mp4, loop: true, realtime: true}\ndetect: {detect_every: 1000}\nsinks: [{file: grey.jsonl}]\n")
        for number in range(arguments.rounds):
            for program in arguments.programs:
                cost, alone, memory, healthy, heard = measure(program, folder, arguments)
                costs[program].append(cost)
                print(f"{number + 1} {program}: {cost:.1f} ms of processor time a second beside {alone:.1f} of the stream's, "
                      f"{memory:.0f} MB, {healthy} of 5 times healthy, {heard / 1e6:.1f} MB read", flush=True)
    for program, values in costs.items():
        print(f"{program}: median {statistics.median(values):.1f} ms a second")


main()
