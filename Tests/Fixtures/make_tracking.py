"""Makes Tests/Fixtures/tracking: what SciPy and the One-Euro filter's authors compute, for the arithmetic of Sources/Tracking.

    pip install scipy==1.17.1 numpy==2.4.6 OneEuroFilter==0.2.1
    python make_tracking.py
"""

import hashlib
import importlib.metadata
import json
import pathlib

import numpy as np
from OneEuroFilter import OneEuroFilter
from scipy.interpolate import PchipInterpolator
from scipy.linalg import expm
from scipy.optimize import linear_sum_assignment
from scipy.signal import butter, filtfilt

OUT = pathlib.Path(__file__).parent / "tracking"
SEED = 6
random = np.random.default_rng(SEED)


def plain(value):
    return np.asarray(value, float).ravel().tolist()


def assignments():
    """Costs with a gate, and the least sum of (cost - gate) over any set of pairs: every second case has few distinct costs, so many ties."""
    cases = []
    for number, (rows, columns) in enumerate([(1, 1), (1, 7), (6, 1), (3, 3), (5, 9), (12, 4), (10, 10), (17, 30), (40, 25), (8, 8)] * 2):
        costs = random.random((rows, columns)) if number % 2 else random.integers(0, 4, (rows, columns)) / 4
        gate = [0.3, 0.55, 2.0][number % 3]
        gains = np.minimum(costs - gate, 0)
        cases.append(dict(rows=rows, columns=columns, gate=gate, costs=plain(costs), best=float(gains[linear_sum_assignment(gains)].sum())))
    return cases


def filters():
    cases = []
    for order, cutoff, rate, count in [(1, 3, 30, 50), (2, 6, 30, 200), (4, 6, 30, 200), (3, 2, 25, 80), (2, 6, 60, 13), (4, 5, 12, 90)]:
        b, a = butter(order, cutoff, fs=rate)
        signal = np.cumsum(random.normal(size=count))
        cases.append(dict(order=order, cutoff=cutoff, rate=rate, numerator=plain(b), denominator=plain(a), signal=plain(signal), filtered=plain(filtfilt(b, a, signal))))
    return cases


def curves():
    cases = []
    for count in (2, 3, 4, 25):
        times = np.cumsum(random.uniform(0.01, 0.2, count))
        values = random.normal(size=count).round(1)  # rounded, so that some neighbours are equal
        wanted = np.sort(random.uniform(times[0], times[-1], 40))
        cases.append(dict(times=plain(times), values=plain(values), wanted=plain(wanted), interpolated=plain(PchipInterpolator(times, values)(wanted))))
    return cases


def discretised(step, fade, drive):
    """Transition and noise of dv = -v/fade dt + noise, by the matrix exponential (Van Loan 1978)."""
    flow = np.array([[0, 1], [0, -1 / fade]])
    block = expm(np.block([[-flow, np.array([[0, 0], [0, drive]])], [np.zeros((2, 2)), flow.T]]) * step)
    transition = block[2:, 2:].T
    return transition, transition @ block[:2, 2:]


def smoothers():
    """A Kalman filter and the Rauch-Tung-Striebel recursion with plain matrices, over uneven time steps; nan where nothing was measured."""
    cases = []
    for fade, drive in [(0.3, 4.0), (3.0, 0.3), (1e9, 50.0)]:
        steps = random.choice([1 / 60, 1 / 30, 0.1, 0.4], 40)
        measured = np.cumsum(random.normal(size=40))
        measured[random.random(40) < 0.2] = np.nan
        measured[0] = 1
        noises = random.uniform(0.01, 0.5, 40)
        x, p = np.array([measured[0], 0]), np.diag([noises[0], 4.0])
        filtered, covariances, moves = [x], [p], [None]
        for step, z, noise in zip(steps[1:], measured[1:], noises[1:]):
            f, q = discretised(step, fade, drive)
            x, p = f @ x, f @ p @ f.T + q
            if not np.isnan(z):
                gain = p[:, 0] / (p[0, 0] + noise)
                x, p = x + gain * (z - x[0]), p - np.outer(gain, p[0])
            filtered.append(x), covariances.append(p), moves.append((f, q))
        smooth, spread = [filtered[-1]], [covariances[-1]]
        for x, p, (f, q) in zip(filtered[-2::-1], covariances[-2::-1], moves[:0:-1]):
            ahead = f @ p @ f.T + q
            gain = p @ f.T @ np.linalg.inv(ahead)
            spread.append(p + gain @ (spread[-1] - ahead) @ gain.T)
            smooth.append(x + gain @ (smooth[-1] - f @ x))
        cases.append(
            dict(
                fade=fade, drive=drive, steps=plain(steps), measured=[None if np.isnan(z) else float(z) for z in measured], noises=plain(noises),
                filtered=plain(filtered), covariances=plain(covariances), smoothed=plain(smooth[::-1]), spreads=plain(spread[::-1]),
            )
        )
    return cases


def euro():
    """A quiet signal (nothing strays) over uneven time steps."""
    times = np.cumsum(random.choice([1 / 60, 1 / 30, 0.1], 80))
    values = 0.004 * np.sin(3 * times) + random.normal(size=80) * 0.0005
    reference = OneEuroFilter(freq=30, mincutoff=0.8, beta=40, dcutoff=2)
    return dict(min_cutoff=0.8, beta=40, times=plain(times), values=plain(values), filtered=[reference(v, t) for v, t in zip(values, times)])


def main():
    OUT.mkdir(exist_ok=True)
    goldens = dict(assignments=assignments(), filters=filters(), curves=curves(), smoothers=smoothers(), euro=euro())
    (OUT / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")
    manifest = {
        "script": pathlib.Path(__file__).name,
        "seed": SEED,
        "versions": {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "OneEuroFilter")},
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(OUT.glob("*")) if path.name != "manifest.json"},
    }
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


main()
