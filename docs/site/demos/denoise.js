// Lesson 51: what the sampler saw at each step, for ten digits and several starts, computed beforehand.

const left = element(main, "div", { class: "side" });
const right = element(main, "div");
const canvas = canvasIn(right, data.size, data.size, 256);
const words = element(right, "p");
let [digit, start] = [7, 0];

const place = (d, s, k) => (s * 10 + d) * data.steps + k;
const ready = sheet(data.sheet, data.size, data.steps).then((stamp) => {
  element(left, "p", { id: "asked" }, "Ask for a digit");
  const row = element(left, "div", { role: "group", "aria-labelledby": "asked" });
  const digits = Array.from({ length: 10 }, (_, k) => button(row, `${k}`, () => { digit = k; play(); }));
  const step = slider(left, "step of the sampler", 0, data.steps - 1, 1, data.steps - 1, (v) => `${v} of ${data.steps - 1}`, () => { clearTimeout(timer); draw(); });
  button(left, "Other noise", () => { start = (start + 1) % data.starts; play(); });
  button(left, "Play", () => play());
  element(left, "p", {}, "The pictures were computed beforehand, by DDIM with guidance 2.");
  let timer = null;
  function draw() {
    digits.forEach((one, k) => one.setAttribute("aria-pressed", k === digit));
    stamp(canvas, place(digit, start, step.value));
    words.textContent = `a ${digit}, please: start ${start + 1}, step ${step.value} of ${data.steps - 1}`;
    canvas.setAttribute("aria-label", `noise on its way to a digit. ${words.textContent}`);
  }
  function play() {
    clearTimeout(timer);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    step.value = still ? data.steps - 1 : 0;
    const go = () => {
      draw();
      if (step.value >= data.steps - 1) return;
      timer = setTimeout(() => { step.value = step.value + 1; go(); }, 120);
    };
    go();
  }
  draw();
  window.demo.at = ([d, s, k]) => {
    clearTimeout(timer);
    [digit, start] = [d, s];
    step.value = k;
    draw();
    return pixelsOf(canvas);
  };
});
window.demo = { ready };
