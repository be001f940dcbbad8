// Lesson 41: the player is the generator. The discriminator is the best possible one, D = p / (p + q), and the
// score is the Jensen-Shannon divergence, by a sum over a grid.

const SIDE = 400;
const CELLS = 110;
const space = { extent: data.extent };
const cell = (2 * data.extent) / CELLS;
const centre = (i) => -data.extent + (i + 0.5) * cell;

function mixture(means) {
  const density = new Float64Array(CELLS * CELLS);
  const norm = 1 / (2 * Math.PI * data.std ** 2 * means.length);
  for (const [mx, my] of means) {
    for (let r = 0; r < CELLS; r++) {
      const dy = -centre(r) - my;
      for (let c = 0; c < CELLS; c++) {
        const dx = centre(c) - mx;
        density[r * CELLS + c] += norm * Math.exp(-(dx * dx + dy * dy) / (2 * data.std ** 2));
      }
    }
  }
  return density;
}

function divergence(p, q) {
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    const m = (p[k] + q[k]) / 2;
    if (p[k] > 0) sum += p[k] * Math.log(p[k] / m);
    if (q[k] > 0) sum += q[k] * Math.log(q[k] / m);
  }
  return (sum / 2) * cell * cell;
}

const p = mixture(data.centres);
const plane = element(main, "div", { class: "plane" });
const canvas = canvasIn(plane, CELLS, CELLS, SIDE);
canvas.style.display = "block";
const side = element(main, "div", { class: "side" });
element(side, "p", {}, "The crosses are where real points lie. You draw the fakes: each ring is the centre of an eighth of them. Orange: the discriminator is sure that points here are real. Blue: sure that they are fake. White: it has to toss a coin.");
const score = element(side, "p", { role: "status" });
button(side, "All on one (mode collapse)", () => set(data.centres.map(() => data.centres[0])));
button(side, "Start anew", () => set(data.starts));
element(side, "p", {}, "Drag the rings, or choose one with Tab and use the arrow keys.");

function draw() {
  const q = mixture(rings.map((ring) => ring.at));
  const pixels = new Float32Array(3 * CELLS * CELLS);
  for (let k = 0; k < p.length; k++) {
    const d = p[k] + q[k] > 1e-6 ? p[k] / (p[k] + q[k]) : 0.5;
    const strength = Math.min(1, 4 * (p[k] + q[k]));
    const toward = d > 0.5 ? [0.9, 0.45, 0] : [0, 0.45, 0.7];
    for (let c = 0; c < 3; c++) pixels[3 * k + c] = 1 - strength * 2 * Math.abs(d - 0.5) * (1 - toward[c]);
  }
  for (const [x, y] of data.centres) {
    const [column, row] = [Math.round((x + data.extent) / cell - 0.5), Math.round((data.extent - y) / cell - 0.5)];
    for (const [i, j] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) pixels.fill(0, 3 * ((row + i) * CELLS + column + j), 3 * ((row + i) * CELLS + column + j) + 3);
  }
  paint(canvas, pixels);
  const js = divergence(p, q);
  score.textContent = `Jensen–Shannon divergence ${js.toFixed(3)} nats: ${js < 0.01 ? "the discriminator is fooled" : js > 0.6 ? "the discriminator knows every fake" : "0 would fool it, ln 2 = 0.693 is the worst"}`;
  canvas.setAttribute("aria-label", `Real and fake points in the plane. ${score.textContent}`);
  return js;
}

function set(places) {
  places.forEach(([x, y], k) => rings[k].put(x, y, true));
  return draw();
}

const rings = data.starts.map((start, k) => handle(plane, `fake Gaussian ${k + 1}`, start, space, draw));
draggable(plane, rings);
draw();

window.demo = { ready: Promise.resolve(), at: (places) => [set(places)] };
