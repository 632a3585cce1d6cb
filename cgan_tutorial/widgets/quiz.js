// Questions with answers to choose from; what is chosen is explained at once.
import { h, status, OWN_KEYS } from "./ui.js";

export async function mount(root, spec) {
  const { key, questions } = spec;
  const score = status();
  const right = new Set();
  const tell = () => score.say(`${right.size} of ${questions.length} right`);
  questions.forEach(({ text, answers }, k) => {
    const why = h("p", { class: "cgan-why", role: "status" });
    const chosen = ({ correct, reason }) => {
      why.textContent = `${correct ? "Right." : "Not quite."} ${reason}`;
      why.dataset.right = correct;
      right[correct ? "add" : "delete"](k);
      tell();
    };
    const options = answers.map((answer) => {
      const onchange = () => chosen(answer);
      const input = h("input", { type: "radio", name: `${key}-${k}`, ...OWN_KEYS, onchange });
      return h("label", { class: "cgan-answer" }, input, answer.text);
    });
    const legend = h("legend", {}, `${k + 1}. ${text}`);
    root.append(h("fieldset", { class: "cgan-question" }, legend, ...options, why));
  });
  root.append(score.node);
  tell();
}
