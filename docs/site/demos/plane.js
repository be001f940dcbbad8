// Lesson 31: a decoder of two numbers, three matrix products.

const layers = data.layers.map(({ kernel, bias, activation }) => ({ kernel: halves(kernel), bias: halves(bias), activation }));
const space = { extent: data.extent };
const plane = element(main, "div", { class: "plane" });
const map = element(plane, "img", { src: data.map, alt: data.map_alt, width: 360, height: 360, draggable: "false" });
map.style.display = "block";
const side = element(main, "div");
const canvas = canvasIn(side, 28, 28, 280);
const words = element(side, "p");
element(side, "p", {}, "Drag the ring, or use the arrow keys.");

function decode(code) {
  return layers.reduce((x, layer) => dense(layer, x), code);
}

function draw() {
  const pixels = decode(ring.at);
  paint(canvas, pixels);
  words.textContent = `latent code (${ring.at.map((v) => v.toFixed(2)).join(", ")})`;
  canvas.setAttribute("aria-label", `the digit decoded from ${words.textContent}`);
  return pixels;
}

const ring = handle(plane, "place in the latent space", data.start, space, draw);
draggable(plane, [ring]);
draw();

window.demo = { ready: Promise.resolve(), at: ([x, y]) => { ring.put(x, y); return Array.from(decode([x, y])); } };
