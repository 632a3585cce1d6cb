// The game's controls. The page asks by messages, the kernel answers by its traits.

const ASKED = [
  ["step_discriminator", "Step D", "one gradient step of the discriminator"],
  ["step_generator", "Step G", "one gradient step of the generator"],
  ["step", "Step both", "one round: the steps of D, then those of G"],
  ["slow", "Slow motion ▸", "the next caption of a round told in seven captions"],
  ["reset", "Reset", "start anew with the same seed"],
];
const HINT = "D and G take turns. Play lets them; slow motion tells one round in seven captions, one a press.";
const OWN = "These settings are your own. A preset says here what to watch.";
const SPEEDS = [[0, "captions"], [1, "each round"], [5, "each 5th"], [25, "each 25th"]];
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03];
const PENALTIES = [0, 0.1, 0.3, 1];

function choice(label, options, chosen) {
  const select = make("select");
  const show = (value, names) => {
    const listed = names.some(([name]) => String(name) === String(value)) ? names : [...names, [value, String(value)]];
    select.replaceChildren(...listed.map(([name, text]) => make("option", { value: name }, text)));
    select.value = String(value);
  };
  select.addEventListener("change", () => chosen(select.value));
  return { node: make("label", {}, label, select), show: (value) => show(value, options) };
}

function counter(label, [least, most], chosen) {
  const input = make("input", { type: "number", min: least, max: most });
  let shown;
  const take = () => {
    if (input.value === shown) return;
    shown = input.value;
    chosen(Number(shown));
  };
  input.addEventListener("change", take);
  // Outside a form, Enter alone fires no "change".
  input.addEventListener("keydown", ({ key }) => key === "Enter" && take());
  return { node: make("label", {}, label, input), show: (value) => (input.value = shown = String(value)) };
}

function named(values) {
  return values.map((value) => [value, String(value)]);
}

function settingsRows(choices, change) {
  const by = (name, convert) => (value) => change({ [name]: convert(value) });
  const controls = {
    data: choice("Data", Object.entries(choices.data), by("data", String)),
    loss: choice("Loss", named(choices.losses), by("loss", String)),
    noise: choice("Noise", [[1, "1 number"], [2, "2 numbers"]], by("noise", Number)),
    penalty: choice("Penalty", named(PENALTIES), by("penalty", Number)),
    seed: counter("Seed", [0, 9999], by("seed", Number)),
    discriminator_rate: choice("Learning rate of D", named(RATES), by("discriminator_rate", Number)),
    generator_rate: choice("of G", named(RATES), by("generator_rate", Number)),
    discriminator_steps: counter("Steps a round of D", [1, 20], by("discriminator_steps", Number)),
    generator_steps: counter("of G", [1, 20], by("generator_steps", Number)),
  };
  const nodes = Object.values(controls).map(({ node }) => node);
  const rows = [make("div", { class: "row" }, ...nodes.slice(0, 5)), make("div", { class: "row" }, ...nodes.slice(5))];
  return { rows, show: (settings) => Object.entries(settings).forEach(([name, value]) => controls[name].show(value)) };
}

function buttons(ask) {
  const play = make("button", { type: "button", "aria-pressed": "false" }, "Play");
  play.addEventListener("click", () => ask(play.getAttribute("aria-pressed") === "true" ? "pause" : "play"));
  const others = ASKED.map(([name, text, hint]) => {
    const button = make("button", { type: "button", title: hint }, text);
    button.addEventListener("click", () => ask(name));
    return button;
  });
  const show = (playing) => {
    play.textContent = playing ? "Pause" : "Play";
    play.setAttribute("aria-pressed", playing);
  };
  return { nodes: [play, ...others], show };
}

function history(view, names) {
  return Array.from({ length: view.byteLength / 4 / names.length }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, view.getFloat32(4 * (row * names.length + i), true)])),
  );
}

function sceneOf(model, layout) {
  const real = model.get("real");
  const places = Float32Array.from({ length: real.byteLength / 2 }, (_, i) => real.getInt16(2 * i, true) / layout.unit);
  const thread = model.get("settings").noise === 1;
  return { ...unpack(model.get("frame"), layout), real: places, thread, parts: model.get("parts") };
}

// Rounds a second of the last pictures that were drawn.
function speedometer() {
  let drawn = [];
  return (rounds) => {
    const now = performance.now();
    if (drawn.length && rounds < drawn[drawn.length - 1][1]) drawn = [];
    drawn = [...drawn, [now, rounds]].slice(-20).filter(([time]) => now - time < 3000);
    const [[first, start]] = drawn;
    return now > first ? (1000 * (rounds - start)) / (now - first) : 0;
  };
}

function render({ model, el }) {
  const layout = model.get("drawing");
  const choices = model.get("choices");
  const ask = (name, given = {}) => model.send({ do: name, with: given });
  const { node, show } = board(layout);
  const pressed = buttons(ask);
  const presets = choice("Preset", [...named(choices.presets), ["", "own settings"]], (name) => name && ask("choose", { preset: name }));
  const pace = choice("Draw", SPEEDS, (value) => ask("pace", { speed: Number(value) }));
  const settings = settingsRows(choices, (given) => ask("change", given));
  const watch = make("div", { class: "watch" });
  const said = make("p", { class: "said", role: "status", "aria-live": "polite" });
  const rate = make("span", { class: "rate" });
  const measure = speedometer();
  const root = make(
    "div",
    { class: "cgan-game cgan-game-live", role: "group", "aria-label": "The game on points" },
    make("div", { class: "row" }, presets.node, rate),
    watch,
    node,
    make("div", { class: "row" }, ...pressed.nodes, pace.node),
    said,
    ...settings.rows,
  );
  ownKeys(root);
  el.append(root);

  let asked = 0;
  const draw = () => {
    asked = 0;
    const numbers = model.get("numbers");
    show(sceneOf(model, layout), [...history(model.get("history"), layout.history), numbers], model.get("layers"));
    const speed = measure(numbers.rounds);
    rate.textContent = model.get("playing") && speed ? `${speed.toFixed(0)} rounds a second` : "";
    ask("drawn");
  };
  const later = () => (asked ||= requestAnimationFrame(draw));
  const tell = () => {
    said.textContent = model.get("refused") || model.get("caption") || HINT;
    said.classList.toggle("refused", Boolean(model.get("refused")));
    watch.textContent = model.get("watch") || OWN;
  };
  const set = () => {
    presets.show(model.get("preset"));
    settings.show(model.get("settings"));
    pace.show(model.get("speed"));
  };
  const playing = () => pressed.show(model.get("playing"));
  // Other data leave the frame as it is; what is refused is taken back.
  const listeners = { "change:frame change:numbers change:real change:layers": later, "change:refused change:caption change:watch": tell };
  Object.assign(listeners, { "change:settings change:preset change:speed change:refused": set, "change:playing": playing });
  for (const [names, react] of Object.entries(listeners)) {
    names.split(" ").forEach((name) => model.on(name, react));
    react();
  }
  return () => Object.entries(listeners).forEach(([names, react]) => names.split(" ").forEach((name) => model.off(name, react)));
}

export default { render };
