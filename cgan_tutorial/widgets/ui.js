// What all widgets share: elements, pictures, sliders, and the start in a page.
import { evaluator } from "./network.js";

// h("button", {type: "button", onclick: f}, "Reset"): an element; names that start with "on"
// are listeners, `true` is an attribute without a value, `false` and null are left out.
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// A canvas for images of [height, width, channels]; paint(values) takes numbers in [0, 1].
export function picture([height, width, channels], label, properties = {}) {
  const canvas = h("canvas", { width, height, role: "img", "aria-label": label, ...properties });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const paint = (values) => {
    for (let i = 0; i < width * height; i++) {
      for (let k = 0; k < 3; k++) {
        image.data[4 * i + k] = 255 * values[channels === 3 ? 3 * i + k : i]; // rounded, clamped
      }
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  };
  return { canvas, context, image, paint };
}

// A labelled range input; `said(value)` is its value in words, with the unit.
export function slider({ label, min, max, step, value, said = String, oninput }) {
  const output = h("output", {}, said(value));
  const input = h("input", { type: "range", min, max, step, value, ...OWN_KEYS });
  const tell = () => {
    output.textContent = said(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  const set = (next) => {
    input.value = next;
    tell();
  };
  input.addEventListener("input", () => {
    tell();
    oninput?.(Number(input.value));
  });
  tell();
  const node = h("label", { class: "cgan-slider" }, h("span", {}, label), input, output);
  return { node, input, set, get value() { return Number(input.value); } };
}

// Buttons in a named group; `chosen(index)` marks one of them as pressed.
export function buttons(label, names, onpick) {
  const all = names.map((name, index) => button(name, () => onpick(index)));
  const node = h("div", { class: "cgan-row", role: "group", "aria-label": label }, ...all);
  const chosen = (index) => {
    all.forEach((each, at) => each.setAttribute("aria-pressed", at === index));
  };
  return { node, all, chosen };
}

export function button(name, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...OWN_KEYS, ...properties }, name);
}

// While one drags on a node, onmove(x, y) receives the place, in shares of its width and height.
export function drags(node, onmove) {
  const tell = ({ clientX, clientY }) => {
    const box = node.getBoundingClientRect();
    onmove((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    node.setPointerCapture(event.pointerId);
    tell(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) tell(event);
  });
}

// A line that screen readers hear when it changes; say(text) is held back while one drags.
export function status() {
  const node = h("p", { class: "cgan-status", role: "status" });
  let planned = 0;
  const say = (text) => {
    clearTimeout(planned);
    planned = setTimeout(() => (node.textContent = text), node.textContent ? 150 : 0);
  };
  return { node, say };
}

// Run the newest of the requests that come while one is running, and only that.
export function latest(task) {
  let [running, again] = [false, null];
  return async (...given) => {
    again = given;
    if (running) return;
    running = true;
    try {
      while (again) {
        const now = again;
        again = null;
        await task(...now);
      }
    } finally {
      running = false;
    }
  };
}

// Random numbers that can be repeated (mulberry32), uniform and standard normal.
export function random(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

// JupyterLab's own keys stay silent while one of these has the focus.
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Fill each place that waits for the widget `id`, once the networks it needs are in the page.
export async function start(id, mount) {
  const [data] = document.querySelectorAll(`[data-cgan-spec="${id}"]`);
  const spec = JSON.parse(data.textContent);
  const networks = {};
  for (const [name, key] of Object.entries(spec.networks)) networks[name] = await network(key);
  for (const root of document.querySelectorAll(`[data-cgan="${id}"]:not([data-alive])`)) {
    root.dataset.alive = "";
    const fresh = h("div", { class: "cgan-live" });
    await mount(fresh, spec, networks);
    root.replaceChildren(fresh);
  }
}

// A network's function: await network(...inputs) → a Float32Array of `network.shape`. The one
// output that carries it may be further down, or not rendered yet.
async function network(key) {
  const known = (globalThis.cganNetworks ??= {});
  while (!known[key]) {
    const text = document.querySelector(`[data-cgan-network="${key}"]`)?.textContent;
    if (text) known[key] = JSON.parse(text);
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { nodes, inputs, output } = known[key];
  const run = evaluator(known[key]);
  const call = (...given) => run(...given).slice();
  return Object.assign(call, {
    shape: nodes[output].shape,
    inputShapes: inputs.map((number) => nodes[number].shape),
  });
}
