// What a person did over the last seconds: angles of joints, or heights of keypoints.

import { colourOf, match } from "./skeleton.js";

const seconds = 10;
const angles = [
  ["knee", "hip", "ankle"], ["hip", "shoulder", "knee"], ["elbow", "shoulder", "wrist"], ["shoulder", "hip", "elbow"],
];

// All that can be shown for a layout: `{name, unit, value(joints)}`, null where a joint is missing.
export function quantities(keypoints) {
  const found = [];
  for (const [at, one, other] of angles) {
    for (const side of ["left", "right"]) {
      const [a, b, c] = [one, at, other].map(name => keypoints.indexOf(`${side}_${name}`));
      if (a < 0 || b < 0 || c < 0) continue;
      found.push({ group: "Angles", name: `${side} ${at}`, unit: "°", value: joints => angle(joints[a], joints[b], joints[c]) });
    }
  }
  keypoints.forEach((name, index) => found.push({
    // Upwards is up.
    group: "Heights", name: `${name.replaceAll("_", " ")}`, unit: " px",
    value: joints => joints[index] ? -joints[index][1] : null,
  }));
  return found;
}

function angle(a, b, c) {
  if (!a || !b || !c) return null;
  const turn = Math.atan2(a[1] - b[1], a[0] - b[0]) - Math.atan2(c[1] - b[1], c[0] - b[0]);
  const degrees = Math.abs(turn * 180 / Math.PI) % 360;
  return degrees > 180 ? 360 - degrees : degrees;
}

export class Curve {
  #people = new Map();
  #now = 0;

  add(frame) {
    const now = frame.pts_ns / 1e9;
    if (now < this.#now) this.#people.clear();
    this.#now = now;
    for (const { id, kps } of frame.persons) {
      if (id === undefined || !kps) continue;
      if (!this.#people.has(id)) this.#people.set(id, []);
      this.#people.get(id).push([now, kps]);
    }
    for (const [id, points] of this.#people) {
      while (points.length && points[0][0] < now - seconds) points.shift();
      if (!points.length) this.#people.delete(id);
    }
  }

  forget() { this.#people.clear(); }

  // Who is there for longest, and was there just now.
  longest() {
    let best;
    for (const [id, points] of this.#people) {
      if (points.at(-1)[0] > this.#now - 1 && (!best || points.length > best[1])) best = [id, points.length];
    }
    return best?.[0];
  }

  has(id) { return this.#people.get(id)?.at(-1)[0] > this.#now - 2; }

  // Draws the curve, and returns the newest value.
  draw(canvas, id, quantity) {
    match(canvas);
    const pen = canvas.getContext("2d");
    const ratio = canvas.width / Math.max(canvas.clientWidth, 1);
    const style = getComputedStyle(canvas);
    const [ink, line] = [style.getPropertyValue("--faint"), style.getPropertyValue("--line")];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    pen.clearRect(0, 0, width, height);
    const points = (this.#people.get(id) ?? []).map(([time, joints]) => [time, quantity?.value(joints) ?? null]);
    const values = points.map(point => point[1]).filter(value => value !== null);
    let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const least = quantity?.unit === "°" ? 20 : 40;
    if (high - low < least) [low, high] = [(low + high - least) / 2, (low + high + least) / 2];
    const [left, right, top, bottom] = [38, width - 6, 8, height - 18];
    const x = time => right - (this.#now - time) / seconds * (right - left);
    const y = value => bottom - (value - low) / (high - low) * (bottom - top);
    pen.font = "11px system-ui, sans-serif";
    pen.strokeStyle = line;
    pen.fillStyle = ink;
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const part of [0, 0.5, 1]) {
      const value = low + part * (high - low);
      pen.beginPath();
      pen.moveTo(left, y(value));
      pen.lineTo(right, y(value));
      pen.stroke();
      if (values.length) pen.fillText(Math.round(Math.abs(value)), left - 5, y(value));
    }
    pen.textBaseline = "alphabetic";
    for (const ago of [0, 5]) pen.fillText(ago ? `${ago} s ago` : "now", x(this.#now - ago), height - 4);
    pen.strokeStyle = id === undefined ? ink : curveColour(id);
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.beginPath();
    let isDown = false;
    for (const [time, value] of points) {
      if (value !== null) isDown ? pen.lineTo(x(time), y(value)) : pen.moveTo(x(time), y(value));
      isDown = value !== null;
    }
    pen.stroke();
    return points.at(-1)?.[1] ?? null;
  }
}

// The bright colours of the skeletons are hard to see on white.
function curveColour(id) {
  return matchMedia("(prefers-color-scheme: dark)").matches ? colourOf(id) : `color-mix(in srgb, ${colourOf(id)} 60%, black)`;
}
