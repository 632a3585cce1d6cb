// A board to draw a digit on, and the normalization that MNIST's digits have had.
import { OWN_KEYS, button, h, picture } from "./ui.js";

const BOARD_SIDE = 560; // in pixels of the board's canvas, twice as many as in the page
const INK_SIDE = 140; // of the canvas whose drawing is normalized
const PEN_WIDTH = 2.35; // in pixels of 28, so that digits are as thick and bright as MNIST's
const SMALLEST = 0.15; // of the board: a smaller drawing, as a dot, is not enlarged to 20 pixels
const PEN_MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const BOARD_HINT = "By keyboard: arrow keys move the pen, space sets it down or lifts it.";

// gray: width × height numbers in [0, 1] → a square of side × side as LeCun et al. (1998) made
// MNIST's: cropped to the ink, its longer side 20 pixels of 28 by averaging areas, moved by whole
// pixels until the center of mass is in pixel (side / 2, side / 2), counted from 0, or the ink
// meets the edge; null without ink. A crop below `least` pixels is enlarged as if it had them.
export function centered(gray, width, height, side, least = 0) {
  let [left, right, top, bottom, sum, across, down] = [width, 0, height, 0, 0, 0, 0];
  const inked = (use) =>
    gray.forEach((ink, i) => ink && use(ink, i % width, Math.floor(i / width)));
  inked((ink, x, y) => {
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    [sum, across, down] = [sum + ink, across + ink * (x + 0.5), down + ink * (y + 0.5)];
  });
  if (!sum) return null;
  const scale = (side * 20) / 28 / Math.max(right - left, bottom - top, least);
  // The small numbers keep rounding errors from deciding.
  const place = (mass, first, last) => {
    const start = Math.ceil(side / 2 - (mass / sum - first) * scale - 1e-6);
    return Math.min(Math.max(start, 0), side - Math.ceil((last - first) * scale - 1e-6));
  };
  const [column, row] = [place(across, left, right), place(down, top, bottom)];
  const values = new Float64Array(side * side);
  inked((ink, x, y) => {
    const [start, above] = [column + (x - left) * scale, row + (y - top) * scale];
    const [end, below] = [start + scale, above + scale];
    for (let r = Math.floor(above); r < Math.min(below, side); r++) {
      const share = ink * (Math.min(r + 1, below) - Math.max(r, above));
      for (let c = Math.floor(start); c < Math.min(end, side); c++) {
        values[r * side + c] += share * (Math.min(c + 1, end) - Math.max(c, start));
      }
    }
  });
  return Float32Array.from(values, (value) => Math.min(value, 1));
}

// A board; onchange(values) receives an image of `shape`, [side, side, 1], at most once a
// frame, or null when the board is empty; say(text) tells whether the pen is down.
// set(strokes): lists of points [x, y] from 0 to 1; show(values): an image, until one draws.
export function board({ label, shape, onchange, say = () => {} }) {
  const states = [{ strokes: [] }]; // or an { image, values }; the last is shown
  let [stroke, pen, planned] = [null, [0.5, 0.2], 0];
  const paint = (context, thick) => {
    const pixels = context.canvas.width;
    context.fillRect(0, 0, pixels, pixels);
    Object.assign(context, { lineWidth: thick * pixels, lineCap: "round", lineJoin: "round" });
    Object.assign(context, { strokeStyle: "#fff", imageSmoothingEnabled: false });
    const { image, strokes = [] } = states.at(-1);
    if (image) context.drawImage(image, 0, 0, pixels, pixels);
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(points[0][0] * pixels + 0.01, points[0][1] * pixels); // a dot has a length
      for (const [x, y] of points) context.lineTo(x * pixels, y * pixels);
      context.stroke();
    }
  };
  // The pen follows the drawing's size, so that lines are as thick in the end as MNIST's are.
  const thickness = (strokes) => {
    const extents = [0, 1].map((axis) => {
      const all = strokes.flat().map((point) => Math.min(Math.max(point[axis], 0), 1));
      return Math.max(...all) - Math.min(...all);
    });
    return (Math.max(...extents, SMALLEST) * PEN_WIDTH) / (20 - PEN_WIDTH);
  };
  const normalized = ({ strokes, values: given }) => {
    if (given) return Float32Array.from(given);
    paint(ink, thickness(strokes));
    const { data } = ink.getImageData(0, 0, INK_SIDE, INK_SIDE);
    const gray = new Float32Array(INK_SIDE ** 2).map((_, i) => data[4 * i] / 255);
    return centered(gray, INK_SIDE, INK_SIDE, shape[0], SMALLEST * INK_SIDE);
  };
  const draw = () => {
    paint(canvas.getContext("2d"), PEN_WIDTH / 28);
    invite.hidden = states.at(-1).strokes?.length > 0;
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      onchange(normalized(states.at(-1)));
    });
  };
  const change = (state) => {
    states.push(state);
    draw();
  };
  const undo = () => {
    if (states.length > 1) states.pop();
    draw();
  };
  const extend = (points) => {
    stroke.push(...points);
    draw();
  };
  const begin = (point) =>
    change({ strokes: [...(states.at(-1).strokes ?? []), (stroke = [point])] });
  const lift = () => {
    stroke = null;
    dot.hidden = true;
  };
  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };
  const onpointerdown = (event) => {
    if (event.button || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    begin(place(event));
  };
  const onpointermove = (event) => {
    const all = event.getCoalescedEvents?.() ?? [];
    const drawn = stroke && canvas.hasPointerCapture(event.pointerId);
    if (drawn) extend((all.length ? all : [event]).map(place));
  };
  const onkeydown = (event) => {
    const move = event.key === " " ? [0, 0] : PEN_MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const turn = event.key === " " && !event.repeat;
    pen = pen.map((at, axis) => Math.min(Math.max(at + move[axis] / 28, 0), 1));
    if (turn) stroke ? lift() : begin(pen);
    else if (stroke) extend([pen]);
    if (turn) say(stroke ? "The pen is down." : "The pen is up.");
    dot.className = stroke ? "cgan-pen cgan-down" : "cgan-pen";
    Object.assign(dot, { hidden: false, style: `left: ${100 * pen[0]}%; top: ${100 * pen[1]}%` });
  };
  const sized = { width: BOARD_SIDE, height: BOARD_SIDE, tabindex: 0, role: "application" };
  const events = { onpointerdown, onpointermove, onlostpointercapture: lift, onblur: lift };
  const canvas = h("canvas", { ...sized, ...events, onkeydown, ...OWN_KEYS, "aria-label": label });
  const paper = new OffscreenCanvas(INK_SIDE, INK_SIDE);
  const ink = paper.getContext("2d", { willReadFrequently: true });
  const dot = h("span", { class: "cgan-pen", hidden: true });
  const invite = h("span", { class: "cgan-invite", "aria-hidden": "true" }, "Draw a digit here");
  const [clear, set] = [() => set([]), (strokes) => change({ strokes })];
  const show = (values) => {
    const { canvas: image, paint: fill } = picture(shape, "");
    fill(values);
    change({ image, values });
  };
  const tools = h("div", { class: "cgan-row" }, button("Undo", undo), button("Clear", clear));
  const surface = h("div", { class: "cgan-surface" }, canvas, invite, dot);
  const hint = h("p", { class: "cgan-hint" }, BOARD_HINT);
  return { node: h("div", { class: "cgan-board" }, surface, tools, hint), clear, undo, set, show };
}
