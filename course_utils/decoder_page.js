// The script of explorers' decoder page: a decoder in plain arithmetic, and a slider for each direction of its code.
// All of it is in the page: no kernel and no network is asked.

const model = JSON.parse(document.getElementById("model").textContent);

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

// int8 -> real numbers: scale · (q - zero point)
function kernelOf({ q, scale, zero }) {
  return Float32Array.from(new Int8Array(bytes(q).buffer), (one) => scale * (one - zero));
}

const ACTIVATIONS = {
  linear: (v) => v,
  relu: (v) => Math.max(v, 0),
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
};

// kernel (inputs, units)
function dense({ kernel, bias, activation }, x) {
  const y = Float32Array.from(bias);
  for (let i = 0; i < x.length; i++) {
    for (let u = 0; u < y.length; u++) y[u] += x[i] * kernel[i * y.length + u];
  }
  return y.map(ACTIVATIONS[activation]);
}

// kernel (size, size, outputs, inputs), padding "same": each place stamps its kernel onto the output
function transposed({ kernel, bias, activation, size, stride, rows, columns }, x) {
  const outputs = bias.length;
  const inputs = x.length / (rows * columns);
  const [height, width] = [rows * stride, columns * stride];
  const before = Math.floor(Math.max(size - stride, 0) / 2);
  const y = new Float32Array(height * width * outputs);
  for (let p = 0; p < y.length; p++) y[p] = bias[p % outputs];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const from = (r * columns + c) * inputs;
      for (let i = 0; i < size; i++) {
        const row = r * stride + i - before;
        if (row < 0 || row >= height) continue;
        for (let j = 0; j < size; j++) {
          const column = c * stride + j - before;
          if (column < 0 || column >= width) continue;
          for (let o = 0; o < outputs; o++) {
            const at = ((i * size + j) * outputs + o) * inputs;
            let sum = 0;
            for (let k = 0; k < inputs; k++) sum += x[from + k] * kernel[at + k];
            y[(row * width + column) * outputs + o] += sum;
          }
        }
      }
    }
  }
  return y.map(ACTIVATIONS[activation]);
}

const KINDS = { dense, transposed };
const parts = model.parts.map((layers) =>
  layers.map((layer) => ({ ...layer, kernel: kernelOf(layer.kernel), bias: floats(layer.bias) })),
);
const codes = model.codes.map(floats);
const directions = model.sliders.map((slider) => floats(slider.direction));
const canvas = document.querySelector("canvas");
canvas.width = model.width;
canvas.height = model.height;
const pen = canvas.getContext("2d", { willReadFrequently: true });
const times = [];
let face = 0;

const controls = model.sliders.map(({ name, low, high, start }) => {
  const label = document.createElement("label");
  const words = document.createElement("span");
  const slider = document.createElement("input");
  const value = document.createElement("output");
  words.textContent = name;
  Object.assign(slider, { type: "range", min: low, max: high, step: (high - low) / 40, value: start });
  slider.addEventListener("input", draw);
  label.append(words, slider, value);
  document.getElementById("sliders").append(label);
  return { slider, value, name, start };
});

// the pictures of all parts, added
function decode(code) {
  const pictures = parts.map((layers) => layers.reduce((x, layer) => KINDS[layer.kind](layer, x), code));
  return pictures[0].map((v, p) => pictures.reduce((sum, x) => sum + x[p], 0));
}

function draw() {
  const code = Float32Array.from(codes[face], (v, k) =>
    controls.reduce((sum, { slider }, s) => sum + Number(slider.value) * directions[s][k], v),
  );
  const begin = performance.now();
  const x = decode(code);
  times.push(performance.now() - begin);
  const image = pen.createImageData(model.width, model.height);
  const channels = x.length / (model.width * model.height);
  for (let p = 0; p < model.width * model.height; p++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * p + c] = Math.round(255 * Math.min(Math.max(x[p * channels + (c % channels)], 0), 1));
    }
    image.data[4 * p + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  for (const { slider, value } of controls) value.textContent = Number(slider.value).toFixed(2);
  const said = controls.map(({ name, slider }) => `${name} ${Number(slider.value).toFixed(2)}`).join(", ");
  canvas.setAttribute("aria-label", `Decoded picture ${face + 1} of ${codes.length}: ${said}`);
  const sorted = times.slice(-50).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  document.getElementById("speed").textContent = `${median.toFixed(1)} ms a picture (median of the last ${sorted.length})`;
}

document.getElementById("next").addEventListener("click", () => {
  face = (face + 1) % codes.length;
  draw();
});
document.getElementById("reset").addEventListener("click", () => {
  for (const { slider, start } of controls) slider.value = start;
  draw();
});
draw();
