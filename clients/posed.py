"""Reads the records of posed as NumPy arrays. Needs Python 3.9 and numpy, nothing else.

    for frame in posed.read("walk.poses.jsonl"):
        for person in frame.people:
            print(frame.time, person.id, person["left_wrist"])

What it reads is a file, "-" for standard input, the path of a unix socket, or the address of a stream:
http://HOST:PORT/streams/NAME/poses (server-sent events) or the same with ws:// (a WebSocket).
"""
import base64, http.client, json, os, socket, stat, struct, sys, time, urllib.error, urllib.parse, urllib.request
from dataclasses import dataclass

import numpy as np


@dataclass
class Person:
    id: int          # who it is, within a session; None while that is not certain
    box: np.ndarray  # [x, y, width, height] in pixels
    score: float     # of the box
    raw: np.ndarray  # [keypoints, 3]: x, y and score, as the network said
    points: np.ndarray    # [keypoints, 2]: smoothed, NaN where a keypoint is missing; raw while id is None
    observed: np.ndarray  # [keypoints]: whether a point was seen in this frame rather than predicted
    names: list
    origin: str      # "detected", or "carried": found by the pose network alone, where the person was expected

    def __getitem__(self, name):
        """The place of a keypoint, such as "left_wrist"."""
        return self.points[self.names.index(name)]


@dataclass
class Frame:
    index: int
    time: float  # seconds since the stream began
    people: list
    record: dict  # the whole record, with `t`, `dropped`, `lat_ms`
    header: dict  # the stream's: its name, the layout, the size of the pictures
    lost: int     # records that this reader was too slow for, just before


def read(place, token=None, revisions=False):
    """Yields every frame. With revisions, also the second, better versions that `lag` makes (record["rev"] is 1)."""
    header, lost = None, 0
    for line in _lines(place, token):
        record = json.loads(line)
        if record["type"] == "header":
            header = record
        elif record["type"] == "lost":
            lost += record["records"]
        elif record["type"] == "frame" and (revisions or "rev" not in record):
            people = [_person(person, header["keypoints"]) for person in record["persons"]]
            yield Frame(record["frame"], record["pts_ns"] / 1e9, people, record, header, lost)
            lost = 0


def _person(record, names):
    raw = np.array(record["kp"], float).reshape(-1, 3)
    points, observed = raw[:, :2], np.ones(len(raw), bool)
    if "kps" in record:
        points = np.array([point or (np.nan, np.nan) for point in record["kps"]], float).reshape(-1, 2)
        observed = np.array([letter == "o" for letter in record["state"]])
    box, origin = np.array(record["bbox"], float), record.get("origin", "detected")
    return Person(record.get("id"), box, record["score"], raw, points, observed, names, origin)


def _lines(place, token):
    headers = {"Authorization": "Bearer " + token} if token else {}
    if place.startswith(("http://", "https://")):
        return _events(place, headers)
    if place.startswith(("ws://", "wss://")):
        return _messages(place, headers)
    if place == "-":
        return sys.stdin.buffer
    if stat.S_ISSOCK(os.stat(place).st_mode):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(place)
        return connection.makefile("rb")
    return open(place, "rb")


def _events(url, headers):
    """Server-sent events. Comes back when the connection breaks, and goes on behind the last one."""
    been_there = False
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
                been_there = True
                for line in response:
                    if line.startswith(b"data:"):
                        yield line[5:]
                    elif line.startswith(b"id:"):
                        headers["Last-Event-ID"] = line[3:].decode().strip()
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException):
            if not been_there:
                raise
        time.sleep(1)


def _messages(url, headers):
    """The text messages of a WebSocket (RFC 6455)."""
    address = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "wss" else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=60)
    key = base64.b64encode(os.urandom(16)).decode()
    target = address.path + ("?" + address.query if address.query else "")
    connection.request("GET", target, headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, **headers})
    sock = connection.sock
    response = connection.getresponse()
    if response.status != 101:
        raise ConnectionError(f"{url}: {response.status} {response.reason}")
    stream, message = response.fp, b""
    while len(start := stream.read(2)) == 2:
        last, code, length = start[0] & 0x80, start[0] & 0x0F, start[1] & 0x7F
        if length > 125:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        payload = stream.read(length)
        if code == 8:
            return
        if code == 9:  # ping: answered with a pong, masked as what clients send must be
            mask = os.urandom(4)
            sock.sendall(struct.pack("!BB", 0x8A, 0x80 | length) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))
        elif code < 8:
            message += payload
            if last:
                yield message
                message = b""
