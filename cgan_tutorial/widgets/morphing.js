// The morph: drag from one image to another, through the latent space.
import { choices } from "./choose.js";
import { doorsOf } from "./doors.js";
import { drags, h, latest, picture, slider, status } from "./ui.js";

const STRIP = 11; // pictures from one image to the other

export async function mount(root, spec, networks) {
  const { shape, classes } = spec;
  const { decoder: decode } = networks;
  const from = choices(spec, networks);
  const ends = [await from.test(0), await from.test(1)];
  let share = 0.5;
  const between = (at) =>
    ends[0].latent.map((value, i) => value + at * (ends[1].latent[i] - value));

  const voice = status();
  voice.node.classList.add("cgan-unseen");
  const large = picture(shape, `The decoded ${from.word}`, { class: "cgan-large" });
  const strip = h("canvas", { width: STRIP * shape[1], height: shape[0], "aria-hidden": "true" });
  const context = strip.getContext("2d");
  const [frame, cell] = [h("span", { class: "cgan-mark" }), picture(shape, "")];
  const fill = latest(async () => {
    for (let i = 0; i < STRIP; i++) {
      cell.paint(await decode(between(i / (STRIP - 1))));
      context.drawImage(cell.canvas, i * shape[1], 0);
    }
  });
  const bars = (networks.classifier ? classes : []).map(() => h("span", {}));
  const chart = h("div", { class: "cgan-bars", role: "img" });
  chart.append(...bars.map((bar, i) => h("div", {}, h("div", {}, bar), classes[i])));
  const show = latest(async () => {
    const values = await decode(between(share));
    large.paint(values);
    if (!bars.length) return;
    const shares = await networks.classifier(values);
    bars.forEach((bar, i) => (bar.style.height = `${100 * shares[i]}%`));
    const best = shares.indexOf(Math.max(...shares));
    const text = `The classifier reads ${classes[best]} (${Math.round(100 * shares[best])} %).`;
    chart.setAttribute("aria-label", text);
    voice.say(text);
  });
  const move = (next) => {
    share = Math.min(Math.max(next, 0), 1);
    way.set(share);
    frame.style.left = `${(100 * (share * (STRIP - 1) + 0.5)) / STRIP}%`;
    show();
  };
  const range = { label: "From first to second", min: 0, max: 1, step: 0.01, value: share };
  const said = (value) => `${Math.round(100 * value)} %`;
  const way = slider({ ...range, said, oninput: move });
  const film = h("div", { class: "cgan-film" }, strip, frame);
  drags(film, (x) => move((x * STRIP - 0.5) / (STRIP - 1)));

  const onput = (k, choice) => refresh((ends[k] = choice));
  const places = ["First", "Second"].map((which) => `${which} ${from.word}`);
  const doors = doorsOf({ spec, networks, from, places, decode, onput, say: voice.say });
  doors.nodes.forEach((door) => door.classList.add("cgan-end"));
  const refresh = async () => {
    fill();
    move(share);
    await doors.show(ends);
  };
  const three = h("div", { class: "cgan-morph" }, doors.nodes[0], large.canvas, doors.nodes[1]);
  const hint = `Drag along the strip. The buttons at its ends change the ${from.word} there.`;
  const read = h("p", { class: "cgan-hint" }, "Probability of each class, by the classifier");
  root.append(h("p", { class: "cgan-hint" }, hint), three, film, way.node);
  root.append(...(bars.length ? [read, chart] : []), doors.panel, voice.node);
  await refresh();
}
