// The way of a widget whose networks the page cannot evaluate: it asks the kernel.
import { h } from "./ui.js";

const PATIENCE = 1000; // milliseconds until the reader is told that the kernel is busy

export function answering(mount) {
  return async ({ model, el }) => {
    const note = h("p", { class: "cgan-note", role: "status" }, model.get("reason"));
    const root = h("div", { class: "cgan-live" });
    const asked = new Map();
    const hear = ({ number }, [bytes]) => {
      note.textContent = model.get("reason");
      const { buffer, byteOffset, byteLength } = bytes;
      asked.get(number)?.(new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)));
      asked.delete(number);
    };
    const ask = (name, inputs) =>
      new Promise((resolve) => {
        const number = ++count;
        const late = setTimeout(() => (note.textContent = BUSY), PATIENCE);
        asked.set(number, (answer) => resolve(answer, clearTimeout(late)));
        const buffers = inputs.map((input) => Float32Array.from(input).buffer);
        model.send({ network: name, number }, undefined, buffers);
      });
    model.on("msg:custom", hear);
    const networks = {};
    for (const [name, shapes] of Object.entries(model.get("shapes"))) {
      networks[name] = Object.assign((...inputs) => ask(name, inputs), shapes);
    }
    el.append(h("div", { class: "cgan" }, root, note));
    mount(root, model.get("spec"), networks).catch((error) => (note.textContent = error.message));
    return () => model.off("msg:custom", hear);
  };
}

let count = 0;
const BUSY =
  "The kernel has not answered yet: it is busy with another cell, or it was stopped. If it was " +
  "stopped, restart it and run this cell again.";
