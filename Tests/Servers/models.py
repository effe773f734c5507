#!/usr/bin/python3
"""A server of model files for tests, and one that fails in every way. Prints `ready PORT`; `requests` on standard input is answered
by those that came since, as JSON, one line. Ends when its standard input ends.

    models.py FOLDER

    /plain/ID/FILE      a file of FOLDER, or a part of it, with an ETag
    /token/ID/FILE      the same for who sends `Authorization: Bearer right`
    /moved/ID/FILE      sends on to /plain; /away on another host (localhost instead of 127.0.0.1)
    /whole/ID/FILE      knows no parts; /beyond says 416 to all that ask for one, /other gives another one than was asked for
    /short/ID/FILE      ends in the middle; /stalled waits there; /changed ends, and never has the same file twice
    /wrong/ID/FILE      other bytes, as many
    /endless/ID/FILE    does not end
"""
import hashlib
import http.server
import json
import pathlib
import re
import sys
import threading
import time

FOLDER = pathlib.Path(sys.argv[1])
requests = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        requests.append({"path": self.path, **{name.lower(): self.headers[name] for name in ("Authorization", "Host", "Range")
                                               if self.headers[name]}})
        _, mode, *rest = self.path.split("/")
        file = FOLDER.joinpath(*rest)
        if mode in ("moved", "away"):
            host = "localhost" if mode == "away" else "127.0.0.1"
            self.send_response(302)
            self.send_header("Location", f"http://{host}:{server.server_port}/plain/{'/'.join(rest)}")
            return self.empty()
        if mode == "token" and self.headers["Authorization"] != "Bearer right":
            self.send_response(401)
            return self.empty()
        if not file.is_file():
            self.send_response(404)
            return self.empty()
        data = file.read_bytes()
        if mode == "wrong":
            data = bytes(byte ^ 1 for byte in data)
        etag = f'"{time.time_ns() if mode == "changed" else hashlib.md5(data).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        start = int(asked[1]) if asked and mode != "whole" and self.headers["If-Range"] in (None, etag) else 0
        if start and mode == "beyond" or start > len(data):
            self.send_response(416)
            return self.empty()
        self.send_response(206 if start else 200)
        self.send_header("ETag", etag)
        if start:
            first = start + (1 if mode == "other" else 0)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        if mode == "endless":
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                return
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if mode in ("short", "changed", "stalled"):
            self.wfile.write(data[start : (start + len(data)) // 2])
            self.wfile.flush()
            if mode == "stalled":
                time.sleep(60)
            self.close_connection = True
        else:
            self.wfile.write(data[start:])

    def empty(self):
        self.send_header("Content-Length", "0")
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_port, flush=True)
for line in sys.stdin:
    print(json.dumps(requests), flush=True)
    requests.clear()
