// Lesson 35: melodies decoded on the way between two real ones; the browser makes the sound.

const STEP = 0.15; // seconds
const left = element(main, "div", { class: "side" });
const right = element(main, "div");
const canvas = element(right, "canvas", { role: "img", width: 640, height: 260 });
Object.assign(canvas.style, { width: "320px", imageRendering: "auto" });
const words = element(right, "p");

function picker(title, value) {
  const label = element(left, "label");
  element(label, "span", {}, title);
  const select = element(label, "select");
  data.titles.forEach((name, k) => element(select, "option", { value: k }, name));
  select.value = value;
  select.addEventListener("change", () => draw());
  return select;
}

const pickers = [picker("from", 0), picker("to", 1)];
const way = slider(left, "way from the first to the second", 0, data.ways - 1, 1, 0, (v) => (v / (data.ways - 1)).toFixed(2), () => draw());
button(left, "Play this melody", () => sound([notes()]));
button(left, "Play the whole way", () => sound(Array.from({ length: data.ways }, (_, w) => notes(w))));
button(left, "Stop", stop);

// notes (start, length, pitch) in steps, of 16 in all; the way back is the way there, reversed
function notes(w = way.value) {
  const [a, b] = pickers.map((select) => Number(select.value));
  return a <= b ? data.notes[a][b - a][w] : data.notes[b][a - b][data.ways - 1 - w];
}

function draw() {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, 640, 260);
  for (let step = 0; step <= 16; step += 4) {
    pen.fillStyle = step % 8 ? "#e5e5e5" : "#bbbbbb";
    pen.fillRect(step * 40 - 1, 0, 2, 260);
  }
  pen.fillStyle = "#0072B2";
  for (const [start, length, pitch] of notes()) pen.fillRect(start * 40 + 2, 250 - (pitch - 54) * 7, length * 40 - 4, 8);
  words.textContent = `${notes().length} notes, ${way.value} of ${data.ways - 1} steps on the way`;
  canvas.setAttribute("aria-label", `Piano roll, time to the right, pitch upwards: ${notes().map(([start, , pitch]) => `pitch ${pitch} at ${start}`).join(", ")}`);
}

let context = null;
function stop() {
  context?.close();
  context = null;
}

function sound(melodies) {
  stop();
  context = new AudioContext();
  melodies.forEach((melody, k) => {
    for (const [start, length, pitch] of melody) {
      const from = context.currentTime + 0.05 + (16 * k + start) * STEP;
      const end = from + length * STEP;
      const loudness = context.createGain();
      loudness.connect(context.destination);
      loudness.gain.setValueAtTime(0, from);
      loudness.gain.linearRampToValueAtTime(0.2, from + 0.01);
      loudness.gain.exponentialRampToValueAtTime(0.02, end);
      for (const [times, part] of [[1, 1], [2, 0.5]]) {
        const [wave, share] = [context.createOscillator(), context.createGain()];
        share.gain.value = part;
        wave.frequency.value = times * 440 * 2 ** ((pitch - 69) / 12);
        wave.connect(share).connect(loudness);
        wave.start(from);
        wave.stop(end + 0.01);
      }
    }
  });
}

draw();
window.demo = {
  ready: Promise.resolve(),
  at: ([a, b, w]) => {
    [pickers[0].value, pickers[1].value] = [a, b];
    way.value = w;
    draw();
    return notes().flat();
  },
};
