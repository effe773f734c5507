#!/usr/bin/python3
"""A camera for tests that speaks HTTP, with a certificate over TLS. Prints `ready PORT`; `requests` on standard input is answered
by the number of requests, one line. Ends when its standard input ends.

    web.py FOLDER RATE [CERTIFICATE KEY]

    /camera.mjpg   the JPEG files of FOLDER, one after the other and over again, RATE a second, as multipart;
                   ?type=T for another type of the parts than image/jpeg, ?extra=N for a length that is N too large,
                   ?half=N to send only half of every Nth
    /endless.mjpg  as many of them as ?pictures=N says, then a part of 2 GB that never ends
    /picture       the first of them, once
    /closed        refuses every password, and none; ?scheme=Digest asks for it in that way instead of Basic
    /live.m3u8     a live HLS playlist over FOLDER/segment0.ts, segment1.ts, … of one second each: six at a time
"""
import http.server
import pathlib
import ssl
import sys
import threading
import time
import urllib.parse

FOLDER, RATE, BEGAN = pathlib.Path(sys.argv[1]), float(sys.argv[2]), time.monotonic()
requests = []


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        requests.append(self.path)
        if self.path.startswith("/camera.mjpg"):
            self.multipart(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)))
        elif self.path.startswith("/endless.mjpg"):
            self.endless(int(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["pictures"][0]))
        elif self.path.startswith("/closed"):
            scheme = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("scheme", ["Basic"])[0]
            self.send_response(401)
            self.send_header("WWW-Authenticate", f'{scheme} realm="camera", nonce="{time.time_ns()}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/picture":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sorted(FOLDER.glob("*.jpg"))[0].read_bytes())
        elif self.path.startswith("/live.m3u8"):
            first = int(time.monotonic() - BEGAN)
            lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
            for number in range(first, first + 6):
                lines += ["#EXTINF:1.0,", f"segment{number}.ts"]
            self.answer("application/vnd.apple.mpegurl", "\n".join(lines + [""]).encode())
        elif (FOLDER / self.path[1:]).is_file():
            self.answer("video/mp2t", (FOLDER / self.path[1:]).read_bytes())
        else:
            self.send_error(404)

    def answer(self, kind, data):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def endless(self, count):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        data = sorted(FOLDER.glob("*.jpg"))[0].read_bytes()
        head = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
        try:
            for _ in range(count):
                self.wfile.write((head % len(data)).encode() + data + b"\r\n")
                time.sleep(1 / RATE)
            self.wfile.write((head % (2**31 - 1)).encode() + data[: len(data) // 2])
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def multipart(self, oddities):
        kind, extra, half = oddities.get("type", "image/jpeg"), int(oddities.get("extra", 0)), int(oddities.get("half", 0))
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pictures = [path.read_bytes() for path in sorted(FOLDER.glob("*.jpg"))]
        try:
            for number in range(10**6):
                data = pictures[number % len(pictures)]
                if half and number % half == half - 1:
                    data = data[: len(data) // 2]
                head = f"--frame\r\nContent-Type: {kind}\r\nContent-Length: {len(data) + extra}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
                time.sleep(1 / RATE)
        except OSError:
            pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[3:])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_port, flush=True)
for line in sys.stdin:
    print(len(requests), flush=True)
