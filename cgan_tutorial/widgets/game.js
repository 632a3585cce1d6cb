// A GAN on points in the plane, trained in the page. A step from the same weights, points and
// noise equals a step of the package's Keras GAN to 1e-4 in every weight: tests/test_game.py.
import { random } from "./ui.js";
import { MIDDLES, distance, covered } from "./plane.js";

const [BATCH, SHOWN, PUSHED, MEASURED, HIDDEN] = [64, 200, 24, 1024, 64];
const [SIGMA, BETA, EPSILON] = [0.05, 0.9, 1e-7]; // of the slope penalty, and of Adam
const logistic = (v) => 1 / (1 + Math.exp(-v));
const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const crossEntropy = (r, f) => [softplus(-r) + softplus(f), -logistic(-r), logistic(f)];
// For a pair of logits (real, fake), as in losses.py: D's loss and its slopes in both logits,
// G's loss and its slope in the fake's logit.
const GAN_LOSSES = {
  minimax: { d: crossEntropy, g: (r, f) => [-softplus(f), -logistic(f)] },
  "non-saturating": { d: crossEntropy, g: (r, f) => [softplus(-f), -logistic(-f)] },
  "least-squares": {
    d: (r, f) => [((r - 1) ** 2 + f ** 2) / 2, r - 1, f],
    g: (r, f) => [(f - 1) ** 2 / 2, f - 1],
  },
  hinge: {
    d: (r, f) => [Math.max(0, 1 - r) + Math.max(0, 1 + f), r < 1 ? -1 : 0, f > -1 ? 1 : 0],
    g: (r, f) => [-f, -1],
  },
  relativistic: {
    d: (r, f) => [softplus(f - r), -logistic(f - r), logistic(f - r)],
    g: (r, f) => [softplus(r - f), -logistic(r - f)],
  },
};

// c += a·b, c row by row; the strides [down, across] say how a and b are stored. It skips the
// zeros of a, half of what ReLU lets through, and adds up eight columns at a time.
function multiply(a, [down, across], b, [ba, bb], c, [rows, inner, columns]) {
  const [places, values] = [new Int32Array(inner), new Float64Array(inner)];
  const step = columns % 8 ? 1 : 8;
  for (let r = 0; r < rows; r++) {
    let n = 0;
    for (let i = 0, from = r * down; i < inner; i++, from += across) {
      values[n] = a[from];
      places[n] = i * ba;
      n += a[from] === 0 ? 0 : 1;
    }
    for (let j = 0, at = r * columns; j < columns; j += step, at += step) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
      for (let k = 0, first = j * bb; k < n; k++) {
        const v = values[k], w = places[k] + first;
        s0 += v * b[w];
        if (step === 1) continue;
        s1 += v * b[w + bb]; s2 += v * b[w + 2 * bb]; s3 += v * b[w + 3 * bb];
        s4 += v * b[w + 4 * bb]; s5 += v * b[w + 5 * bb]; s6 += v * b[w + 6 * bb];
        s7 += v * b[w + 7 * bb];
      }
      c[at] += s0;
      if (step === 1) continue;
      c[at + 1] += s1; c[at + 2] += s2; c[at + 3] += s3;
      c[at + 4] += s4; c[at + 5] += s5; c[at + 6] += s6; c[at + 7] += s7;
    }
  }
}

// Dense layers with ReLU between them. `weights` holds each layer's kernel and bias in turn, as
// Keras orders them; without weights they are drawn as Keras' GlorotUniform draws them.
export class Dense {
  constructor(sizes, weights, uniform) {
    const size = sizes.slice(1).reduce((sum, outputs, k) => sum + (sizes[k] + 1) * outputs, 0);
    this.weights = new Float64Array(weights || size);
    [this.gradient, this.squares, this.steps] = [new Float64Array(size), new Float64Array(size), 0];
    let at = 0;
    this.layers = sizes.slice(1).map((outputs, k) => {
      const [inputs, start, middle] = [sizes[k], at, at + sizes[k] * outputs];
      at = middle + outputs;
      const parts = (all) => [all.subarray(start, middle), all.subarray(middle, at)];
      const [[kernel, bias], slopes] = [parts(this.weights), parts(this.gradient)];
      const limit = Math.sqrt(6 / (inputs + outputs));
      if (!weights) kernel.set(kernel.map(() => limit * (2 * uniform() - 1)));
      return { inputs, outputs, kernel, bias, slopes };
    });
  }

  // Inputs, row by row → [inputs, what each layer makes of them …, outputs].
  forward(x) {
    const values = [x];
    this.layers.forEach(({ inputs, outputs, kernel, bias }, k) => {
      const rows = values[k].length / inputs;
      const y = new Float64Array(rows * outputs);
      for (let r = 0; r < y.length; r += outputs) {
        for (let j = 0; j < outputs; j++) y[r + j] = bias[j];
      }
      multiply(values[k], [inputs, 1], kernel, [outputs, 1], y, [rows, inputs, outputs]);
      if (k + 1 < this.layers.length) for (let i = 0; i < y.length; i++) if (y[i] < 0) y[i] = 0;
      values.push(y);
    });
    return values;
  }

  // A loss' slope in the outputs → its slope in the weights, which is kept in `gradient`; or,
  // with frozen weights, → its slope in the inputs, which is returned.
  backward(values, slope, frozen = false) {
    if (!frozen) this.gradient.fill(0);
    for (let k = this.layers.length - 1; k >= 0; k--) {
      const { inputs, outputs, kernel, slopes } = this.layers[k];
      const [x, rows] = [values[k], slope.length / outputs];
      if (!frozen) {
        multiply(x, [1, inputs], slope, [outputs, 1], slopes[0], [inputs, rows, outputs]);
        for (let i = 0; i < slope.length; i++) slopes[1][i % outputs] += slope[i];
        if (k === 0) return null;
      }
      const back = new Float64Array(x.length);
      multiply(slope, [outputs, 1], kernel, [1, outputs], back, [rows, outputs, inputs]);
      if (k > 0) for (let i = 0; i < back.length; i++) if (x[i] === 0) back[i] = 0;
      slope = back;
    }
    return slope;
  }

  // A step down the gradient: Keras' Adam(rate, beta_1=0, beta_2=0.9), or its SGD(rate).
  descend(rate, optimizer) {
    const scale = rate * Math.sqrt(1 - BETA ** ++this.steps);
    this.gradient.forEach((g, i) => {
      this.squares[i] += (g * g - this.squares[i]) * (1 - BETA);
      const adam = (scale * g) / (Math.sqrt(this.squares[i]) + EPSILON);
      this.weights[i] -= optimizer === "SGD" ? rate * g : adam;
    });
  }
}

// The game. `settings` are those of game.py; real points scatter by `sigma` around the skeleton of
// `shape`; `weights` of both networks may be missing; `lattice` holds the latents of the grid.
export class Game {
  constructor(settings, shape, weights, lattice) {
    Object.assign(this, { settings, shape, ...random(settings.seed), rounds: 0 });
    const sizes = [settings.latent_dim, HIDDEN, HIDDEN, 2];
    this.generator = new Dense(sizes, weights?.generator, this.uniform);
    this.discriminator = new Dense([2, HIDDEN, HIDDEN, 1], weights?.discriminator, this.uniform);
    this.scores = (points) => this.discriminator.forward(points).at(-1);
    const { real, latents } = this.draw(MEASURED);
    [this.real, this.latents] = [real, Float64Array.of(...latents, ...lattice)];
  }

  // A batch: real points (x, y, x, y, …), latents, and a direction for each real point and fake.
  draw(count = BATCH) {
    const { skeleton, sigma } = this.shape;
    const noise = (length) => Float64Array.from({ length }, this.normal);
    const from = noise(count).map(() => 2 * Math.floor((this.uniform() * skeleton.length) / 2));
    const real = noise(2 * count).map((v, i) => skeleton[from[i >> 1] + (i % 2)] + sigma * v);
    const directions = this.settings.gp_weight ? noise(4 * count) : [];
    return { real, latents: noise(count * this.settings.latent_dim), directions };
  }

  stepDiscriminator({ real, latents, directions } = this.draw()) {
    const { loss, gp_weight: weight, discriminator_rate: rate, optimizer } = this.settings;
    const points = Float64Array.of(...real, ...this.generator.forward(latents).at(-1));
    const near = weight ? points.map((v, i) => v + SIGMA * directions[i]) : [];
    const values = this.discriminator.forward(Float64Array.of(...points, ...near));
    const [logits, slope, n] = [values.at(-1), values.at(-1).map(() => 0), real.length / 2];
    for (let i = 0; i < n; i++) {
      const [, ofReal, ofFake] = GAN_LOSSES[loss].d(logits[i], logits[n + i]);
      [slope[i], slope[n + i]] = [ofReal / n, ofFake / n];
    }
    for (let i = 0; weight && i < 2 * n; i++) {
      slope[2 * n + i] = (weight * (logits[2 * n + i] - logits[i])) / (SIGMA ** 2 * n);
      slope[i] -= slope[2 * n + i];
    }
    this.discriminator.backward(values, slope);
    this.discriminator.descend(rate, optimizer);
  }

  stepGenerator({ real, latents } = this.draw()) {
    const values = this.generator.forward(latents);
    const slope = this.slopeAtFakes(real, values.at(-1)).map((v) => (2 * v) / real.length);
    this.generator.backward(values, slope);
    this.generator.descend(this.settings.generator_rate, this.settings.optimizer);
  }

  // The slope of each fake's part of G's loss in the coordinates of the fake; D is frozen.
  slopeAtFakes(real, fakes) {
    const values = this.discriminator.forward(fakes);
    const logits = this.settings.loss === "relativistic" ? this.scores(real) : values.at(-1);
    const slope = values.at(-1).map((f, i) => GAN_LOSSES[this.settings.loss].g(logits[i], f)[1]);
    return this.discriminator.backward(values, slope, true);
  }

  round() {
    for (let i = 0; i < this.settings.discriminator_steps; i++) this.stepDiscriminator();
    for (let i = 0; i < this.settings.generator_steps; i++) this.stepGenerator();
    this.rounds += 1;
  }

  // What is seen at this moment, in pictures and numbers; the game does not change.
  look() {
    const { loss } = this.settings;
    const made = this.generator.forward(this.latents).at(-1);
    const [measured, net] = [made.slice(0, 2 * MEASURED), made.slice(2 * MEASURED)];
    const [real, fakes] = [this.real, made].map((points) => points.slice(0, 2 * SHOWN));
    const [ofReal, ofFakes] = [this.scores(real), this.scores(fakes)];
    const mean = (of) => ofReal.reduce((sum, r, i) => sum + of(r, ofFakes[i]), 0) / SHOWN;
    const middles = { relativistic: mean((r, f) => (r + f) / 2), "least-squares": 0.5 };
    const push = this.slopeAtFakes(real, fakes.slice(0, 2 * PUSHED)).map((v) => -v);
    const lengths = push.map((v, i) => (i % 2 ? 0 : Math.hypot(v, push[i + 1]) / PUSHED));
    return {
      ...{ real, fakes, net, push, rounds: this.rounds, modes: this.shape.centers.length },
      steps: this.discriminator.steps + this.generator.steps,
      ground: this.scores(MIDDLES).map((score) => score - (middles[loss] ?? 0)),
      d_loss: mean((r, f) => GAN_LOSSES[loss].d(r, f)[0]),
      g_loss: mean((r, f) => GAN_LOSSES[loss].g(r, f)[0]),
      accuracy: mean((r, f) => r > f),
      push_length: lengths.reduce((sum, v) => sum + v),
      distance: distance(this.real, measured),
      covered: covered(measured, this.shape),
    };
  }
}
