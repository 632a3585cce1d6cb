// Choose an image: one of a class, a test image, a random draw, one drawn by hand.
import { board } from "./board.js";
import { OWN_KEYS, button, buttons, h, latest, picture, random } from "./ui.js";

// What can be chosen, from what choices.py sends. A choice is { key, name, image, latent }: its
// key in a link, its name in words, and the image that was encoded, or null.
export function choices(spec, networks) {
  const { classes, labels, encoded, latents, center, spread } = spec;
  const size = spec.shape.reduce((product, side) => product * side, 1);
  const bytes = Uint8Array.from(atob(spec.images), (letter) => letter.charCodeAt(0));
  const pixels = (_, place) => bytes.subarray(place * size, (place + 1) * size);
  const images = labels.map(pixels).map((image) => Float32Array.from(image, (byte) => byte / 255));
  const numbered = (place) => ["first", "second"][place];
  const named = (place) => classes[labels[place]] ?? numbered(place);
  const test = (place) => {
    return { key: `t${place}`, name: named(place), image: images[place], latent: encoded[place] };
  };
  const draw = (seed) => {
    const { normal } = random(seed);
    const steps = Array.from({ length: spread.length || latents }, normal);
    const along = (mean, i) => steps.reduce((sum, step, k) => sum + step * spread[k][i], mean);
    const latent = spread.length ? center.map(along) : steps;
    return { key: `r${seed}`, name: "random draw", image: null, latent };
  };
  // The key of a drawn image is its latent vector: the image is not in the link.
  const drawn = async (image) => {
    const latent = (await networks.encoder(image)).slice(0, latents);
    const key = `z${Array.from(latent, (value) => value.toFixed(3))}`;
    return { key, name: "your drawing", image, latent };
  };
  const restored = async (key) => {
    const [kind, rest] = [key?.[0], key?.slice(1)];
    if (kind === "t" && images[rest]) return test(Number(rest));
    if (kind === "r" && /^\d+$/.test(rest)) return draw(Number(rest));
    const latent = kind === "z" ? rest.split(",").map(Number) : [];
    if (latent.length !== latents || !latent.every(Number.isFinite)) return null;
    return { key, name: "your drawing", image: null, latent };
  };
  const word = networks.classifier ? "digit" : "image";
  return { images, word, named, test, draw, drawn, restored };
}

// Controls that call onpick(choice); `from` is what `choices` returned.
export function choose(spec, networks, from, onpick, say) {
  const { classes, labels, shape } = spec;
  const { word } = from;
  const pick = latest(async (choice) => onpick(await choice()));
  const node = h("div", { class: "cgan-choose" });
  const offer = (text, control) =>
    node.append(h("div", { class: "cgan-row" }, h("span", { class: "cgan-hint" }, text), control));
  const held = classes.map((_, label) => labels.flatMap((own, i) => (own === label ? [i] : [])));
  const some = classes.map((_, label) => label).filter((label) => held[label].length);
  if (some.length > 1) {
    const names = some.map((label) => classes[label]);
    const turns = some.map((label) => Math.floor(Math.random() * held[label].length));
    const next = (i) => held[some[i]][++turns[i] % held[some[i]].length];
    const { node: row } = buttons(`Class of a test ${word}`, names, (i) => {
      const place = next(i);
      pick(() => from.test(place));
    });
    offer("Class", row);
  }
  const thumbs = from.images.map((image, place) => {
    const small = picture(shape, "", { "aria-hidden": "true" });
    small.paint(image);
    const own = labels[place] === null;
    const name = from.named(place);
    const label = own ? `${name} ${word}` : `test ${word} ${place + 1}, class ${name}`;
    return button(small.canvas, () => pick(() => from.test(place)), {
      class: "cgan-thumb",
      "aria-label": label,
    });
  });
  if (thumbs.length) offer(`Test ${word}`, h("div", { class: "cgan-thumbs" }, ...thumbs));
  const seed = () => Math.floor(Math.random() * 1e6);
  offer("Random", button("New draw", () => pick(() => from.draw(seed()))));
  if (networks.encoder && String(shape) === "28,28,1") {
    const onchange = (values) => values && pick(() => from.drawn(values));
    const sheet = board({ label: "Your digit", shape, onchange, say });
    const summary = h("summary", { ...OWN_KEYS }, "Draw a digit");
    node.append(h("details", {}, summary, sheet.node));
  }
  return node;
}
