// Evaluates a Keras model in the page, from what widgets/export.py writes. Equal to Keras'
// outputs to 1e-4: tests/test_network.py compares each kind of layer and each shipped network.

const LEAKY_SLOPE = 0.2; // of Keras' activation "leaky_relu"

const ACTIVATIONS = {
  linear: () => {},
  relu: (y) => each(y, (v) => (v > 0 ? v : 0)),
  leaky_relu: (y, node) => {
    const slope = node.slope ?? LEAKY_SLOPE;
    each(y, (v) => (v > 0 ? v : slope * v));
  },
  elu: (y) => each(y, (v) => (v > 0 ? v : Math.expm1(v))),
  softplus: (y) => each(y, (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
  sigmoid: (y) => each(y, (v) => 1 / (1 + Math.exp(-v))),
  tanh: (y) => each(y, Math.tanh),
  softmax: (y, node) => {
    const width = node.shape.at(-1);
    for (let start = 0; start < y.length; start += width) {
      const row = y.subarray(start, start + width);
      const largest = Math.max(...row);
      each(row, (v) => Math.exp(v - largest));
      const total = row.reduce((sum, v) => sum + v, 0);
      each(row, (v) => v / total);
    }
  },
};

// Each operation: (node, its inputs, y) fills y, which is given as zeros; `shapes` are those
// of the inputs. All images are (height, width, channels), row by row.
const OPERATIONS = {
  dense(node, [x], y) {
    const { kernel, bias } = node;
    const outputs = node.shape.at(-1);
    const inputs = kernel.length / outputs;
    for (let row = 0; row * inputs < x.length; row++) {
      spread(kernel, 0, x, row * inputs, inputs, y, row * outputs, outputs);
    }
    addBias(y, bias);
    ACTIVATIONS[node.activation](y, node);
  },

  convolution(node, [x], y, [shape]) {
    const [channels, outputs] = [shape.at(-1), node.shape.at(-1)];
    visit(node, shape, node.shape, (large, small, tap) => {
      spread(node.kernel, tap * channels, x, large * channels, channels, y, small * outputs, outputs);
    });
    addBias(y, node.bias);
    ACTIVATIONS[node.activation](y, node);
  },

  // The gradient of a convolution: each input goes to all outputs that would have read it.
  transposed(node, [x], y, [shape]) {
    const [channels, outputs] = [shape.at(-1), node.shape.at(-1)];
    visit(node, node.shape, shape, (large, small, tap) => {
      spread(node.kernel, tap * channels, x, small * channels, channels, y, large * outputs, outputs);
    });
    addBias(y, node.bias);
    ACTIVATIONS[node.activation](y, node);
  },

  affine(node, [x], y) {
    const { scale, shift } = node;
    for (let i = 0; i < x.length; i++) {
      y[i] = x[i] * scale[i % scale.length] + shift[i % shift.length];
    }
  },

  activation(node, [x], y) {
    y.set(x);
    ACTIVATIONS[node.activation](y, node);
  },

  pooling(node, [x], y, [shape]) {
    const [height, width, channels] = shape;
    const [rows, columns] = node.shape;
    const { size, strides } = node;
    const [top, left] = [0, 1].map((axis) => before(node, axis, shape[axis], node.shape[axis]));
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const [row, column] = [r * strides[0] - top, c * strides[1] - left];
        const [first, last] = [Math.max(row, 0), Math.min(row + size[0], height)];
        const [start, end] = [Math.max(column, 0), Math.min(column + size[1], width)];
        for (let k = 0; k < channels; k++) {
          let largest = -Infinity;
          let sum = 0;
          for (let i = first; i < last; i++) {
            for (let j = start; j < end; j++) {
              const v = x[(i * width + j) * channels + k];
              largest = Math.max(largest, v);
              sum += v;
            }
          }
          const count = (last - first) * (end - start);
          y[(r * columns + c) * channels + k] = node.mean ? sum / count : largest;
        }
      }
    }
  },

  global_pooling(node, [x], y, [shape]) {
    const channels = shape.at(-1);
    const places = x.length / channels;
    y.fill(node.mean ? 0 : -Infinity);
    for (let i = 0; i < x.length; i++) {
      const k = i % channels;
      y[k] = node.mean ? y[k] + x[i] / places : Math.max(y[k], x[i]);
    }
  },

  upsampling(node, [x], y, [shape]) {
    const [, width, channels] = shape;
    const [rows, columns] = node.shape;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const place = Math.floor(r / node.size[0]) * width + Math.floor(c / node.size[1]);
        const from = x.subarray(place * channels, (place + 1) * channels);
        y.set(from, (r * columns + c) * channels);
      }
    }
  },

  concatenation(node, inputs, y, shapes) {
    const widths = shapes.map((shape) => shape.at(-1));
    const total = node.shape.at(-1);
    let offset = 0;
    inputs.forEach((x, which) => {
      const width = widths[which];
      for (let row = 0; row * width < x.length; row++) {
        y.set(x.subarray(row * width, (row + 1) * width), row * total + offset);
      }
      offset += width;
    });
  },

  sum(node, inputs, y) {
    for (const x of inputs) for (let i = 0; i < y.length; i++) y[i] += x[i];
  },

  same(node, [x], y) {
    y.set(x);
  },
};

// `spec` as export.py returns it → a function from inputs (one array, or one for each input of
// the model) to the output, a Float32Array that the next call overwrites.
export function evaluator(spec) {
  const bytes = Uint8Array.from(atob(spec.weights), (letter) => letter.charCodeAt(0));
  const nodes = spec.nodes.map((node) => {
    const found = { ...node };
    for (const name of ["kernel", "bias", "scale", "shift", "steps"]) {
      if (node[name]) found[name] = numbers(bytes, ...node[name]);
    }
    const { kernel, steps } = found;
    if (steps) found.kernel = Float32Array.from(kernel, (v, i) => v * steps[i % steps.length]);
    return found;
  });
  const results = nodes.map((node) => new Float32Array(product(node.shape)));
  const shapes = nodes.map((node) => node.from.map((source) => nodes[source].shape));
  return (...inputs) => {
    spec.inputs.forEach((number, which) => {
      if (inputs[which]?.length !== results[number].length) {
        throw new Error(
          `input ${which} has ${inputs[which]?.length} numbers; give ${results[number].length}`,
        );
      }
      results[number].set(inputs[which]);
    });
    nodes.forEach((node, number) => {
      if (node.op === "input") return;
      const read = node.from.map((source) => results[source]);
      results[number].fill(0);
      OPERATIONS[node.op](node, read, results[number], shapes[number]);
    });
    return results[spec.output];
  };
}

// Pixels before the image along an axis, as TensorFlow pads it; `large` and `small` are the
// sides before and after the (forward) operation.
function before(node, axis, large, small) {
  if (node.padding !== "same") return 0;
  const total = (small - 1) * node.strides[axis] + node.size[axis] - large;
  return Math.floor(Math.max(total, 0) / 2);
}

// Call `use` with each pair of places, in the large image and in the small one, that a tap of
// the kernel connects, and with that tap's number.
function visit(node, large, small, use) {
  const { size, strides } = node;
  const [top, left] = [0, 1].map((axis) => before(node, axis, large[axis], small[axis]));
  for (let r = 0; r < small[0]; r++) {
    for (let c = 0; c < small[1]; c++) {
      for (let a = 0; a < size[0]; a++) {
        const row = r * strides[0] + a - top;
        if (row < 0 || row >= large[0]) continue;
        for (let b = 0; b < size[1]; b++) {
          const column = c * strides[1] + b - left;
          if (column < 0 || column >= large[1]) continue;
          use(row * large[1] + column, r * small[1] + c, a * size[1] + b);
        }
      }
    }
  }
}

// Add the product of `inputs` numbers of x and a matrix (inputs, outputs) to numbers of y.
function spread(matrix, first, x, from, inputs, y, to, outputs) {
  for (let i = 0; i < inputs; i++) {
    const v = x[from + i];
    if (v === 0) continue;
    const row = (first + i) * outputs;
    for (let j = 0; j < outputs; j++) y[to + j] += v * matrix[row + j];
  }
}

function addBias(y, bias) {
  if (bias) for (let i = 0; i < y.length; i++) y[i] += bias[i % bias.length];
}

function each(y, change) {
  for (let i = 0; i < y.length; i++) y[i] = change(y[i]);
}

function product(shape) {
  return shape.reduce((total, side) => total * side, 1);
}

const STORED = { int8: Int8Array, int16: Int16Array, float32: Float32Array };

function numbers(bytes, type, start, count) {
  const kind = STORED[type];
  return new kind(bytes.slice(start, start + count * kind.BYTES_PER_ELEMENT).buffer);
}
