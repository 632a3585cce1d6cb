// Draw a digit, and see at once what each of several models makes of it.
import { board } from "./board.js";
import { button, h, latest, picture, random, slider, status } from "./ui.js";

const PAD_EMPTY = "Draw a digit to see what each model makes of it.";
const CLOCKWISE = [[0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1]];

export async function mount(root, spec, networks) {
  const { shape, entries } = spec;
  const size = shape[0] * shape[1];
  const line = status();
  const grains = Float32Array.from({ length: size }, random(1).normal);
  const noisy = (value, i) => Math.min(Math.max(value + noise.value * grains[i], 0), 1);
  const changed = ({ lines, sigma }, values) =>
    lines ? thinned(values, shape[1]) : sigma ? values.map(noisy) : null;
  // What the figures of an entry show: what its model receives, if it is changed, and the answer.
  const made = async (entry, at, values) => {
    const [network, decoder] = [networks[`${at}.network`], networks[`${at}.decoder`]];
    const given = changed(entry, values);
    const out = await network(given ?? values);
    const last = decoder ? await decoder(out.slice(0, decoder.inputShapes[0][0])) : out;
    return given ? [given, last] : [last];
  };
  const seen = framed(shape, "Normalized digit");
  const answers = entries.map((entry, at) => {
    const { titles, labels, lines } = entry;
    const spaced = titles.map((title) => title.replace(/(?<=[a-z])(?=[A-Z][a-z])/g, " "));
    const figures = spaced.map((title) => (labels ? bars(labels, title) : framed(shape, title)));
    const show = async (values) => {
      const all = values ? await made(entry, at, values) : [];
      return figures.map((figure, i) => figure.show(all[i], lines ? null : values)).at(-1);
    };
    return { figures, show };
  });
  const answer = latest(async (values) => {
    seen.show(values);
    const words = [];
    for (const { show } of answers) words.push(await show(values));
    line.say(values ? words.join(" ") : PAD_EMPTY);
  });

  let [drawn, next] = [null, 0];
  const onchange = (values) => answer((drawn = values));
  const drawing = board({ label: "Board for a digit", shape, say: line.say, onchange });
  const tests = spec.images.map((image) => Float32Array.from(image, (byte) => byte / 255));
  const example = () => drawing.show(tests[next++ % tests.length]);
  const value = Math.max(0, ...entries.map(({ sigma }) => sigma ?? 0));
  const range = { min: 0, max: 1, step: 0.05, value };
  const noise = slider({ label: "Noise (σ)", ...range, oninput: () => answer(drawn) });
  noise.node.hidden = !value;
  const tools = drawing.node.querySelector(".cgan-row");
  tools.append(button("Another test digit", example));
  tools.after(h("p", { class: "cgan-hint" }, PAD_EMPTY));
  const figures = [seen, ...answers.flatMap((each) => each.figures)];
  const strip = h("div", { class: "cgan-strip" }, ...figures.map(({ node }) => node));
  const right = h("div", { class: "cgan-answers" }, strip, noise.node, line.node);
  line.node.classList.add("cgan-unseen");
  root.append(h("div", { class: "cgan-digit" }, drawing.node, right));
  example();
}

// A picture with a title; show(values, original) says by how much they differ.
function framed(shape, title) {
  const { canvas, paint } = picture(shape, title);
  const note = h("span", { class: "cgan-note" });
  const show = (values, original) => {
    paint(values ?? new Float32Array(shape[0] * shape[1]));
    const error = (sum, value, i) => sum + (value - original[i]) ** 2 / values.length;
    note.textContent = values && original ? `MSE ${values.reduce(error, 0).toFixed(3)}` : "";
    return note.textContent && `${title}: ${note.textContent}.`;
  };
  return { node: h("figure", {}, canvas, h("figcaption", {}, title, note)), show };
}

// Shares of 1 as bars with a title; show(values) says the largest, and others of a tenth or more.
function bars(labels, title) {
  const all = labels.map((label) => h("span", {}, labels.length > 1 ? label : ""));
  const note = h("span", { class: "cgan-note" });
  const show = (values) => {
    all.forEach((bar, i) => bar.style.setProperty("--share", values?.[i] ?? 0));
    const order = values ? [...values.keys()].sort((a, b) => values[b] - values[a]) : [];
    const large = order.filter((i, place) => !place || values[i] >= 0.1);
    const said = large.map((i) => `${labels[i]} (${Math.round(100 * values[i])} %)`);
    note.textContent = said.join(", ");
    return `${title}: ${note.textContent}.`;
  };
  const node = h("figure", { class: "cgan-wide" }, h("figcaption", {}, title, note));
  node.append(h("div", { class: "cgan-shares", "aria-hidden": "true" }, ...all));
  return { node, show };
}

// Lines one pixel wide, as data/pairs.py makes skeletons (Zhang & Suen, 1984).
export function thinned(values, width) {
  const half = Math.max(...values) / 2;
  let stroke = values.map((value) => Number(half > 0 && value >= half));
  const removable = (i, side) => {
    const inside = (dx) => (i % width) + dx >= 0 && (i % width) + dx < width;
    const around = CLOCKWISE.map(([dx, dy]) => (inside(dx) && stroke[i + dy * width + dx]) || 0);
    const [north, , east, , south, , west] = around;
    const count = around.reduce((sum, on) => sum + on);
    const entries = around.filter((on, k) => !on && around[(k + 1) % 8]).length;
    const inner = side ? north && west && (east || south) : east && south && (north || west);
    return count >= 2 && count <= 6 && entries === 1 && !inner;
  };
  for (let before = ""; before !== stroke.join(""); ) {
    before = stroke.join("");
    for (const side of [0, 1]) stroke = stroke.map((on, i) => on && Number(!removable(i, side)));
  }
  return stroke;
}
