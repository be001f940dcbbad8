// What the demos share: reading numbers, two kinds of layers' arithmetic, painting, labelled controls.

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// 16-bit floating point numbers, as NumPy writes them
function halves(text) {
  const raw = new Uint16Array(bytes(text).buffer);
  return Float32Array.from(raw, (h) => {
    const [sign, exponent, fraction] = [h >> 15 ? -1 : 1, (h >> 10) & 31, h & 1023];
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

function erf(x) {
  // Abramowitz and Stegun (1964), 7.1.26: within 1.5e-7
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

const ACTIVATIONS = {
  linear: (v) => v,
  gelu: (v) => 0.5 * v * (1 + erf(v / Math.SQRT2)),
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

function element(parent, name, attributes = {}, words = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = words;
  parent.append(made);
  return made;
}

function canvasIn(parent, width, height, shown) {
  const canvas = element(parent, "canvas", { role: "img", width, height });
  canvas.style.width = `${shown}px`;
  return canvas;
}

function penOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

// pixels (height * width * channels) with values from 0 to 1; one channel is grey
function paint(canvas, pixels) {
  const n = canvas.width * canvas.height;
  const channels = pixels.length / n;
  const pen = penOf(canvas);
  const image = pen.createImageData(canvas.width, canvas.height);
  for (let p = 0; p < n; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = Math.round(255 * Math.min(1, Math.max(0, pixels[p * channels + (c % channels)])));
    image.data[4 * p + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

function button(parent, words, action) {
  const made = element(parent, "button", { type: "button" }, words);
  made.addEventListener("click", action);
  return made;
}

function slider(parent, words, low, high, step, value, say, action) {
  // by its id: within a label the output would be what is labelled
  const id = `slider-${document.querySelectorAll("input").length}`;
  const label = element(parent, "label", { for: id });
  element(label, "span", {}, words);
  const output = element(label, "output");
  const input = element(label, "input", { id, type: "range", min: low, max: high, step, value });
  const tell = () => {
    output.textContent = say(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    tell();
    action();
  });
  tell();
  return { get value() { return Number(input.value); }, set value(v) { input.value = v; tell(); } };
}

// a handle that goes by pointer and arrow keys; place(x, y) gives pixels, back(px, py) coordinates
function handle(plane, words, start, space, moved) {
  const ring = element(plane, "div", { class: "ring", tabindex: "0", role: "slider", "aria-roledescription": "two-dimensional slider", "aria-label": words });
  const at = [...start];
  const put = (x, y, quiet = false) => {
    [at[0], at[1]] = [x, y].map((v) => Math.min(space.extent, Math.max(-space.extent, v)));
    ring.style.left = `${100 * (at[0] / space.extent + 1) / 2}%`;
    ring.style.top = `${100 * (1 - at[1] / space.extent) / 2}%`;
    for (const [key, value] of Object.entries({ valuemin: -space.extent, valuemax: space.extent, valuenow: at[0].toFixed(2), valuetext: at.map((v) => v.toFixed(2)).join(", ") })) ring.setAttribute(`aria-${key}`, value);
    if (!quiet) moved();
  };
  const follow = (event) => {
    const box = plane.getBoundingClientRect();
    put(((event.clientX - box.left) / box.width * 2 - 1) * space.extent, (1 - (event.clientY - box.top) / box.height * 2) * space.extent);
  };
  ring.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    const step = (space.extent / 50) * (event.shiftKey ? 5 : 1);
    put(at[0] + way[0] * step, at[1] + way[1] * step);
    event.preventDefault();
  });
  put(...start, true);
  return { ring, at, put, follow };
}

// drag whichever handle is nearest to the pointer
function draggable(plane, handles) {
  let held = null;
  plane.addEventListener("pointerdown", (event) => {
    const far = ({ ring }) => {
      const box = ring.getBoundingClientRect();
      return Math.hypot(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
    };
    held = handles.reduce((best, one) => (far(one) < far(best) ? one : best));
    plane.setPointerCapture(event.pointerId);
    held.ring.focus();
    held.follow(event);
    event.preventDefault();
  });
  plane.addEventListener("pointermove", (event) => held && held.follow(event));
  for (const end of ["pointerup", "pointercancel"]) plane.addEventListener(end, () => (held = null));
}

// a sheet of equal pictures in one PNG, ready after its promise
async function sheet(address, size, across) {
  const image = new Image();
  // not decode(), which waits for ever in a page that is not in front
  await new Promise((done, fail) => Object.assign(image, { onload: done, onerror: fail, src: address }));
  return (canvas, k) => penOf(canvas).drawImage(image, (k % across) * size, Math.floor(k / across) * size, size, size, 0, 0, size, size);
}

function pixelsOf(canvas) {
  return Array.from(penOf(canvas).getImageData(0, 0, canvas.width, canvas.height).data);
}

// the page around learns how high the demo is
new ResizeObserver(() => parent.postMessage({ demoHeight: document.documentElement.offsetHeight }, "*")).observe(document.body);
