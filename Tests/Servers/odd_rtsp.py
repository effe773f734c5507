#!/usr/bin/env python3
"""A camera for tests with the habits of odd ones, and of hostile ones: RTSP over TCP, written by hand so that it may lie.

    odd_rtsp.py CLIP.h264 HABIT

Prints `ready PORT`; `requests` on standard input is answered by the methods that were asked for, one line. Ends when its standard
input ends. Habits, beside `none`:

    clock-1         the SDP says that RTP time counts seconds, and it leaps by 68 years a picture
    report-random   sender reports of any time
    report-end      sender reports at the end of NTP's era
    time-random     RTP times at random
    time-still      all RTP times are the same
    time-back       RTP times run back
    silent-first    announces a JPEG track first, and never sends it
    silent-only     never sends a picture
    udp-only        refuses TCP
    sha-256         asks for a password hashed with SHA-256 only
    password        refuses every password
    noise           random bytes instead of an answer
    endless-line    an answer whose first line never ends
    endless-head    an answer whose head never ends
    endless-part    a NAL unit in fragments that never ends
    flood           pictures as fast as they can be sent
    noise-between   random bytes between the packets
    bit-flips       one to three wrong bits in every packet
"""
import os
import random
import re
import socket
import struct
import sys
import threading
import time

CLIP, HABIT = sys.argv[1], sys.argv[2]
RATE = 15
EPOCH = 2208988800
requests = []


def access_units(path):
    """The NAL units of an Annex B file with access unit delimiters, grouped by picture."""
    units = [unit for unit in re.split(b"\x00\x00\x00\x01|\x00\x00\x01", open(path, "rb").read()) if unit]
    pictures = []
    for unit in units:
        if unit[0] & 31 == 9:
            pictures.append([])
        pictures[-1].append(unit)
    return pictures


def description():
    clock = 1 if HABIT == "clock-1" else 90000
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=odd", "c=IN IP4 0.0.0.0", "t=0 0"]
    if HABIT == "silent-first":
        lines += ["m=video 0 RTP/AVP 26", "a=rtpmap:26 JPEG/90000", "a=control:silent"]
    lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 H264/{clock}", "a=fmtp:96 packetization-mode=1", "a=control:track"]
    return "\r\n".join(lines + [""])


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.channel = 0

    def run(self):
        try:
            for head in self.heads():
                self.obey(head)
        except (OSError, IndexError, TypeError):
            pass  # gone, or answering noise with noise
        self.connection.close()

    def heads(self):
        """Requests as text, without what comes interleaved."""
        waiting = b""
        while True:
            data = self.connection.recv(65536)
            if not data:
                return
            waiting += data
            while waiting:
                if waiting[0] == 36:
                    size = 4 + struct.unpack(">H", waiting[2:4])[0] if len(waiting) >= 4 else 1 << 16
                    if len(waiting) < size:
                        break
                    waiting = waiting[size:]
                elif b"\r\n\r\n" in waiting:
                    head, waiting = waiting.split(b"\r\n\r\n", 1)
                    yield head.decode("latin1")
                else:
                    break

    def answer(self, head, status="200 OK", fields=(), body=""):
        number = re.search(r"(?i)cseq: *(\d+)", head)[1]
        lines = [f"RTSP/1.0 {status}", f"CSeq: {number}", *fields]
        if body:
            lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        self.connection.sendall("\r\n".join(lines + ["", body]).encode())

    def obey(self, head):
        method = head.split()[0]
        requests.append(method)
        self.misbehave()
        if method == "DESCRIBE" and HABIT in ("password", "sha-256"):
            algorithm = ", algorithm=SHA-256" if HABIT == "sha-256" else ""
            self.answer(head, "401 Unauthorized", [f'WWW-Authenticate: Digest realm="odd", nonce="{time.time_ns()}"{algorithm}'])
        elif method == "DESCRIBE":
            self.answer(head, body=description())
        elif method == "SETUP" and HABIT == "udp-only":
            self.answer(head, "461 Unsupported Transport")
        elif method == "SETUP":
            channels = re.search(r"interleaved=(\d+)-(\d+)", head)
            if "/track" in head.split("\r\n")[0]:
                self.channel = int(channels[1])
            self.answer(head, fields=[f"Transport: RTP/AVP/TCP;unicast;{channels[0]}", "Session: 1;timeout=60"])
        elif method == "PLAY":
            self.answer(head, fields=["Session: 1"])
            if HABIT != "silent-only":
                threading.Thread(target=self.play, daemon=True).start()
        else:
            self.answer(head, fields=["Session: 1", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"])

    def misbehave(self):
        while HABIT == "noise":
            self.connection.sendall(os.urandom(4096))
            time.sleep(0.01)
        while HABIT == "endless-line":
            self.connection.sendall(b"a" * 65536)
        if HABIT == "endless-head":
            self.connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")
            while True:
                self.connection.sendall((b"X: " + b"a" * 900 + b"\r\n") * 50)

    def send(self, data, channel=0):
        self.connection.sendall(struct.pack(">BBH", 36, self.channel + channel, len(data)) + data)

    def report(self, ntp, stamp):
        self.send(struct.pack(">BBHIQIII", 0x80, 200, 6, 1, ntp & (1 << 64) - 1, stamp & 0xFFFFFFFF, 1, 1), 1)

    def play(self):
        pictures, sequence, began = access_units(CLIP), 0, time.time()
        try:
            for number in range(10**6):
                stamp = self.stamp(number)
                for packet, marker in self.packets(pictures[number % len(pictures)]):
                    head = struct.pack(">BBHII", 0x80, 96 | marker << 7, sequence & 0xFFFF, stamp & 0xFFFFFFFF, 1)
                    self.send(self.damaged(head + packet))
                    sequence += 1
                if HABIT != "flood":
                    time.sleep(max(0, began + number / RATE - time.time()))
        except OSError:
            pass

    def stamp(self, number):
        """The picture's RTP time, and a sender report where it is due."""
        stamp = number * 90000 // RATE
        if HABIT == "report-random":
            self.report(random.getrandbits(64), random.getrandbits(32))
        elif HABIT == "report-end":
            self.report((1 << 64) - 1, stamp)
        elif number % RATE == 0:
            self.report(int((time.time() + EPOCH) * (1 << 32)), stamp)
        return {
            "clock-1": number if number < 3 else number * (2**31 - 1),
            "time-random": random.getrandbits(32),
            "time-still": 1000,
            "time-back": (1 << 32) - 1 - number * 9000,
        }.get(HABIT, stamp)

    def packets(self, units):
        """RTP payloads of a picture (RFC 6184) and whether each is its last."""
        for unit in units:
            if HABIT == "endless-part" and unit[0] & 31 in (1, 5):
                for part in range(200):
                    yield bytes([0x7C, 0x85 if part == 0 else 0x05]) + b"x" * 60000, 0
            elif len(unit) < 1400:
                yield unit, int(unit is units[-1])
            else:
                parts = [unit[1:][place : place + 1400] for place in range(0, len(unit) - 1, 1400)]
                for part, data in enumerate(parts):
                    ends = (0x80 if part == 0 else 0) | (0x40 if part == len(parts) - 1 else 0)
                    yield bytes([unit[0] & 0xE0 | 28, ends | unit[0] & 31]) + data, int(
                        unit is units[-1] and part == len(parts) - 1
                    )

    def damaged(self, packet):
        if HABIT == "noise-between":
            self.connection.sendall(os.urandom(200))
        if HABIT == "bit-flips":
            packet = bytearray(packet)
            for _ in range(random.randint(1, 3)):
                packet[random.randrange(len(packet))] ^= 1 << random.randrange(8)
        return bytes(packet)


server = socket.create_server(("127.0.0.1", 0))


def serve():
    while True:
        threading.Thread(target=Client(server.accept()[0]).run, daemon=True).start()


threading.Thread(target=serve, daemon=True).start()
print("ready", server.getsockname()[1], flush=True)
for line in sys.stdin:
    print(" ".join(requests), flush=True)
