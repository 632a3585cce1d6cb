// The latent explorer: drag a tile between four images, or all over a map of two latents.
import { choices } from "./choose.js";
import { doorsOf } from "./doors.js";
import { groundOf } from "./ground.js";
import { OWN_KEYS, button, buttons, h, latest, picture, slider, status } from "./ui.js";

const PAD_START = 0.25; // of the way across, and down
const REACH = 3; // standard deviations to each side of a direction
const CORNERS = ["Top left", "Top right", "Bottom left", "Bottom right"];
const within = (value, low, high) => Math.min(Math.max(value, low), high);
const signed = (value, digits) => value.toFixed(digits).replace("-", "−");
const percent = (share) => `${Math.round(100 * share)} %`;

export async function mount(root, spec, networks) {
  const { shape, classes, conditions, directions, dots, names, first } = spec;
  const from = choices(spec, networks);
  const begin = spec.corners.map((latent, k) => {
    return { key: "", name: names?.[k], image: from.images[first?.[k]] ?? null, latent };
  });
  const start = () => {
    const pushes = directions.map(() => 0);
    return { at: [PAD_START, PAD_START], corners: begin, pushes, label: 0, gone: [] };
  };
  const now = start();

  // The latent vector at a place of the pad, moved along the directions.
  const latentAt = ([x, y], pushes = now.pushes) => {
    const shares = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
    return begin[0].latent.map((_, i) => {
      const mixed = shares.reduce((sum, share, k) => sum + share * now.corners[k].latent[i], 0);
      return directions.reduce((sum, { step }, k) => sum + pushes[k] * step[i], mixed);
    });
  };
  const decode = (latent) => {
    const asked = Array.from({ length: conditions }, (_, label) => Number(label === now.label));
    return networks.decoder([...latent, ...asked]);
  };

  const voice = status();
  voice.node.classList.add("cgan-unseen");
  const large = picture(shape, `The decoded ${from.word}`, { class: "cgan-large" });
  const reading = h("p", { class: "cgan-reading", "aria-hidden": "true" });
  const show = latest(async () => {
    const values = await decode(latentAt(now.at));
    pad.paint(values);
    large.paint(values);
    const words = [];
    if (networks.classifier) {
      const shares = await networks.classifier(values);
      const best = shares.indexOf(Math.max(...shares));
      words.push(`The classifier reads ${classes[best]} (${percent(shares[best])}).`);
    }
    if (networks.discriminator) words.push(judged(await networks.discriminator(values)));
    reading.textContent = words.join(" ");
    voice.say(reading.textContent);
  });
  const judged = (logits) => {
    const logit = logits[conditions ? now.label : 0];
    const { logistic, median } = spec.judge;
    const share = percent(1 / (1 + Math.exp(-logit)));
    if (logistic) return `The discriminator thinks it real: ${share}.`;
    return `The discriminator's logit is ${signed(logit, 1)} (real images: ${signed(median, 1)}).`;
  };
  const move = (x, y) => {
    now.at = [within(x, 0, 1), within(y, 0, 1)];
    pad.place(now.at);
    ways.forEach((way, axis) => way.set(axis && dots ? 1 - now.at[1] : now.at[axis]));
    rest();
    show();
  };
  const decodeAt = (at) => decode(latentAt(at));
  const pad = groundOf({ shape, label: spec.alt, decode: decodeAt, onmove: move, dots, classes });
  // The keyboard's way over the pad. On a map the second latent grows upwards.
  const ways = ["Across", "Down"].map((name, axis) => {
    const [low, high] = [begin[2], begin[1]].map(({ latent }) => latent[axis]);
    const said = dots ? (share) => signed(low + share * (high - low), 2) : percent;
    const oninput = (share) => {
      const own = axis && dots ? 1 - share : share;
      move(...now.at.map((before, at) => (at === axis ? own : before)));
    };
    const label = dots ? `Latent ${axis + 1}` : name;
    const way = slider({ label, min: 0, max: 1, step: 0.01, value: 0, said, oninput });
    way.node.classList.add("cgan-ends");
    return way;
  });

  // Along directions; what each leads to is shown at its ends as soon as the tile rests.
  const sliders = directions.map(({ name, note }, k) => {
    const said = (value) => `${signed(value, 1)} σ`;
    const oninput = (value) => {
      now.pushes[k] = value;
      pad.fill();
      rest();
      show();
    };
    const label = h("span", {}, name, ...(note ? [h("small", {}, note)] : []));
    const one = slider({ label, min: -REACH, max: REACH, step: 0.1, value: 0, said, oninput });
    const ends = [-REACH, REACH].map((push) => {
      const { canvas, paint } = picture(shape, "", { "aria-hidden": "true" });
      return { canvas, paint, push };
    });
    one.node.classList.add("cgan-ends");
    one.input.before(ends[0].canvas);
    one.input.after(ends[1].canvas);
    return { ...one, ends };
  });
  const rested = latest(async () => {
    for (const [k, { ends }] of sliders.entries()) {
      for (const { paint, push } of ends) {
        const pushes = now.pushes.map((own, at) => (at === k ? push : own));
        paint(await decode(latentAt(now.at, pushes)));
      }
    }
  });
  let resting = 0;
  const rest = () => {
    clearTimeout(resting);
    resting = setTimeout(rested, 100);
  };

  const put = (k, choice) => {
    if (dots) {
      const [low, high] = [begin[2].latent, begin[1].latent];
      const [x, y] = [0, 1].map((i) => (choice.latent[i] - low[i]) / (high[i] - low[i]));
      Object.assign(now, { at: [x, 1 - y].map((share) => within(share, 0, 1)), gone: [choice] });
    } else now.corners = now.corners.map((own, at) => (at === k ? choice : own));
    return refresh();
  };
  const places = dots ? ["Go to an image"] : CORNERS.map((corner) => `${corner} corner`);
  const doors = doorsOf({ spec, networks, from, places, decode, onput: put, say: voice.say });
  const kinds = buttons("Class", classes, (label) => {
    now.label = label;
    refresh();
  });
  // Show everything as `now` says.
  const refresh = async () => {
    now.pushes.forEach((push, k) => sliders[k].set(push));
    kinds.chosen(now.label);
    pad.fill();
    move(...now.at);
    await doors.show(dots ? now.gone : now.corners);
  };

  const link = () => {
    const [x, y] = now.at.map((share) => share.toFixed(3));
    const query = new URLSearchParams({ explorer: spec.key, x, y, class: now.label });
    now.pushes.forEach((push) => query.append("s", push));
    now.corners.forEach(({ key }) => query.append("c", key));
    return `${location.href.split("#")[0]}#${query}`;
  };
  // Restore what a link's fragment says; what it does not say, or not rightly, is as at first.
  const restore = async () => {
    const query = new URLSearchParams(location.hash.slice(1));
    if (query.get("explorer") !== spec.key) return;
    const number = (text, low, high, otherwise) =>
      Number.isFinite(parseFloat(text)) ? within(parseFloat(text), low, high) : otherwise;
    Object.assign(now, start());
    now.at = ["x", "y"].map((name) => number(query.get(name), 0, 1, PAD_START));
    now.label = Math.round(number(query.get("class"), 0, Math.max(conditions - 1, 0), 0));
    now.pushes = now.pushes.map((_, k) => number(query.getAll("s")[k], -REACH, REACH, 0));
    const corners = begin.map(async (own, k) => (await from.restored(query.getAll("c")[k])) ?? own);
    now.corners = await Promise.all(corners);
    await refresh();
  };
  const area = h("textarea", { readonly: true, rows: 3, "aria-label": "To copy", ...OWN_KEYS });
  area.hidden = true;
  const note = h("span", { class: "cgan-hint", "aria-hidden": "true" });
  const copy = async (text, said) => {
    area.value = text;
    try {
      await navigator.clipboard.writeText(text);
      note.textContent = `${said} is in the clipboard.`;
      voice.say(note.textContent);
      setTimeout(() => (note.textContent = ""), 4000);
    } catch {
      area.hidden = false;
      area.select();
    }
  };
  const vector = () => {
    const numbers = latentAt(now.at).map((value) => Number(value.toPrecision(6)));
    const label = conditions ? `\nlabels = np.array([${now.label}])` : "";
    return `z = np.array([${numbers.join(", ")}], "float32")${label}`;
  };
  const tools = [
    button("Reset", () => {
      Object.assign(now, start());
      doors.open(null);
      refresh();
    }),
    button("Copy latent vector", () => copy(vector(), "The latent vector")),
    button("Copy link", () => copy(link(), "The link")),
  ];
  const [above, below] = [0, 2].map((k) =>
    h("div", { class: "cgan-row cgan-apart" }, ...doors.nodes.slice(k, k + 2)),
  );
  const hint = `Drag the tile: each picture is decoded from a latent vector. ${
    dots ? "Dots are encoded test images." : `A corner's button changes the ${from.word} there.`
  }`;
  root.append(
    h("p", { class: "cgan-hint" }, hint),
    ...(conditions ? [kinds.node] : []),
    h(
      "div",
      { class: "cgan-two" },
      h("div", {}, above, pad.node, below),
      h("div", {}, reading, large.canvas),
    ),
    doors.panel,
    ...[...ways, ...sliders].map(({ node }) => node),
    h("div", { class: "cgan-row" }, ...tools, note),
    area,
    voice.node,
  );
  await refresh();
  await restore();
  addEventListener("hashchange", () => root.isConnected && restore());
}
