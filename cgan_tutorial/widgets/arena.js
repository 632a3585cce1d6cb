// The game in the plane as one sees and touches it; game.js computes it.
import { h, slider, buttons, button, drags, status, calm, OWN_KEYS } from "./ui.js";
import { Game } from "./game.js";
import { REACH, drawnShape, painter, chart } from "./plane.js";

const [FILM, BUDGET] = [240, 24]; // frames that are kept; milliseconds of rounds in a turn
const SPEEDS = [1, 5, 20, 60, 1000]; // rounds a second
const LAYERS = {
  ground: ["▒", "D's decision"], net: ["▦", "grid of G"], real: ["●", "real points"],
  fakes: ["▲", "fakes"], push: ["→", "gradients"],
};
const RATES = [0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
const COUNTS = [1, 2, 3, 5, 10, 20];
const FIELDS = {
  optimizer: ["Optimizer", ["Adam", "SGD"]], gp_weight: ["Slope penalty γ", [0, 0.1, 0.3, 1]],
  discriminator_rate: ["Learning rate of D", RATES],
  generator_rate: ["Learning rate of G", RATES],
  discriminator_steps: ["Steps of D per round", COUNTS],
  generator_steps: ["Steps of G per round", COUNTS],
  latent_dim: ["Latent numbers", [1, 2]], seed: ["Seed", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
};
const short = (value) => value.toFixed(2).replace(/^-(?=.*[1-9])/, "−").replace("-", "");

function choice(label, options, onpick) {
  let all = options;
  const select = h("select", { ...OWN_KEYS, onchange: () => onpick(all[select.value]) });
  const set = (value) => {
    all = options.includes(value) ? options : [...options, value];
    select.replaceChildren(...all.map((each, i) => h("option", { value: i }, String(each))));
    select.value = all.indexOf(value);
  };
  return { node: h("label", { class: "cgan-choice" }, h("span", {}, label), select), set };
}

// One round in seven captions, each with the layers that it speaks of.
function* told(game, look, parts) {
  const { discriminator_steps: d, generator_steps: g } = game.settings;
  const steps = (n) => (n === 1 ? "one step" : `${n} steps`);
  const first = look();
  yield ["1 of 7. Discs are real points. Triangles are fakes: the generator G makes them from "
    + "random latent vectors.", "real fakes"];
  yield ["2 of 7. This is a square grid of latent vectors, mapped by G. Every mesh holds the same "
    + "share of the latent vectors, so fakes are dense where meshes are small.", "net fakes"];
  yield ["3 of 7. The discriminator D takes points on blue ground for real, on orange for fake. It "
    + `ranks ${Math.round(100 * first.accuracy)} % of the pairs (real, fake) correctly, and its `
    + `loss is ${short(first.d_loss)}.`, "ground real fakes"];
  for (let i = 0; i < d; i++) game.stepDiscriminator();
  const second = look();
  yield [`4 of 7. D takes ${steps(d)}; its loss goes from ${short(first.d_loss)} to `
    + `${short(second.d_loss)}. The ground changes, but no fake moves.`, "ground real fakes"];
  yield ["5 of 7. Each arrow shows where a fake should move to lower G's loss: minus the gradient "
    + `at the fake. The mean length is ${second.push_length.toPrecision(2)}.`, "ground fakes push"];
  for (let i = 0; i < g; i++) game.stepGenerator();
  game.rounds += 1;
  const last = look();
  yield [`6 of 7. G takes ${steps(g)}; its loss goes from ${short(second.g_loss)} to `
    + `${short(last.g_loss)}. All fakes share G's weights, so no fake follows its arrow exactly.`,
    "net fakes"];
  yield [`7 of 7. The distance between real and fake points went from ${short(first.distance)} to `
    + `${short(last.distance)} nats (0 to 0.69). The fakes reach ${last.covered} of ${last.modes} `
    + `${parts}.`, Object.keys(LAYERS).join(" ")];
}

export async function mount(root, spec) {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const [data, settings, names] = [spec.shapes, { ...spec.settings }, Object.keys(spec.presets)];
  let [game, frames, gap, tale, layers, ink, pen] = [null, [], 1, null, null, null, [0, 0]];
  let [playing, handle, before, owed, painted, spoken] = [false, 0, 0, 0, 0, 0];
  const [plane, live, watch] = [painter(), status(), h("p", { class: "cgan-watch" })];
  const charts = [
    chart("Losses", [
      [(f) => f.d_loss, "real", (f) => `D ${short(f.d_loss)}`],
      [(f) => f.g_loss, "fake", (f) => `G ${short(f.g_loss)}`],
    ]),
    chart("Distance, and modes reached", [
      [(f) => f.distance, "accent", (f) => `${short(f.distance)} nats`, [0, Math.LN2]],
      [(f) => f.covered / f.modes, "soft", (f) => `${f.covered} of ${f.modes}`, [0, 1]],
    ]),
  ];

  function show(frame, say = true) {
    const text = `Round ${frame.rounds}: the fakes reach ${frame.covered} of ${frame.modes} `
      + `${data[settings.data].parts}, at a distance of ${short(frame.distance)} nats (0 to 0.69).`;
    const chosen = Object.keys(LAYERS).filter((name) => boxes[name].checked);
    plane.paint(frame, layers ?? chosen, settings.latent_dim, text);
    for (const each of charts) each.paint(frames, frame);
    film.input.max = frames.length - 1;
    film.set(frames.indexOf(frame));
    if (say) live.say(text);
  }

  // Keep a frame as the newest; the longer the past, the wider its frames lie apart.
  function keep(say) {
    const frame = game.look();
    if (!Number.isFinite(frame.d_loss + frame.g_loss)) {
      cancelAnimationFrame(handle);
      [playing, play.textContent] = [false, "Play"];
      return live.say("A loss is no longer finite: choose lower learning rates and press Reset.");
    }
    if (frames.length > 1 && frames.at(-1).steps - frames.at(-2).steps < gap) frames.pop();
    frames.push(frame);
    if (frames.length > FILM) [frames, gap] = [frames.filter((_, i) => i % 2 === 0), 2 * gap];
    show(frame, say);
    return frame;
  }

  function restart(changed) {
    Object.assign(settings, changed);
    const same = (...keys) => keys.every((key) => settings[key] === spec.settings[key]);
    const weights = (name) => new Float32Array(bytes(spec.weights[name]).buffer);
    game = new Game(settings, data[settings.data], {
      generator: same("seed", "latent_dim") && weights("generator"),
      discriminator: same("seed") && weights("discriminator"),
    }, spec.lattices[settings.latent_dim]);
    [frames, gap, ink, plane.node.tabIndex] = [[], 1, null, -1];
    plane.node.classList.remove("cgan-drawing");
    drawing.textContent = "Draw your own";
    change({});
  }

  // Other rates, steps, and losses count from the next step on: the game has the same object.
  function change(changed) {
    Object.assign(settings, changed);
    const preset = names.findIndex((name) => Object.entries(spec.presets[name].settings).every(
      ([key, value]) => key === "seed" || settings[key] === value));
    presets.chosen(preset);
    watch.textContent = spec.presets[names[preset]]?.watch ?? "These are your own settings.";
    for (const [name, field] of Object.entries(fields)) field.set(settings[name]);
    playing ? keep() : halt();
  }

  // Stop, end what is told or drawn, and do something else.
  function halt(move = () => {}) {
    if (ink) draw();
    cancelAnimationFrame(handle);
    [playing, tale, layers, play.textContent] = [false, null, null, "Play"];
    move();
    keep();
  }

  function go() {
    if (ink) draw();
    [playing, tale, layers, play.textContent] = [true, null, null, "Pause"];
    [before, owed, handle] = [performance.now(), 1, requestAnimationFrame(tick)];
  }

  function tick(now) {
    if (!root.isConnected) return;
    handle = requestAnimationFrame(tick);
    owed = Math.min(owed + (SPEEDS[speed.value] * (now - before)) / 1000, 60);
    before = now;
    const end = performance.now() + BUDGET;
    for (; owed >= 1 && performance.now() < end; owed--) game.round();
    const pause = calm() ? 500 : owed < 1 ? 30 : 100; // pictures wait for rounds that are late
    if (game.rounds === frames.at(-1).rounds || now - painted < pause) return;
    const say = now - spoken > 3000;
    [painted, spoken] = [now, say ? now : spoken];
    keep(say);
  }

  function slow() {
    if (!tale) halt();
    tale ??= told(game, () => keep(false) ?? frames.at(-1), data[settings.data].parts);
    const { value: [text, spokenOf] = [], done } = tale.next();
    if (done) return (tale = null), slow();
    layers = spokenOf.split(" ");
    show(frames.at(-1), false);
    live.say(text);
  }

  function draw() {
    if (ink?.length) data["your drawing"] = drawnShape(ink);
    if (ink) return restart(ink.length ? { data: "your drawing" } : {});
    halt();
    [ink, pen, plane.node.tabIndex] = [[], null, 0];
    plane.node.classList.add("cgan-drawing");
    drawing.textContent = "Use this data";
    plane.node.focus();
    stroke([0, 0], false);
    live.say("Drag on the plane to draw where real points lie, or use the arrow keys (with Shift "
      + "they move the pen only). Then press “Use this data”.");
  }

  function stroke(to, inked = true) {
    const end = to.map((v) => Math.min(Math.max(v, -0.95 * REACH), 0.95 * REACH));
    const start = pen ?? end;
    const pieces = Math.ceil(Math.hypot(end[0] - start[0], end[1] - start[1]) / 0.06) || 6;
    for (let i = 1; inked && i <= pieces; i++) {
      ink.push(...end.map((v, axis) => start[axis] + ((v - start[axis]) * i) / pieces));
    }
    pen = end;
    const frame = { ...frames.at(-1), real: [...ink, ...pen] };
    plane.paint(frame, ["real"], 2, `Drawing area with ${ink.length / 2} real points`);
  }

  plane.node.addEventListener("pointerdown", () => (pen = null));
  drags(plane.node, (x, y) => ink && stroke([REACH * (2 * x - 1), REACH * (1 - 2 * y)]));
  plane.node.addEventListener("keydown", (event) => {
    const ways = { Left: [-0.2, 0], Right: [0.2, 0], Up: [0, 0.2], Down: [0, -0.2] };
    const way = ways[event.key.replace("Arrow", "")];
    if (!ink || !way) return;
    event.preventDefault();
    stroke(pen.map((v, axis) => v + way[axis]), !event.shiftKey);
  });
  const [boxes, fields] = [{}, {}];
  const again = () => (ink ? stroke(pen, false) : show(frames[film.value], false));
  const legend = h("div", { class: "cgan-legend", role: "group", "aria-label": "Layers" });
  for (const [name, [sign, label]] of Object.entries(LAYERS)) {
    boxes[name] = h("input", { type: "checkbox", checked: true, ...OWN_KEYS, onchange: again });
    const mark = h("span", { class: `cgan-sign-${name}`, "aria-hidden": "true" }, sign);
    legend.append(h("label", {}, boxes[name], mark, label));
  }
  const presets = buttons("Presets", names.map((n) => n[0].toUpperCase() + n.slice(1)), (k) => {
    restart({ ...spec.presets[names[k]].settings, seed: settings.seed });
  });
  const play = button("Play", () => (playing ? halt() : go()), { class: "cgan-play" });
  const drawing = button("Draw your own", draw);
  const speed = slider({
    label: "Speed", min: 0, max: SPEEDS.length - 1, step: 1, value: 3,
    said: (k) => (k < SPEEDS.length - 1 ? `${SPEEDS[k]} per s` : "fastest"),
  });
  const film = slider({
    label: "Film: round", min: 0, max: 0, step: 1, value: 0,
    said: (k) => String(frames[k]?.rounds ?? 0),
    oninput: (k) => {
      if (playing || tale || ink) halt();
      show(frames[Math.min(k, frames.length - 1)]);
    },
  });
  const field = (name, label, options) => {
    const anew = ["data", "latent_dim", "seed"].includes(name);
    fields[name] = choice(label, options, (value) => (anew ? restart : change)({ [name]: value }));
    return fields[name].node;
  };
  const row = (...nodes) => h("div", { class: "cgan-row" }, ...nodes);
  const moves = row(button("Step of D", () => halt(() => game.stepDiscriminator())),
    button("Step of G", () => halt(() => game.stepGenerator())), button("Slow motion", slow));
  root.append(presets.node, watch, h("div", { class: "cgan-game" },
    h("div", {}, plane.node, row(play, button("Reset", () => restart({}))), moves, live.node),
    h("div", {}, legend, ...charts.map(({ node }) => node), film.node, speed.node,
      row(field("data", "Data", Object.keys(data)), drawing), field("loss", "Loss", spec.losses),
      h("details", {}, h("summary", OWN_KEYS, "More settings"),
        ...Object.entries(FIELDS).map(([name, given]) => field(name, ...given))))));
  restart({});
  // Colors are known once the widget is in the page, and change with its theme.
  new ResizeObserver(again).observe(plane.node);
  const theme = new MutationObserver(again);
  theme.observe(document.body, { attributes: true });
  theme.observe(document.documentElement, { attributes: true });
}
