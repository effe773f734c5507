// One stream: its picture with the people in it, its figures, and a curve.

import { Curve, quantities } from "./curve.js";
import { colourOf, draw, personAt } from "./skeleton.js";
import { Socket } from "./socket.js";

export class Card {
  #sockets = [];
  #header;
  #frames = new Map();
  #newest;
  #shown;
  #shot;
  #picture;
  #pictureTime = 0;
  #arrivals = [];
  #curve = new Curve();
  #chosen;
  #isStale = true;

  constructor(stream) {
    this.name = stream.name;
    this.element = document.getElementById("card").content.firstElementChild.cloneNode(true);
    this.#find("h2").textContent = stream.name;
    this.#find(".stage").onclick = event => {
      const { left, top } = event.target.getBoundingClientRect();
      const id = this.#header && personAt(event.target, this.#header, this.#shown, event.clientX - left, event.clientY - top);
      if (id !== undefined) this.#chosen = id;
      this.#isStale = true;
    };
    this.#find("select").onchange = () => this.#isStale = true;
    this.update(stream);
  }

  #find(selector) { return this.element.querySelector(selector); }

  // What /streams says.
  update(stream) {
    this.stream = stream;
    const state = this.#find(".state");
    state.className = `state ${stream.state}`;
    state.textContent = stream.state;
    const trouble = this.#find(".trouble");
    const isAway = stream.state === "waiting" || stream.state === "stalled";
    trouble.hidden = !(isAway && stream.error);
    trouble.textContent = stream.error ?? "";
    this.#find(".dropped").textContent = percent(stream.dropped, stream.frames + stream.dropped);
  }

  open() {
    if (this.#sockets.length) return;
    const path = `streams/${encodeURIComponent(this.name)}`;
    this.#sockets = [new Socket(`${path}/poses`, record => this.#read(record))];
    if (this.stream.preview) this.#sockets.push(new Socket(`${path}/preview`, message => this.#see(message)));
  }

  close() {
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
  }

  #read(record) {
    if (record.type === "header") {
      if (JSON.stringify(record.keypoints) !== JSON.stringify(this.#header?.keypoints)) this.#offer(record.keypoints);
      if (record.session !== this.#header?.session) this.#curve.forget();
      this.#header = record;
      this.element.classList.add("seen");
      this.#frames.clear();
      this.#picture = undefined;
    } else if (record.type === "frame" && !record.rev) {
      this.#newest = record;
      this.#frames.set(record.frame, record);
      if (this.#frames.size > 60) this.#frames.delete(this.#frames.keys().next().value);
      this.#arrivals.push(performance.now());
      this.#curve.add(record);
    }
    this.#isStale = true;
  }

  async #see(message) {
    if (!(message instanceof Blob)) return void (this.#shot = message);
    const frame = this.#shot?.frame;
    const picture = await createImageBitmap(message);
    this.#picture?.picture.close();
    this.#picture = { frame, picture };
    this.#pictureTime = performance.now();
    this.#isStale = true;
  }

  #offer(keypoints) {
    this.quantities = quantities(keypoints);
    const select = this.#find("select");
    select.replaceChildren();
    for (const [index, { group, name }] of this.quantities.entries()) {
      let list = [...select.children].find(child => child.label === group);
      if (!list) {
        list = document.createElement("optgroup");
        list.label = group;
        select.append(list);
      }
      list.append(new Option(name, index));
    }
  }

  // Called for every picture of the screen.
  paint(now) {
    while (this.#arrivals.length && this.#arrivals[0] < now - 2000) this.#arrivals.shift();
    this.#find(".rate").textContent = this.#arrivals.length ? (this.#arrivals.length / 2).toFixed(1) : "–";
    if (!this.#isStale || !this.#header) return;
    this.#isStale = false;
    // A picture is shown with its own people, so that both fit; without pictures, people move as they come.
    const isSeen = this.#picture && now - this.#pictureTime < 10000;
    if (isSeen && !(this.#newest?.frame >= this.#picture.frame)) return;  // its record is on the way
    this.#shown = isSeen ? this.#frames.get(this.#picture.frame) ?? this.#newest : this.#newest;
    if (!this.#curve.has(this.#chosen)) this.#chosen = this.#curve.longest();
    const stage = this.#find(".stage");
    draw(stage, this.#header, this.#shown, isSeen ? this.#picture.picture : null, this.#chosen);
    const people = this.#newest?.persons.filter(person => person.id !== undefined).length ?? 0;
    stage.setAttribute("aria-label", `${this.name}: ${people} ${people === 1 ? "person" : "people"}`);
    this.#find(".people").textContent = this.#newest ? people : "–";
    this.#find(".latency").textContent = this.#newest?.lat_ms === undefined ? "–" : `${Math.round(this.#newest.lat_ms)} ms`;
    const who = this.#find(".who");
    who.textContent = this.#chosen === undefined ? "nobody" : `person ${this.#chosen}`;
    const quantity = this.quantities[this.#find("select").value];
    const value = this.#curve.draw(this.#find(".plot"), this.#chosen, quantity);
    this.#find("output").textContent = value === null ? "" : `${Math.round(Math.abs(value))}${quantity.unit}`;
    this.#find(".plot").setAttribute("aria-label", `${who.textContent}, ${quantity?.name}: ${this.#find("output").textContent}`);
  }
}

const percent = (part, whole) => whole ? `${(100 * part / whole).toFixed(part && part * 10 < whole ? 1 : 0)} %` : "–";
