// The plane of the game: what is measured in it, and how it is painted; charts of the past.
import { h } from "./ui.js";

export const REACH = 3; // the plane goes from -3 to 3 along both axes
const [CELLS, BINS, FINE] = [32, 24, 100]; // D's scores, the grid of the distance, the map's pixels
// The middles of square cells, row by row from below.
export const MIDDLES = Float64Array.from({ length: 2 * CELLS ** 2 }, (_, i) => {
  const cell = i % 2 ? Math.floor(i / 2 / CELLS) : (i / 2) % CELLS;
  return REACH * ((2 * cell + 1) / CELLS - 1);
});

// The Jensen–Shannon divergence of two sets of points on a grid, in nats: metrics/divergence.py.
export function distance(...sets) {
  const bin = (v) => Math.min(Math.max(Math.floor(((v / REACH + 1) * BINS) / 2), 0), BINS - 1);
  const [p, q] = [new Float64Array(BINS ** 2), new Float64Array(BINS ** 2)];
  [p, q].forEach((shares, k) => sets[k].forEach((x, i, all) => {
    if (i % 2 === 0) shares[bin(x) * BINS + bin(all[i + 1])] += 2 / all.length;
  }));
  const part = (a, b) => (a > 0 ? (a * Math.log((2 * a) / (a + b))) / 2 : 0);
  return p.reduce((sum, a, i) => sum + part(a, q[i]) + part(q[i], a), 0);
}

// How many modes have 1 % of the points nearest to them and within reach: metrics/coverage.py.
export function covered(points, { centers, radius }) {
  const counts = centers.map(() => 0);
  for (let i = 0; i < points.length; i += 2) {
    const away = centers.map(([x, y]) => Math.hypot(points[i] - x, points[i + 1] - y));
    const least = Math.min(...away);
    if (least <= radius) counts[away.indexOf(least)] += 1;
  }
  return counts.filter((count) => count >= (0.01 * points.length) / 2).length;
}

// Drawn points (x, y, x, y, …) as a shape like those of data/toy2d.py; its modes are stretches.
export function drawnShape(skeleton) {
  const centers = [];
  for (let i = 0; i < skeleton.length; i += 2) {
    const [x, y] = skeleton.slice(i, i + 2);
    if (centers.every(([a, b]) => Math.hypot(a - x, b - y) > 0.6)) centers.push([x, y]);
  }
  return { skeleton, centers, radius: 0.45, parts: "stretches", sigma: 0.08 };
}

// The plane, 400 units wide: a heat map of D below one path for each of the other layers.
export function painter() {
  const map = h("canvas", { width: FINE, height: FINE });
  const node = h("div", { class: "cgan-plane", role: "img" }, map);
  const kinds = ["net", "real", "fakes", "push"].map((name) => `<path class="cgan-${name}"/>`);
  node.insertAdjacentHTML("beforeend", `<svg viewBox="0 0 400 400">${kinds.join("")}</svg>`);
  const unit = 200 / REACH;
  const place = (points, i) => [200 + unit * points[i], 200 - unit * points[i + 1]];
  const marks = (points, d) => (
    Array.from({ length: points.length / 2 }, (_, k) => d(...place(points, 2 * k), 2 * k)).join("")
  );
  const paths = {
    net({ net }, latents) {
      const [n, across] = [net.length / 2, (net.length / 2) ** (1 / latents)];
      return Array.from({ length: latents * n }, (_, k) => {
        const turned = (k % across) * across + Math.floor((k - n) / across);
        return (k % across ? "L" : "M") + place(net, 2 * (k < n ? k : turned));
      }).join("");
    },
    real: ({ real }) => marks(real, (x, y) => `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0`),
    fakes: ({ fakes }) => marks(fakes, (x, y) => `M${x} ${y - 5.4}l4.8 8.8h-9.6z`),
    push: ({ fakes, push }) => marks(push, (_, __, i) => {
      const length = Math.hypot(push[i], push[i + 1]);
      const pixels = (64 * length) / (length + 0.4); // long ones are held below 64
      if (!(pixels > 2)) return "";
      const [x, y] = [(push[i] / length) * pixels, (-push[i + 1] / length) * pixels];
      const tip = Math.min(7 / pixels, 0.5);
      const wing = (s) => `m${-tip * (x + s * y)} ${tip * (s * x - y)}L`;
      const end = place(fakes, i).map((v, axis) => v + [x, y][axis]);
      return `M${place(fakes, i)}L${end}${wing(0.5)}${end}${wing(-0.5)}${end}`;
    }),
  };
  const heat = (scores) => {
    const image = new ImageData(FINE, FINE);
    const [real, fake] = ["real", "fake"].map((name) => (
      parseInt(getComputedStyle(node).getPropertyValue(`--${name}`).trim().slice(1), 16)
    ));
    const inner = (v) => Math.min(Math.max(((v + 0.5) * CELLS) / FINE - 0.5, 0), CELLS - 1.001);
    for (let i = 0; i < FINE ** 2; i++) {
      const [x, y] = [inner(i % FINE), inner(FINE - 1 - Math.floor(i / FINE))];
      const [at, u, v] = [Math.floor(y) * CELLS + Math.floor(x), x % 1, y % 1];
      const row = (k) => scores[k] * (1 - u) + scores[k + 1] * u;
      const sure = 2 / (1 + Math.exp(-row(at) * (1 - v) - row(at + CELLS) * v)) - 1;
      const color = sure > 0 ? real : fake;
      image.data.set([color >> 16, (color >> 8) & 255, color & 255, 130 * Math.abs(sure)], 4 * i);
    }
    map.getContext("2d").putImageData(image, 0, 0);
  };
  const paint = (frame, shown, latents, text) => {
    map.hidden = !shown.includes("ground");
    if (!map.hidden) heat(frame.ground);
    for (const [name, d] of Object.entries(paths)) {
      const now = shown.includes(name) ? d(frame, latents) : "";
      node.querySelector(`.cgan-${name}`).setAttribute("d", now);
    }
    node.setAttribute("aria-label", text);
  };
  return { node, paint };
}

// Two lines over the steps so far, each [its value, a color, its value in words, its own range].
export function chart(title, lines) {
  const node = h("div", { class: "cgan-lines", role: "img" });
  const paint = (frames, now) => {
    const values = lines.flatMap(([value]) => frames.map(value));
    const shared = [Math.min(0, ...values), Math.max(0.1, ...values)];
    const x = ({ steps }) => 4 + (216 * steps) / Math.max(1, frames.at(-1).steps);
    const level = ([value, , , [low, high] = shared], frame) => (
      94 - (70 * (value(frame) - low)) / (high - low)
    );
    const [a, b] = lines.map((line) => level(line, now));
    const apart = Math.abs(a - b) < 15 ? 7.5 * (a <= b ? 1 : -1) : (b - a) / 2;
    node.innerHTML = `<svg viewBox="0 0 310 100"><text y="12">${title}</text>`
      + `<rect x="4" y="24" width="216" height="70"/>${lines.map((line, k) => (
        `<g style="color: var(--${line[1]})"><polyline points="${
          frames.map((frame) => [x(frame), level(line, frame)]).join(" ")}"/>`
        + `<circle cx="${x(now)}" cy="${k ? b : a}" r="3.5"/>`
        + `<text x="232" y="${(a + b) / 2 + (k ? apart : -apart) + 4}">${line[2](now)}</text></g>`
      )).join("")}</svg>`;
    node.setAttribute("aria-label", `${title}: ${lines.map(([, , said]) => said(now)).join(", ")}`);
  };
  return { node, paint };
}
