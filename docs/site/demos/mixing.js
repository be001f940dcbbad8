// Lesson 47: pictures of all pairs of styles at all crossovers, computed by the network beforehand.

const n = data.faces;
const across = n;
const choose = [0, 1];
const left = element(main, "div", { class: "side" });
const right = element(main, "div", { style: "width: 240px" });
const canvas = canvasIn(right, data.size, data.size, 240);
const words = element(right, "p");
const picks = [];

// the picture with the first style before the crossover, and the second from it on
const place = (first, second, crossover) => (crossover * n + first) * n + second;
const ready = sheet(data.sheet, data.size, across).then((stamp) => {
  ["Shape of", "Colours of"].forEach((title, which) => {
    element(left, "p", { id: `title${which}` }, title);
    const row = element(left, "div", { class: "pick", role: "group", "aria-labelledby": `title${which}` });
    picks.push(Array.from({ length: n }, (_, k) => {
      const one = button(row, "", () => { choose[which] = k; draw(); });
      one.setAttribute("aria-label", `character ${k + 1}`);
      stamp(canvasIn(one, data.size, data.size, 28), place(k, k, 0));
      one.querySelector("canvas").setAttribute("aria-hidden", "true");
      return one;
    }));
  });
  const crossover = slider(left, "layers with the style of the first", 0, data.layers, 1, data.start, (v) => `${v} of ${data.layers}`, () => draw());
  function draw() {
    picks.forEach((row, which) => row.forEach((one, k) => one.setAttribute("aria-pressed", k === choose[which])));
    stamp(canvas, place(...choose, crossover.value));
    words.textContent = `character ${choose[0] + 1} in the first ${crossover.value} layers, character ${choose[1] + 1} in the other ${data.layers - crossover.value}`;
    canvas.setAttribute("aria-label", `a generated face: ${words.textContent}`);
  }
  element(left, "p", {}, "The pictures were computed beforehand: all pairs, all crossovers.");
  draw();
  window.demo.at = ([first, second, layers]) => {
    [choose[0], choose[1]] = [first, second];
    crossover.value = layers;
    draw();
    return pixelsOf(canvas);
  };
});
window.demo = { ready };
