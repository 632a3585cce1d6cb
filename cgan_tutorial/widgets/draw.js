// A canvas for thin lines, and beside it what the kernel's model makes of them.

const SIDE = 28;
const MILLISECONDS_BETWEEN_DRAWINGS = 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// JupyterLab's own keys stay silent while one of these has the focus.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
const HINT = "Draw with mouse, pen or finger. By keyboard: arrows move the grey pen, space sets it down or lifts it.";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function picture(label, attributes) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, "aria-label": label, ...attributes });
  const context = canvas.getContext("2d");
  const show = (values) => {
    const image = new ImageData(SIDE, SIDE);
    values.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    context.putImageData(image, 0, 0);
  };
  return { canvas, show, node: make("figure", {}, make("figcaption", {}, label), canvas) };
}

// The pixels from one place to another, in steps of one pixel (Bresenham, 1965).
function* line([x, y], [endX, endY]) {
  const steps = Math.max(Math.abs(endX - x), Math.abs(endY - y), 1);
  for (let i = 0; i <= steps; i++) {
    yield [Math.round(x + ((endX - x) * i) / steps), Math.round(y + ((endY - y) * i) / steps)];
  }
}

function bytes(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function render({ model, el }) {
  const drawn = picture("Your lines", { tabindex: "0", role: "img", title: HINT, ...OWN_KEYS });
  const made = picture("What the model makes of them", { role: "img" });
  let pixels = new Uint8Array(SIDE * SIDE);
  let pen = [14, 5];
  let [last, down, keys, planned] = [null, false, false, 0];

  const paint = () => {
    const shown = Uint8Array.from(pixels);
    if (keys) shown[SIDE * pen[1] + pen[0]] = 140;
    drawn.show(shown);
  };
  const send = () => {
    planned = 0;
    model.set("drawing", new DataView(Uint8Array.from(pixels).buffer));
    model.save_changes();
  };
  const ink = (from, to) => {
    for (const [x, y] of line(from, to)) {
      if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) pixels[SIDE * y + x] = 255;
    }
    paint();
    planned ||= setTimeout(send, MILLISECONDS_BETWEEN_DRAWINGS);
  };

  const place = ({ clientX, clientY }) => {
    const box = drawn.canvas.getBoundingClientRect();
    const on = (at, start, size) => Math.floor(((at - start) / size) * SIDE);
    return [on(clientX, box.left, box.width), on(clientY, box.top, box.height)];
  };
  const pressed = (event) => {
    if (event.button) return;
    drawn.canvas.setPointerCapture(event.pointerId);
    keys = false;
    last = place(event);
    ink(last, last);
  };
  const moved = (event) => {
    if (!last) return;
    const here = place(event);
    ink(last, here);
    last = here;
  };
  const lifted = () => (last = null);
  const typed = (event) => {
    const [right, below] = ARROWS[event.key] ?? [0, 0];
    if (!right && !below && event.key !== " ") return;
    event.preventDefault();
    keys = true;
    if (event.key === " ") down = !down;
    const before = pen;
    pen = [pen[0] + right, pen[1] + below].map((at) => Math.min(Math.max(at, 0), SIDE - 1));
    if (down) ink(before, pen);
    else paint();
  };
  const left = () => {
    [keys, down] = [false, false];
    paint();
  };
  const events = { pointerdown: pressed, pointermove: moved, pointerup: lifted, pointercancel: lifted };
  Object.assign(events, { keydown: typed, blur: left });
  for (const [name, react] of Object.entries(events)) drawn.canvas.addEventListener(name, react);

  const button = (name, text) => {
    const node = make("button", { type: "button", ...OWN_KEYS }, text);
    node.addEventListener("click", () => {
      clearTimeout(planned);
      planned = 0;
      model.send({ do: name });
    });
    return node;
  };
  const said = make("p", { class: "said", role: "status", "aria-live": "polite" });
  el.append(
    make(
      "div",
      { class: "cgan-draw", role: "group", "aria-label": "Draw a digit", ...OWN_KEYS },
      make("div", { class: "row" }, drawn.node, made.node),
      make("div", { class: "row" }, button("clear", "Clear"), button("example", "Next example")),
      said,
      make("p", { class: "hint" }, HINT),
    ),
  );

  const listeners = {
    "change:drawing": () => {
      // A stroke that is not sent yet is newer than what the kernel knows.
      if (!planned && !last) pixels = Uint8Array.from(bytes(model.get("drawing")));
      paint();
    },
    "change:made": () => made.show(bytes(model.get("made"))),
    "change:said": () => (said.textContent = model.get("said")),
  };
  for (const [name, react] of Object.entries(listeners)) {
    model.on(name, react);
    react();
  }
  return () => Object.entries(listeners).forEach(([name, react]) => model.off(name, react));
}

export default { render };
