// The ground of decoded pictures over which a tile is dragged.
import { drags, h, latest, picture } from "./ui.js";

const GROUND_SIDE = 9; // pictures along a side, those of the corners among them
const GROUND_CHUNK = 8; // milliseconds of work, until the page may answer
const DOT_COLORS = ["#4cc3ff", "#ffb02e", "#35d49a", "#fff275", "#ff6f59"];
DOT_COLORS.push("#f49ac2", "#ffffff", "#b79bff", "#a4e34b", "#d0a97c");
// Rows and columns, coarse first, and the side of the square that each stands for until then.
const GROUND_ORDER = [8, 4, 2, 1].flatMap((block) => {
  const lines = Array.from({ length: GROUND_SIDE }, (_, i) => i).filter((i) => i % block === 0);
  const fresh = ([row, column]) => block === 8 || row % (2 * block) || column % (2 * block);
  return lines.flatMap((row) => lines.map((column) => [row, column, block])).filter(fresh);
});

// decode([x, y]) gives the picture at a place, in shares from 0 to 1 to the right and down;
// onmove(x, y) is called while one drags; dots are [x, y, class]. fill() decodes all again.
export function groundOf({ shape, label, decode, onmove, dots, classes }) {
  const [height, width] = shape.map((side) => side * Math.max(1, Math.round(56 / shape[1])));
  const cell = picture(shape, "");
  const tile = picture(shape, "", { class: "cgan-tile", "aria-hidden": "true" });
  const size = { width: GROUND_SIDE * width, height: GROUND_SIDE * height };
  const ground = h("canvas", { ...size, role: "img", "aria-label": label, class: "cgan-ground" });
  const context = ground.getContext("2d");
  context.imageSmoothingEnabled = false;
  let filled = false;
  const fill = latest(async () => {
    let since = performance.now();
    for (const [row, column, block] of GROUND_ORDER) {
      cell.paint(await decode([column, row].map((line) => line / (GROUND_SIDE - 1))));
      for (let i = 0; i < (filled ? 1 : block ** 2); i++) {
        const [right, below] = [column + (i % block), row + Math.floor(i / block)];
        context.drawImage(cell.canvas, right * width, below * height, width, height);
      }
      if (performance.now() - since > GROUND_CHUNK) {
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
    }
    filled = true;
  });
  const onGround = (share) => (share * (GROUND_SIDE - 1) + 0.5) / GROUND_SIDE;
  const place = ([x, y]) => {
    const [left, top] = [x, y].map((share) => `${100 * onGround(share)}%`);
    Object.assign(tile.canvas.style, { left, top });
  };
  const layers = dots ? [dotted(dots, classes, ground, onGround)] : [];
  const node = h("div", { class: "cgan-pad" }, ground, ...layers, tile.canvas);
  const off = (share) => (share * GROUND_SIDE - 0.5) / (GROUND_SIDE - 1);
  drags(node, (x, y) => onmove(off(x), off(y)));
  return { node, fill, place, paint: tile.paint };
}

// Dots in the colors of their classes, and each class's name at the mean of its dots.
function dotted(dots, classes, { width, height }, onGround) {
  const canvas = h("canvas", { width, height, class: "cgan-dots", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  Object.assign(context, { textAlign: "center", textBaseline: "middle", lineWidth: 6 });
  context.font = `bold ${width / 18}px system-ui, sans-serif`;
  const sums = classes.map(() => [0, 0, 0]);
  const color = (label) => (context.fillStyle = DOT_COLORS[label % DOT_COLORS.length]);
  for (const [x, y, label] of dots) {
    const [left, top] = [onGround(x) * width, onGround(y) * height];
    sums[label] = sums[label].map((sum, i) => sum + [left, top, 1][i]);
    color(label);
    context.beginPath();
    context.arc(left, top, width / 130, 0, 2 * Math.PI);
    context.fill();
  }
  sums.forEach(([left, top, count], label) => {
    if (!count) return;
    color(label);
    context.strokeText(classes[label], left / count, top / count);
    context.fillText(classes[label], left / count, top / count);
  });
  return canvas;
}
