#!/usr/bin/python3
"""Draws what was found on evenly spaced frames, for counting by eye (weights/person-nano/README.md). Needs numpy and opencv-python.

    posed process walk.mp4 --out walk.jsonl
    /usr/bin/python3 scripts/found.py walk.mp4 walk.jsonl walk.png        # or: --frames 5,60-80 or --count 40

Green boxes have the score that somebody new needs, orange ones only continue a track. One line a frame: how many of each.
"""
import argparse
import json

from needs import need

need(cv2="python3-opencv", numpy="python3-numpy")
import cv2  # noqa: E402
import numpy as np  # noqa: E402

THRESHOLD = 0.3  # Tracker.Settings().threshold
TILE = (400, 400)


def chosen(text):
    """The frame numbers of `5,60-80`."""
    parts = [[int(n) for n in part.split("-")] for part in text.split(",")]
    return [n for part in parts for n in range(part[0], part[-1] + 1)]


def read_people(path):
    """The people of every frame: index -> list."""
    with open(path) as lines:
        records = [record for record in map(json.loads, lines) if record["type"] == "frame" and not record.get("rev")]
    return {record["frame"]: record["persons"] for record in records}


def draw(picture, people, index):
    scale = min(TILE[0] / picture.shape[1], TILE[1] / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for person in people:
        left, top, width, height = (int(v * scale) for v in person["bbox"])
        colour = (0, 220, 0) if person["score"] >= THRESHOLD else (0, 140, 255)
        cv2.rectangle(small, (left, top), (left + width, top + height), colour, 1)
        label = f"{person.get('id', '-')}: {person['score']:.2f}"
        cv2.putText(small, label, (max(0, left), max(10, top + 10)), cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
    cv2.putText(small, str(index), (3, small.shape[0] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return small


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("records")
    parser.add_argument("sheet")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--frames", type=chosen)
    a = parser.parse_args()
    people, video, tiles, index = read_people(a.records), cv2.VideoCapture(a.video), [], 0
    wanted = a.frames or [int((k + 0.5) * len(people) / a.count) for k in range(a.count)]
    while video.grab():
        if index in wanted:
            found = people.get(index, [])
            sure = sum(person["score"] >= THRESHOLD for person in found)
            print(f"frame {index}: {sure} sure, {len(found) - sure} weak")
            tiles.append(draw(video.retrieve()[1], found, index))
        index += 1
    columns = max(1, min(len(tiles), 1920 // tiles[0].shape[1]))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    cv2.imwrite(a.sheet, np.vstack([np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]))


main()
