#!/usr/bin/python3
"""Prints the tables of docs/models.md that come from weights/manifest.json and docs/networks.json, or puts them and docs/models.svg in place.

    posed bench network --model tiny,s,b,l,h,yolox-nano,yolox-tiny,yolox-s,rtdetr-r18,dfine-n --precision fp32,bf16 --batch 1 --seconds 1 --json > docs/networks.json
    python3 scripts/models_table.py [--write | --check]

`--check`, of which `make lint` makes use, exits with 1 where a file is not what would be written.
"""
import json
import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE, PLOT = ROOT / "docs" / "models.md", ROOT / "docs" / "models.svg"
BEGIN, END = "<!-- scripts/models_table.py writes this -->\n", "<!-- to here -->\n"
# What `posed bench network` calls the shape of a model; experts that are not chosen cost no time.
SHAPES = {
    "vitpose-tiny": "tiny", "vitpose-base": "b", "vitpose-base-coco-aic-mpii": "b", "vitpose-plus-small": "s", "vitpose-plus-base": "b",
    "vitpose-plus-large": "l", "vitpose-plus-huge": "h", "yolox-nano": "yolox-nano", "yolox-tiny": "yolox-tiny", "yolox-s": "yolox-s",
    "rtdetr_r18vd": "rtdetr-r18", "rtdetr_r18vd_coco_o365": "rtdetr-r18", "dfine-nano-coco": "dfine-n"}
PRECISIONS = ["fp32", "bf16"]
TITLES = dict(detector="detector", pose="pose network")


def read():
    """The models, each with the milliseconds of its shape by precision."""
    models = json.loads((ROOT / "weights" / "manifest.json").read_text())["models"]
    times = {
        (row["network"], row["precision"]): row["median_ms"]
        for row in json.loads((ROOT / "docs" / "networks.json").read_text())["results"]}
    for model in models:
        model["ms"] = {p: times[SHAPES[model["id"]], p] for p in PRECISIONS if (SHAPES.get(model["id"]), p) in times}
    return models


def milliseconds(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def table(models, kind):
    yield f"| {TITLES[kind]} | M parameters | GFLOP | input | AP | ms, fp32 | ms, bf16 |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for model in models:
        if model["kind"] == kind:
            card = f"measured here: [card](../weights/{model['id']}/README.md)" if model["shipped"] else ""
            cells = [f"`{model['id']}`"] + [f"{model[key]:g}" if key in model else "" for key in ("parameters", "gflop")]
            cells += [model.get("input", ""), str(model.get("ap", card))]
            cells += [milliseconds(model["ms"][p]) if p in model["ms"] else "" for p in PRECISIONS]
            yield f"| {' | '.join(cells)} |"


def plot(models):
    """AP over milliseconds, which double from line to line: boxes left, keypoints right; fp32 filled, bf16 hollow."""
    width, height, margin = 460, 340, 48
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * width}" height="{height}" fill="white"/>']
    for panel, (kind, title) in enumerate([("detector", "AP of boxes"), ("pose", "AP of keypoints")]):
        shown = [model for model in models if model["kind"] == kind and model["ms"] and "ap" in model]
        if not shown:
            continue
        times = [math.log2(ms) for model in shown for ms in model["ms"].values()]
        low, high = math.floor(min(times)) - 2, math.ceil(max(times))
        floor, top = 5 * math.floor(min(m["ap"] for m in shown) / 5), 5 * math.ceil((max(m["ap"] for m in shown) + 0.1) / 5)

        def x(ms):
            return panel * width + margin + (math.log2(ms) - low) / (high - low) * (width - margin - 20)

        def y(ap):
            return height - margin - (ap - floor) / (top - floor) * (height - margin - 30)

        for power in range(low, high + 1):
            parts.append(f'<path d="M{x(2**power):.1f} {y(floor):.1f}V{y(top):.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{x(2**power):.1f}" y="{y(floor) + 16:.1f}" text-anchor="middle">{2**power:g}</text>')
        for ap in range(floor, top + 1, 5 if top - floor > 10 else 1):
            parts.append(f'<path d="M{x(2**low):.1f} {y(ap):.1f}H{x(2**high):.1f}" stroke="#ddd"/>')
            parts.append(f'<text x="{x(2**low) - 6:.1f}" y="{y(ap) + 4:.1f}" text-anchor="end">{ap}</text>')
        middle = panel * width + (width + margin - 20) / 2
        parts.append(f'<text x="{middle:.1f}" y="18" text-anchor="middle" font-size="13">{title}, COCO val2017, as published</text>')
        parts.append(f'<text x="{middle:.1f}" y="{height - 12}" text-anchor="middle">ms an image here: fp32 ●, bf16 ○</text>')
        # What is taken: left, right and level of each model's points, then of the names.
        taken = [(x(min(m["ms"].values())) - 6, x(max(m["ms"].values())) + 6, y(m["ap"])) for m in shown]
        for model, (left, right, level) in zip(shown, list(taken)):
            parts.append(f'<path d="M{left + 6:.1f} {level:.1f}H{right - 6:.1f}" stroke="#1f6feb"/>')
            for precision, ms in model["ms"].items():
                fill = "#1f6feb" if precision == "fp32" else "white"
                parts.append(f'<circle cx="{x(ms):.1f}" cy="{level:.1f}" r="4" fill="{fill}" stroke="#1f6feb"/>')
            # A name stands right of its points, or left where something is in its way.
            length = 6.2 * len(model["id"])
            begin = right + length < (panel + 1) * width and not any(
                a < right + length and right < b and abs(level - c) < 11 for a, b, c in taken if (a, b, c) != (left, right, level))
            taken.append((right, right + length, level) if begin else (left - length, left, level))
            place, anchor = (right + 1, "start") if begin else (left - 1, "end")
            parts.append(f'<text x="{place:.1f}" y="{level + 4:.1f}" text-anchor="{anchor}">{model["id"]}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    models = read()
    text = "\n".join([*table(models, "detector"), "", *table(models, "pose"), ""])
    page = PAGE.read_text()
    before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
    wanted = {PAGE: page[:before] + text + page[after:], PLOT: plot(models)}
    if sys.argv[1:] == ["--write"]:
        for path, content in wanted.items():
            path.write_text(content)
    elif sys.argv[1:] == ["--check"]:
        stale = [str(path.relative_to(ROOT)) for path, content in wanted.items() if not path.exists() or path.read_text() != content]
        sys.exit(f"{' and '.join(stale)}: not what the manifest says: run scripts/models_table.py --write" if stale else 0)
    else:
        print(text, end="")


main()
