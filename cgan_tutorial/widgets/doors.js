// Buttons at places, each showing the image there; it opens a panel where another is chosen.
import { choose } from "./choose.js";
import { button, h, picture } from "./ui.js";

// places: their names; onput(k, choice) is called; show(chosen) takes the choice at each place.
export function doorsOf({ spec, networks, from, places, decode, onput, say }) {
  const { shape } = spec;
  const original = picture(shape, "The original");
  const copy = picture(shape, "Its reconstruction");
  const figure = ({ canvas }, name) => h("figure", {}, canvas, h("figcaption", {}, name));
  const pair = h("div", { class: "cgan-row cgan-pair" });
  pair.append(figure(original, "original"), figure(copy, "reconstruction"));
  const title = h("strong", {});
  const close = button("Close", () => open(opened));
  const top = h("div", { class: "cgan-row cgan-apart" }, title, close);
  const chooser = choose(spec, networks, from, (choice) => onput(opened, choice), say);
  const panel = h("section", { class: "cgan-panel" }, top, pair, chooser);
  let [opened, shown] = [null, []];

  const all = places.map((place, k) => {
    const [thumb, name] = [picture(shape, "", { "aria-hidden": "true" }), h("span", {})];
    const door = button(thumb.canvas, () => open(k), { class: "cgan-door" });
    door.append(name);
    return { door, thumb, name, place };
  });
  const open = (k) => {
    if (k !== null && opened === k) all[k].door.focus();
    opened = opened === k ? null : k;
    return show(shown);
  };
  const show = async (chosen) => {
    shown = chosen;
    for (const [k, { door, thumb, name, place }] of all.entries()) {
      const choice = chosen[k];
      door.setAttribute("aria-expanded", k === opened);
      thumb.canvas.hidden = !choice;
      name.textContent = choice?.name ?? place;
      door.setAttribute("aria-label", choice ? `${place}: ${choice.name}. Choose another` : place);
      if (choice) thumb.paint(choice.image ?? (await decode(choice.latent)));
    }
    panel.hidden = opened === null;
    title.textContent = places[opened];
    pair.hidden = !chosen[opened]?.image;
    if (pair.hidden) return;
    original.paint(chosen[opened].image);
    copy.paint(await decode(chosen[opened].latent));
  };
  return { nodes: all.map(({ door }) => door), panel, open, show };
}
