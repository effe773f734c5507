#!/usr/bin/python3
"""Drives headless Chromium: one JSON command a line in, one JSON answer a line out. Trusts the authority (a PEM file) that it is given.

    {"open": URL}                       loads a page
    {"evaluate": "expression"}          its value, a promise's value included
    {"screenshot": "file.png"}          the whole page as it is now
    {"look": {"width": 390, "height": 844, "scale": 2, "dark": true}}
    {"errors": true}                    what went wrong in the page since it was asked last

Chromium is spoken to over a pipe (--remote-debugging-pipe), so nothing but the standard library is needed.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile


class Browser:
    def __init__(self, authority=None):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        (theirs_in, self.to), (self.back, theirs_out) = os.pipe(), os.pipe()
        flags = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.folder.name}", "--disable-gpu",
                 "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        environment = dict(os.environ)
        if authority:
            # Where Chromium looks for authorities of the user's own.
            environment["HOME"] = self.folder.name
            database = f"{self.folder.name}/.pki/nssdb"
            os.makedirs(database)
            subprocess.run(["certutil", "-d", f"sql:{database}", "-N", "--empty-password"], check=True)
            subprocess.run(["certutil", "-d", f"sql:{database}", "-A", "-n", "test", "-t", "C,,", "-i", authority], check=True)
        script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec chromium "$@"'
        self.process = subprocess.Popen(["bash", "-c", script, "chromium", *flags, "about:blank"], pass_fds=[theirs_in, theirs_out],
                                        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer, self.number, self.session, self.errors, self.events = b"", 0, None, [], []
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log"]:
            self.call(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.back, 1 << 16)
            if not more:
                raise SystemExit("chromium has gone")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        method, details = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            exception = details["exceptionDetails"]
            self.errors.append(exception.get("exception", {}).get("description") or exception["text"])
        elif method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in details["args"]))
        elif method == "Log.entryAdded" and details["entry"]["level"] == "error":
            self.errors.append(f'{details["entry"]["text"]} {details["entry"].get("url", "")}')
        elif method:
            self.events.append(method)
        return message

    def call(self, method, **params):
        self.number += 1
        command = {"id": self.number, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.to, json.dumps(command).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f'{method}: {answer["error"]["message"]}')
                return answer["result"]

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self.receive()

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "failed"))
        return result["result"].get("value")

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def look(self, width, height, scale=1, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def main():
    browser = Browser(*sys.argv[1:])
    try:
        for line in sys.stdin:
            (name, value), = json.loads(line).items()
            try:
                if name == "errors":
                    browser.evaluate("0")
                    answer, browser.errors = browser.errors, []
                elif name == "look":
                    answer = browser.look(**value)
                else:
                    answer = {"open": browser.open, "evaluate": browser.evaluate, "screenshot": browser.screenshot}[name](value)
                print(json.dumps({"value": answer}), flush=True)
            except RuntimeError as error:
                print(json.dumps({"error": str(error)}), flush=True)
    finally:
        browser.end()


main()
