"""Makes Tests/Fixtures/clients: every third frame of what posed saw in a clip of three squats (counted by eye).

    posed process squat.mp4 --out squat.poses.jsonl
    python make_clients.py squat.poses.jsonl
"""
import hashlib
import json
import pathlib
import sys

OUT = pathlib.Path(__file__).parent / "clients"


def main(recording):
    lines = []
    for line in open(recording):
        record = json.loads(line)
        if record["type"] == "header":
            record["source"]["uri"] = pathlib.Path(record["source"]["uri"]).name
            version = record["posed"]
        if record["type"] != "frame" or record["frame"] % 3 == 0:
            lines.append(json.dumps(record, separators=(",", ":")) + "\n")
    content = "".join(lines)
    OUT.mkdir(exist_ok=True)
    (OUT / "squats.poses.jsonl").write_text(content)
    manifest = {
        "script": "make_clients.py", "versions": {"posed": version}, "squats": 3,
        "sha256": {"squats.poses.jsonl": hashlib.sha256(content.encode()).hexdigest()},
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


main(sys.argv[1])
