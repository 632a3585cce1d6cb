// Draws a moment of the game: the plane with its layers, three charts, a table of numbers.
// Used by the widget and, with no kernel, by a recording.

const SIDE = 400;
const CHART = [280, 92];
const MARGIN = 26;
// Name, hint, and a sign to know it by: shapes as well as colours.
const LAYERS = {
  ground: ["What D thinks", "blue ground: D calls it real; orange: fake", '<rect width="7" height="12" fill="REAL" opacity=".5"/><rect x="7" width="7" height="12" fill="GROUND" opacity=".5"/>'],
  net: ["Net of G", "a lattice of noise, bent by the generator; darker where fakes are dense", '<path d="M1 1h12v10H1zM5 1v10M9 1v10M1 4.5h12M1 8h12" fill="NET" fill-opacity=".3" stroke="NET"/>'],
  real: ["Real points", "blue discs", '<circle cx="7" cy="6" r="4" fill="REAL"/>'],
  fakes: ["Fakes", "orange triangles", '<path d="M7 1l5 9.5H2z" fill="FAKES"/>'],
  push: ["Push on the fakes", "minus the gradient of G's loss at a fake", '<path d="M1 6h11M8 2.5L12.5 6 8 9.5" fill="none" stroke="PUSH" stroke-width="1.4"/>'],
};
const CHARTS = [
  { title: "Losses", lines: [["discriminator", "D", "real", []], ["generator", "G", "fakes", [5, 3]]] },
  { title: "Distance, nats (0: alike, 0.69: apart)", lines: [["distance", "", "push", []]], range: [0, 0.7] },
  { title: "Modes (or stretches) that fakes reach", lines: [["covered", "", "push", []]], range: [0, "modes"] },
];

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// JupyterLab's shortcuts (twice "d" deletes a cell) look for this mark from the focused element on.
function ownKeys(root) {
  root.querySelectorAll("button, input, select").forEach((node) => node.setAttribute("data-lm-suppress-shortcuts", "true"));
}

function canvas(width, height, label) {
  const sharp = Math.max(2, window.devicePixelRatio || 1);
  const node = make("canvas", { width: width * sharp, height: height * sharp, role: "img", "aria-label": label });
  node.style.width = `${width}px`;
  node.getContext("2d").scale(sharp, sharp);
  return node;
}

function unpack(view, layout) {
  let at = 0;
  const places = (count, unit) => {
    const found = Float32Array.from({ length: 2 * count }, (_, i) => view.getInt16(at + 2 * i, true) / unit);
    at += 4 * count;
    return found;
  };
  const fakes = places(layout.shown, layout.unit);
  const push = places(layout.pushed, layout.pushUnit);
  const net = places((view.byteLength - at - layout.cells ** 2) / 4, layout.unit);
  return { fakes, push, net, ground: new Uint8Array(view.buffer, view.byteOffset + at, layout.cells ** 2) };
}

function mixed(colour, share) {
  // A tint: `share` of the colour on white.
  const part = (i) => 255 + (parseInt(colour.slice(2 * i + 1, 2 * i + 3), 16) - 255) * share;
  return [part(0), part(1), part(2)];
}

function painter(context, layout) {
  const scale = (SIDE - MARGIN) / (2 * layout.reach);
  const x = (value) => MARGIN + (value + layout.reach) * scale;
  const y = (value) => (layout.reach - value) * scale;
  const { colours } = layout;
  const small = make("canvas", { width: layout.cells, height: layout.cells });

  function ground(values) {
    const image = new ImageData(layout.cells, layout.cells);
    values.forEach((value, index) => {
      const real = value / 127.5 - 1;
      const tint = mixed(real > 0 ? colours.real : colours.ground, 0.55 * Math.abs(real));
      const row = layout.cells - 1 - Math.floor(index / layout.cells);
      image.data.set([...tint, 255], 4 * (row * layout.cells + (index % layout.cells)));
    });
    small.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(small, MARGIN, 0, SIDE - MARGIN, SIDE - MARGIN);
  }

  function points(places, colour, trace) {
    context.fillStyle = colour;
    context.lineWidth = 0.6;
    context.strokeStyle = "#fff";
    for (let i = 0; i < places.length; i += 2) {
      context.beginPath();
      trace(x(places[i]), y(places[i + 1]));
      context.fill();
      context.stroke();
    }
  }

  const disc = (px, py) => context.arc(px, py, 2.8, 0, 7);
  const triangle = (px, py) => {
    context.moveTo(px, py - 4.2);
    context.lineTo(px + 3.8, py + 2.8);
    context.lineTo(px - 3.8, py + 2.8);
    context.closePath();
  };

  function arrows(fakes, push) {
    context.strokeStyle = colours.push;
    context.lineWidth = 1.1;
    context.beginPath();
    for (let i = 0; i < push.length; i += 2) {
      const length = Math.hypot(push[i], push[i + 1]);
      // Short ones in proportion, long ones held below 42 pixels.
      const pixels = (42 * length) / (length + 0.4);
      if (pixels < 2) continue;
      const [dx, dy] = [(push[i] / length) * pixels, (-push[i + 1] / length) * pixels];
      const [fromX, fromY] = [x(fakes[i]), y(fakes[i + 1])];
      const head = Math.min(5, pixels / 3);
      const turn = Math.atan2(dy, dx);
      context.moveTo(fromX, fromY);
      context.lineTo(fromX + dx, fromY + dy);
      for (const side of [-0.5, 0.5]) {
        context.moveTo(fromX + dx, fromY + dy);
        context.lineTo(fromX + dx - head * Math.cos(turn + side), fromY + dy - head * Math.sin(turn + side));
      }
    }
    context.stroke();
  }

  function mesh(net) {
    const across = Math.round(Math.sqrt(net.length / 2));
    const corner = (i) => [x(net[2 * i]), y(net[2 * i + 1])];
    const mass = (0.98 / (across - 1)) ** 2;
    context.fillStyle = context.strokeStyle = colours.net;
    context.lineWidth = 0.6;
    for (let row = 0; row + 1 < across; row++) {
      for (let column = 0; column + 1 < across; column++) {
        const first = row * across + column;
        const four = [first, first + 1, first + across + 1, first + across].map(corner);
        let area = 0;
        four.forEach(([ax, ay], i) => {
          const [bx, by] = four[(i + 1) % 4];
          area += (ax * by - bx * ay) / 2;
        });
        const density = mass / (Math.abs(area) / scale ** 2 + 1e-6);
        context.beginPath();
        four.forEach(([px, py]) => context.lineTo(px, py));
        context.closePath();
        context.globalAlpha = (0.75 * density) / (density + 0.15);
        context.fill();
        context.globalAlpha = 0.3 + (0.5 * density) / (density + 0.15);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  function thread(net) {
    context.strokeStyle = colours.net;
    context.lineWidth = 5;
    context.lineCap = "round";
    for (let i = 0; i + 3 < net.length; i += 2) {
      const length = Math.hypot(net[i + 2] - net[i], net[i + 3] - net[i + 1]);
      const density = 0.98 / (net.length / 2 - 1) / (length + 1e-4);
      context.globalAlpha = 0.1 + (0.8 * density) / (density + 0.3);
      context.beginPath();
      context.moveTo(x(net[i]), y(net[i + 1]));
      context.lineTo(x(net[i + 2]), y(net[i + 3]));
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  function axes() {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, MARGIN, SIDE);
    context.fillRect(0, SIDE - MARGIN, SIDE, MARGIN);
    context.strokeStyle = "#888";
    context.lineWidth = 1;
    context.strokeRect(MARGIN + 0.5, 0.5, SIDE - MARGIN - 1, SIDE - MARGIN - 1);
    context.fillStyle = "#333";
    context.font = "11px sans-serif";
    for (const tick of [-2, 0, 2]) {
      context.textAlign = "center";
      context.fillText(String(tick).replace("-", "−"), x(tick), SIDE - 11);
      context.textAlign = "right";
      context.fillText(String(tick).replace("-", "−"), MARGIN - 6, y(tick) + 4);
    }
    context.textAlign = "center";
    context.fillText("first coordinate", x(1), SIDE - 11);
    context.save();
    context.translate(10, y(1));
    context.rotate(-Math.PI / 2);
    context.fillText("second coordinate", 0, 0);
    context.restore();
  }

  return (scene, on) => {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SIDE, SIDE);
    if (on.ground) ground(scene.ground);
    if (on.net) (scene.thread ? thread : mesh)(scene.net);
    if (on.real) points(scene.real, colours.real, disc);
    if (on.fakes) points(scene.fakes, colours.fakes, triangle);
    if (on.push) arrows(scene.fakes, scene.push);
    axes();
  };
}

function chart(node, { title, lines, range }, rows, colours) {
  const [width, height, left, top, bottom] = [...CHART, 34, 18, 14];
  const context = node.getContext("2d");
  const last = rows[rows.length - 1];
  const values = lines.flatMap(([name]) => rows.map((row) => row[name])).filter(Number.isFinite);
  const [low, high] = range
    ? range.map((end) => (typeof end === "string" ? last[end] : end))
    : [Math.min(0, ...values), Math.max(0.1, ...values)];
  const steps = (row) => row.discriminator_steps + row.generator_steps;
  const longest = Math.max(1, steps(last));
  const x = (row) => left + (steps(row) / longest) * (width - left - 8);
  const y = (value) => height - bottom - ((value - low) / (high - low)) * (height - top - bottom);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.font = "11px sans-serif";
  context.fillStyle = "#333";
  context.textAlign = "left";
  context.fillText(title, 4, 11);
  context.textAlign = "right";
  for (const end of [low, high]) context.fillText(String(Number(end.toPrecision(2))).replace("-", "−"), left - 4, y(end) + 4);
  context.fillText(`${longest} ${longest === 1 ? "step" : "steps"}`, width - 8, height - 2);
  context.strokeStyle = "#888";
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left, height - bottom);
  context.lineTo(width - 8, height - bottom);
  context.stroke();
  let mark = 120;
  for (const [name, short, colour, dashes] of lines) {
    context.strokeStyle = context.fillStyle = colours[colour];
    context.lineWidth = 1.6;
    context.setLineDash(dashes);
    context.beginPath();
    rows.forEach((row) => context.lineTo(x(row), y(row[name])));
    context.stroke();
    if (short) {
      context.beginPath();
      context.moveTo(mark, 7);
      context.lineTo(mark + 22, 7);
      context.stroke();
      context.textAlign = "left";
      context.fillText(short, mark + 26, 11);
      mark += 56;
    }
    context.setLineDash([]);
    context.beginPath();
    context.arc(x(last), y(last[name]), 2.5, 0, 7);
    context.fill();
  }
}

function number(value, digits = 3) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

function tiny(value) {
  return value < 0.001 ? value.toExponential(1).replace("-", "−") : value.toPrecision(2);
}

const ROWS = [
  ["Round", (n) => n.rounds],
  ["Steps of D, of G", (n) => `${n.discriminator_steps}, ${n.generator_steps}`],
  ["Loss of D, of G", (n) => `${number(n.discriminator)}, ${number(n.generator)}`],
  ["Pairs that D ranks rightly", (n) => `${Math.round(100 * n.accuracy)} %`],
  ["Mean push on a fake", (n) => tiny(n.push)],
  ["Distance (grid JS)", (n) => `${n.distance.toFixed(3)} nats`],
  ["Covered", (n, parts) => `${n.covered} of ${n.modes} ${parts}`],
];

// Returns the board's node and `show(scene, rows, only)`; `only` names the layers of a caption.
function board(layout) {
  const plane = canvas(SIDE, SIDE, "The plane");
  const paint = painter(plane.getContext("2d"), layout);
  const charts = CHARTS.map((kind) => canvas(...CHART, kind.title));
  const cells = ROWS.map(() => make("td"));
  const table = make("table", {}, ...ROWS.map(([name], i) => make("tr", {}, make("th", { scope: "row" }, name), cells[i])));
  const boxes = {};
  let latest = null;
  const legend = make("fieldset", { class: "layers" }, make("legend", {}, "Layers"));
  for (const [name, [label, hint, sign]] of Object.entries(LAYERS)) {
    boxes[name] = make("input", { type: "checkbox" });
    boxes[name].checked = true;
    boxes[name].addEventListener("change", () => latest && show(...latest));
    const swatch = make("span", { class: "swatch" });
    const drawn = sign.replace(/[A-Z]{3,}/g, (word) => layout.colours[word.toLowerCase()]);
    swatch.innerHTML = `<svg viewBox="0 0 14 12" aria-hidden="true">${drawn}</svg>`;
    legend.append(make("label", { title: hint }, boxes[name], swatch, label));
  }

  function show(scene, rows, only) {
    latest = [scene, rows, only];
    const on = Object.fromEntries(
      Object.entries(boxes).map(([name, box]) => [name, box.checked && (!only?.length || only.includes(name))]),
    );
    paint(scene, on);
    const numbers = rows[rows.length - 1];
    CHARTS.forEach((kind, i) => chart(charts[i], kind, rows, layout.colours));
    ROWS.forEach(([, text], i) => (cells[i].textContent = text(numbers, scene.parts)));
    plane.setAttribute(
      "aria-label",
      `The plane after round ${numbers.rounds}: fakes reach ${numbers.covered} of ${numbers.modes} ${scene.parts}, ` +
        `at a distance of ${numbers.distance.toFixed(2)} nats`,
    );
  }

  const side = make("div", { class: "side" }, table, ...charts);
  const node = make("div", { class: "board" }, make("div", { class: "plane" }, plane, legend), side);
  return { node, show };
}
