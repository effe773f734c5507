// Keeps one card for every stream that /streams names, and draws while somebody looks.

import { Card } from "./card.js";

const cards = new Map();
const place = document.getElementById("streams");
const summary = document.getElementById("summary");

function say(text, isBad = false) {
  summary.textContent = text;
  summary.classList.toggle("bad", isBad);
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("streams", { signal: AbortSignal.timeout(5000) });
    if (answer.status === 401) return location.reload();
    show((await answer.json()).streams);
  } catch {
    say("posed cannot be reached; trying again …", true);
  }
}

function show(streams) {
  const live = streams.filter(stream => stream.state === "live").length;
  say(`${streams.length} ${streams.length === 1 ? "stream" : "streams"}, ${live} live`);
  for (const [name, card] of cards) {
    if (streams.some(stream => stream.name === name)) continue;
    card.close();
    card.element.remove();
    cards.delete(name);
  }
  for (const stream of streams) {
    const card = cards.get(stream.name);
    if (card) {
      card.update(stream);
    } else {
      const card = new Card(stream);
      cards.set(stream.name, card);
      place.append(card.element);
      card.open();
    }
  }
}

function paint(now) {
  for (const card of cards.values()) card.paint(now);
  requestAnimationFrame(paint);
}

// Nothing is sent to a page that nobody looks at.
document.addEventListener("visibilitychange", () => {
  for (const card of cards.values()) document.hidden ? card.close() : card.open();
  refresh();
});

refresh();
setInterval(refresh, 2000);
requestAnimationFrame(paint);
