"""Counts squats as they are done.

    python3 count_squats.py /run/posed/gym.sock
    python3 count_squats.py http://127.0.0.1:8080/streams/gym/poses
    posed process squat.mp4 --out - | python3 count_squats.py -

A squat is a knee that bends below DOWN and stretches above UP again. The camera should see people from the side, or
half from it: to a camera in front of them, knees hardly bend.
"""
import sys

import numpy as np

import posed

DOWN, UP = 95, 150  # degrees between thigh and shin
SURE = 0.2  # the least score of a joint that counts: legs outside the picture are only guessed
SHORTEST = 0.3  # seconds; nobody squats faster


def knee_angle(person, side):
    joints = [person.names.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")]
    if (person.raw[joints, 2] < SURE).any():
        return np.nan
    hip, knee, ankle = person.points[joints]
    thigh, shin = hip - knee, ankle - knee
    cosine = thigh @ shin / (np.linalg.norm(thigh) * np.linalg.norm(shin) + 1e-9)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))  # NaN where a joint is missing


def main(place, token=None):
    squats, down = {}, {}  # by person: how many, and of those who are down since when and how deep
    for frame in posed.read(place, token):
        for person in frame.people:
            angles = [knee_angle(person, side) for side in ("left", "right")]
            if person.id is None or np.isnan(angles).all():
                continue
            angle = np.nanmax(angles)  # of the straighter leg: who walks bends one knee, not both
            who = frame.header["session"], person.id
            if angle < DOWN:
                since, deepest = down.get(who, (frame.time, 180))
                down[who] = since, min(angle, deepest)
            elif angle > UP and who in down:
                since, deepest = down.pop(who)
                if frame.time - since >= SHORTEST:
                    squats[who] = squats.get(who, 0) + 1
                    print(f"{frame.time:7.2f} s  person {person.id}: squat {squats[who]}, {deepest:.0f} degrees deep", flush=True)
    print(f"{sum(squats.values())} squats")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: count_squats.py FILE|SOCKET|ADDRESS [TOKEN]")
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
