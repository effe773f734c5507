#!/usr/bin/python3
"""A camera for tests: serves H.264 or H.265 clips over RTSP, live, and falls ill on command.

    rtsp.py [--port N] [--password USER:PASSWORD] [--rate FPS] [--loss PART] CLIP.h264|CLIP.hevc...

The clips are Annex B with access unit delimiters (ffmpeg -bsf:v h264_metadata=aud=insert), all of the first one's codec. They
run in a loop whether anybody looks or not, so that a client joins in the middle, as with a camera; nothing is encoded.
Passwords are asked for by Digest. Mounts: /0, /1, /2, all the same pictures. Prints `ready PORT`. Commands, one a line on
standard input; each is answered by `ok`:

    clip N         go on with the Nth clip
    truncate N     cut the next N frames' last NAL units in half
    hold, go       send no frames; send them again
    password U:P   ask for another password from now on
    disconnect     close every client's connection

Ends when its standard input ends.
"""
import argparse
import random
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

DELIMITERS = {"h264": b"\x00\x00\x00\x01\x09", "h265": b"\x00\x00\x00\x01\x46"}


def launch(codec):
    return (
        "( appsrc name=source is-live=true do-timestamp=true format=time max-buffers=30 leaky-type=downstream"
        f" caps=video/x-{codec},stream-format=byte-stream,alignment=au"
        f" ! {codec}parse config-interval=-1 ! rtp{codec}pay name=pay0 pt=96 )"
    )


def frames(path, codec):
    """The access units of an Annex B file."""
    delimiter = DELIMITERS[codec]
    return [delimiter + unit for unit in open(path, "rb").read().split(delimiter)[1:]]


class Camera:
    def __init__(self, arguments):
        self.arguments = arguments
        codec = "h265" if arguments.clips[0].endswith(".hevc") else "h264"
        self.clips = [frames(clip, codec) for clip in arguments.clips]
        self.clip, self.truncated, self.is_held = 0, 0, False
        self.sources = {}
        self.lock = threading.Lock()
        self.random = random.Random(7)
        self.server = GstRtspServer.RTSPServer.new()
        self.server.set_address("127.0.0.1")
        self.server.set_service(str(arguments.port))
        if arguments.password:
            self.auth = GstRtspServer.RTSPAuth.new()
            self.auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            self.server.set_auth(self.auth)
            self.user = None
            self.password(arguments.password)
        for mount in range(3):
            factory = GstRtspServer.RTSPMediaFactory.new()
            factory.set_launch(launch(codec))
            factory.set_shared(True)
            if arguments.password:
                permissions = GstRtspServer.RTSPPermissions.new()
                for right in ("media.factory.access", "media.factory.construct"):
                    permissions.add_permission_for_role("user", right, True)
                factory.set_permissions(permissions)
            factory.connect("media-configure", self.configure)
            self.server.get_mount_points().add_factory(f"/{mount}", factory)

    def password(self, words):
        user, password = words.split(":", 1)
        if self.user:
            self.auth.remove_digest(self.user)
        self.user = user
        rights = GstRtspServer.RTSPToken.new()
        rights.set_string("media.factory.role", "user")
        self.auth.add_digest(user, password, rights)

    def configure(self, _, media):
        element = media.get_element()
        with self.lock:
            self.sources[media] = element.get_by_name("source")
        media.connect("unprepared", self.forget)
        if self.arguments.loss:
            pad = element.get_by_name("pay0").get_static_pad("src")
            pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.lose)

    def forget(self, media):
        with self.lock:
            self.sources.pop(media, None)

    def lose(self, pad, info):
        """Lets a part of the RTP packets vanish on their way."""
        if not info.type & Gst.PadProbeType.BUFFER_LIST:
            return Gst.PadProbeReturn.DROP if self.random.random() < self.arguments.loss else Gst.PadProbeReturn.OK
        packets = info.get_buffer_list()
        for index in range(packets.length()):
            if self.random.random() >= self.arguments.loss:
                pad.get_peer().chain(packets.get(index).copy())
        return Gst.PadProbeReturn.DROP

    def run(self):
        began, number = time.monotonic(), 0
        while True:
            number += 1
            time.sleep(max(0, began + number / self.arguments.rate - time.monotonic()))
            if self.is_held:
                continue
            clip = self.clips[self.clip]
            frame = clip[number % len(clip)]
            if self.truncated:
                self.truncated -= 1
                frame = frame[: len(frame) // 2]
            with self.lock:
                for source in self.sources.values():
                    source.emit("push-buffer", Gst.Buffer.new_wrapped(frame))

    def obey(self, command, *words):
        if command == "clip":
            self.clip = int(words[0])
        elif command == "truncate":
            self.truncated = int(words[0])
        elif command in ("hold", "go"):
            self.is_held = command == "hold"
        elif command == "password":
            self.password(words[0])
        elif command == "disconnect":
            self.server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--password", metavar="USER:PASSWORD")
    parser.add_argument("--rate", type=float, default=15)
    parser.add_argument("--loss", type=float, default=0)
    parser.add_argument("clips", nargs="+")
    Gst.init(None)
    camera = Camera(parser.parse_args())
    loop = GLib.MainLoop()
    if camera.server.attach(None) == 0:
        sys.exit("the port cannot be had")
    threading.Thread(target=loop.run, daemon=True).start()
    threading.Thread(target=camera.run, daemon=True).start()
    print("ready", camera.server.get_bound_port(), flush=True)
    for line in sys.stdin:
        camera.obey(*line.split())
        print("ok", flush=True)


main()
