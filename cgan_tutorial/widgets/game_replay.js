// A recording of the game in a page with no kernel: a slider through its pictures.

function replay(root, recording) {
  const { layout, parts, thread, numbers } = recording;
  const bytes = Uint8Array.from(atob(recording.bytes.split(",")[1]), (letter) => letter.charCodeAt(0));
  const start = 4 * layout.shown;
  const size = (bytes.length - start) / numbers.length;
  const view = (from, length) => new DataView(bytes.buffer, from, length);
  const whole = view(0, start);
  const real = Float32Array.from({ length: start / 2 }, (_, i) => whole.getInt16(2 * i, true) / layout.unit);
  const { node, show } = board(layout);
  const slider = make("input", { type: "range", min: 0, max: numbers.length - 1, value: 0, "aria-label": "Round" });
  const play = make("button", { type: "button" }, "Play");
  const label = make("output");
  let timer = 0;

  function draw() {
    const index = Number(slider.value);
    const scene = { ...unpack(view(start + index * size, size), layout), real, thread, parts };
    show(scene, numbers.slice(0, index + 1));
    label.textContent = `round ${numbers[index].rounds} of ${numbers[numbers.length - 1].rounds}`;
    slider.setAttribute("aria-valuetext", label.textContent);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }

  function forward() {
    if (slider.value === slider.max) return stop();
    slider.value = Number(slider.value) + 1;
    draw();
  }

  play.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.value === slider.max) slider.value = 0;
    timer = setInterval(forward, 80);
    play.textContent = "Pause";
  });
  slider.addEventListener("input", () => (stop(), draw()));
  root.replaceChildren(node, make("div", { class: "row" }, play, slider, label));
  ownKeys(root);
  slider.value = slider.max;
  draw();
}
