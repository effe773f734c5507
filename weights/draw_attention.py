"""Draws what the keypoint tokens of a TokenPose look at in a picture, layer by layer, and how alike they are.

    pip install torch safetensors pillow
    python draw_attention.py tokenpose-s-v1 person.jpg attention.png --box 120,40,200,420
    python draw_attention.py tokenpose-s-v1 person.jpg attention.png --keypoints left_wrist,right_wrist

Above, a row is a keypoint and a column a layer: the attention that its token pays to the crop's patches, the mean of the heads, each from its
least (blue) to its most (red). Below, for each layer: the attention that the keypoints' tokens pay to each other, and the cosines of their outputs
(arXiv 2104.03516, figures 4 to 6), from least (dark) to most (bright); rows and columns are the keypoints in their order. With --keypoints only
those have rows above.
"""
import argparse
import pathlib
import sys

try:
    import numpy as np
    import PIL.Image
    import PIL.ImageDraw
    import torch
except ModuleNotFoundError as error:
    sys.exit(f"{sys.argv[0]}: {sys.executable} lacks the module {error.name}: pip install torch safetensors pillow")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "training"))
from tokenpose import attention_layers, load  # noqa: E402

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TILE, GAP, MARGIN, TITLE = 96, 4, 110, 22  # pixels: a crop's width, between tiles, for names, for headings


def crop(picture, box, height, width):
    """The box, widened or heightened to the crop's proportions and enlarged by 1.25, black beyond the picture."""
    x, y, w, h = box
    centre, w, h = (x + w / 2, y + h / 2), max(w, h * width / height) * 1.25, max(h, w * height / width) * 1.25
    step = w / width
    return picture.transform(
        (width, height), PIL.Image.Transform.AFFINE, (step, 0, centre[0] - w / 2, 0, step, centre[1] - h / 2),
        PIL.Image.Resampling.BILINEAR)


def look(model, image):
    """Of every layer: the mean attention [keypoints, tokens] of the keypoints' tokens, and the cosines [keypoints, keypoints] of its output."""
    count = model.shape.keypoints
    layers, outputs = attention_layers(model), []
    for layer in layers:
        layer.seen = []
    # The perceptron's norm comes first in a layer's second half: what goes into it, and what the perceptron adds, is the layer's output.
    branches = [pair[1]["fn"] for name in model.groups for pair in getattr(model.tokens, name).layers]
    hooks = []
    for branch in branches:
        hooks.append(branch["norm"].register_forward_pre_hook(lambda module, inputs: outputs.append(inputs[0][0, :count])))
        hooks.append(branch["fn"].register_forward_hook(lambda module, inputs, output: outputs.append(outputs.pop() + output[0, :count])))
    pixels = torch.from_numpy(np.asarray(image, dtype=np.float32) / 255)
    with torch.inference_mode():
        model(((pixels - torch.tensor(MEAN)) / torch.tensor(DEVIATION)).permute(2, 0, 1)[None])
    for hook in hooks:
        hook.remove()
    seen = [layer.seen[0][0, :, :count].mean(0).numpy() for layer in layers]
    cosines = [torch.nn.functional.cosine_similarity(x[:, None], x[None], -1).numpy() for x in outputs]
    return seen, cosines


def between(values):
    """From 0, the least, to 1, the most."""
    span = values.max() - values.min()
    return (values - values.min()) / (span if span > 0 else 1)


def colours(values):
    """Blue, green, yellow, red."""
    stops = np.array([(20, 30, 140), (0, 160, 160), (240, 220, 40), (220, 30, 30)], dtype=float)
    place = between(values) * (len(stops) - 1)
    low = np.minimum(place.astype(int), len(stops) - 2)
    return (stops[low] + (place - low)[..., None] * (stops[low + 1] - stops[low])).astype(np.uint8)


def overlay(image, attention, grid, size):
    heat = PIL.Image.fromarray(colours(attention.reshape(grid))).resize(size, PIL.Image.Resampling.BILINEAR)
    return PIL.Image.blend(image.resize(size).convert("L").convert("RGB"), heat, 0.55)


def matrix(values, side):
    grey = (255 * between(values)).astype(np.uint8)
    return PIL.Image.fromarray(grey).resize((side, side), PIL.Image.Resampling.NEAREST).convert("RGB")


def draw(model, names, image, rows):
    seen, cosines = look(model, image)
    shape, count = model.shape, model.shape.keypoints
    grid = shape.map[0] // shape.patch[0], shape.map[1] // shape.patch[1]
    size = TILE, round(TILE * shape.image[0] / shape.image[1])
    down = [size[1]] * len(rows) + [TILE] * 2
    sheet = PIL.Image.new(
        "RGB", (MARGIN + (len(seen) + 1) * (TILE + GAP), TITLE + sum(down) + len(down) * GAP), "white")
    pen = PIL.ImageDraw.Draw(sheet)
    for column in range(len(seen)):
        pen.text((MARGIN + (column + 1) * (TILE + GAP), 5), f"layer {column + 1}", "black")
    top = TITLE
    for index, height in enumerate(down):
        name = names[rows[index]] if index < len(rows) else ["attention between", "cosines between"][index - len(rows)]
        pen.text((4, top + height // 2 - 6), name, "black")
        for column, (attention, alike) in enumerate(zip(seen, cosines)):
            left = MARGIN + (column + 1) * (TILE + GAP)
            if index < len(rows):
                tile = overlay(image, attention[rows[index], count:], grid, size)
            else:
                tile = matrix(attention[:, :count] if index == len(rows) else alike, TILE)
            sheet.paste(tile, (left, top))
        if index == 0:
            sheet.paste(image.resize(size), (MARGIN, top))
        top += height + GAP
    return sheet


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="as convert_tokenpose.py writes it")
    parser.add_argument("picture")
    parser.add_argument("out", help="a .png file that is written")
    parser.add_argument("--box", help="left,top,width,height of the person (default: the whole picture)")
    parser.add_argument("--keypoints", help="comma-separated (default: all)")
    a = parser.parse_args(arguments)
    model, names = load(a.folder)
    picture = PIL.Image.open(a.picture).convert("RGB")
    try:
        box = [float(number) for number in a.box.split(",")] if a.box else [0, 0, *picture.size]
        x, y, w, h = box
    except ValueError:
        sys.exit(f"--box {a.box} is not left,top,width,height")
    if not (w > 0 and h > 0 and all(abs(number) < 1e6 for number in box)):
        sys.exit(f"--box {a.box} has no area")
    wanted = a.keypoints.split(",") if a.keypoints else names
    strange = [name for name in wanted if name not in names]
    if strange:
        sys.exit(f"{a.folder} finds no {strange[0]}: it finds {', '.join(names)}")
    draw(model, names, crop(picture, box, *model.shape.image), [names.index(name) for name in wanted]).save(a.out)


if __name__ == "__main__":
    main()
