// Draws people of records over a picture, or on black.

const colours = ["#4cc9f0", "#ffd166", "#ff5d8f", "#8ce99a", "#b197fc", "#ff922b", "#63e6be", "#ffa8a8"];

export const colourOf = id => colours[id % colours.length];

// Where a picture of this size lies on the canvas: whole, and in the middle.
export function fit(canvas, width, height) {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  return { scale, x: (canvas.width - width * scale) / 2, y: (canvas.height - height * scale) / 2 };
}

// Gives the canvas as many pixels as it covers on the screen.
export function match(canvas, aspect) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  if (aspect) canvas.style.aspectRatio = aspect;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
}

export function draw(canvas, header, frame, picture, chosen) {
  const { width, height } = header.source;
  match(canvas, Math.min(Math.max(width / height, 0.8), 16 / 9));
  const pen = canvas.getContext("2d");
  const place = fit(canvas, width, height);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (picture) pen.drawImage(picture, place.x, place.y, width * place.scale, height * place.scale);
  pen.setTransform(place.scale, 0, 0, place.scale, place.x, place.y);
  const line = 2.5 * canvas.width / canvas.clientWidth / place.scale;
  for (const person of frame?.persons ?? []) figure(pen, header, person, line, person.id === chosen);
}

function figure(pen, header, person, line, isChosen) {
  // Whom nobody follows yet is shown faintly, as the network saw it.
  const isFollowed = person.id !== undefined && person.kps;
  const joints = isFollowed ? person.kps : person.kp.map(([x, y, score]) => score > 0.3 ? [x, y] : null);
  pen.strokeStyle = pen.fillStyle = isFollowed ? colourOf(person.id) : "#9aa7b4";
  pen.lineWidth = line * (isChosen ? 1.6 : 1);
  pen.lineCap = "round";
  const isSeen = index => !isFollowed || person.state[index] === "o";
  for (const [from, to] of header.edges) {
    if (!joints[from] || !joints[to]) continue;
    pen.globalAlpha = isSeen(from) && isSeen(to) ? 1 : 0.45;
    pen.beginPath();
    pen.moveTo(...joints[from]);
    pen.lineTo(...joints[to]);
    pen.stroke();
  }
  joints.forEach((joint, index) => {
    if (!joint) return;
    pen.globalAlpha = isSeen(index) ? 1 : 0.45;
    pen.beginPath();
    pen.arc(joint[0], joint[1], pen.lineWidth * 1.1, 0, 7);
    pen.fill();
  });
  pen.globalAlpha = 1;
  if (!isFollowed) return;
  const [x, y] = person.bbox;
  pen.font = `600 ${line * 6}px system-ui, sans-serif`;
  pen.lineWidth = line * 1.2;
  pen.strokeStyle = "#05080b";
  pen.strokeText(person.id, x, Math.max(y, line * 7) - line * 2);
  pen.fillText(person.id, x, Math.max(y, line * 7) - line * 2);
}

// Whose box lies around a point of the canvas; of several, the smallest.
export function personAt(canvas, header, frame, x, y) {
  const place = fit(canvas, header.source.width, header.source.height);
  const ratio = canvas.width / canvas.clientWidth;
  const [px, py] = [(x * ratio - place.x) / place.scale, (y * ratio - place.y) / place.scale];
  return (frame?.persons ?? [])
    .filter(({ id, bbox: [left, top, width, height] }) =>
      id !== undefined && px >= left && px <= left + width && py >= top && py <= top + height)
    .sort((a, b) => a.bbox[2] * a.bbox[3] - b.bbox[2] * b.bbox[3])[0]?.id;
}
