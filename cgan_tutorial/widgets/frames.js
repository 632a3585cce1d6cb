// Pictures that Python drew, one for each position of one or two sliders.
import { h, latest, slider, status } from "./ui.js";

// spec.still is the picture at the start; spec.changes has what each picture has other than it,
// "" for nothing, in the order of nested loops over the sliders.
export async function mount(root, spec) {
  const { width, height, shown, still, kind, alt, changes, said } = spec;
  const style = `width: ${shown}px${shown < width ? "" : "; image-rendering: pixelated"}`;
  const canvas = h("canvas", { class: kind, width, height, role: "img", style });
  const context = canvas.getContext("2d");
  const sentence = h("p", { class: "cgan-said", "aria-hidden": "true" });
  const heard = status();
  heard.node.classList.add("cgan-heard");
  const ground = await loaded(still);

  const paint = latest(async (at) => {
    const change = changes[at] && (await loaded(changes[at]));
    context.drawImage(ground, 0, 0);
    if (change) context.drawImage(change, 0, 0);
  });
  const show = () => {
    const at = sliders.reduce((sum, each, i) => sum * spec.sliders[i].names.length + each.value, 0);
    sentence.textContent = said[at];
    canvas.setAttribute("aria-label", `${alt} ${said[at]}`.trim());
    heard.say(said[at]);
    return paint(at);
  };
  const sliders = spec.sliders.map(({ label, names, start }) => {
    const range = { min: 0, max: names.length - 1, step: 1, value: start };
    return slider({ label, ...range, said: (index) => names[index], oninput: show });
  });
  root.append(canvas, ...sliders.map(({ node }) => node), sentence, heard.node);
  await show();
}

// Decoded before it is painted, so that nothing flickers.
async function loaded(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}
