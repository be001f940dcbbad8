// The browser's half of explorers.explore_plane: a plane of codes with a handle to drag, and beside
// it the picture that Python decodes from the handle's place.

const SIDE = 400; // of the plane, in CSS pixels
const MARGIN = 34; // for the axes

function element(parent, name, attributes = {}, style = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  Object.assign(made.style, style);
  parent.append(made);
  return made;
}

function drawPlane(canvas, model) {
  const sharp = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIDE * sharp;
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  pen.fillStyle = "white";
  pen.fillRect(0, 0, SIDE, SIDE);
  const extent = model.get("extent");
  const place = (v) => MARGIN + ((v + extent) / (2 * extent)) * (SIDE - 2 * MARGIN);
  pen.font = "11px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const step = extent > 12 ? 10 : extent > 5 ? 2 : extent < 2 ? 0.5 : 1;
  for (let k = -Math.floor(extent / step); k * step <= extent; k++) {
    const at = place(k * step);
    pen.strokeStyle = k === 0 ? "#999999" : "#e6e6e6";
    pen.beginPath();
    pen.moveTo(at, MARGIN);
    pen.lineTo(at, SIDE - MARGIN);
    pen.moveTo(MARGIN, at);
    pen.lineTo(SIDE - MARGIN, at);
    pen.stroke();
    pen.fillStyle = "#333333";
    pen.fillText(`${k * step}`, at, SIDE - MARGIN + 10);
    pen.fillText(`${-k * step}`, MARGIN - 13, at);
  }
  pen.fillText(model.get("axis_names")[0], SIDE / 2, SIDE - 8);
  pen.save();
  pen.translate(8, SIDE / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(model.get("axis_names")[1], 0, 0);
  pen.restore();
  const colors = model.get("colors");
  pen.font = "10px sans-serif";
  for (const [x, y, label] of model.get("dots")) {
    if (Math.max(Math.abs(x), Math.abs(y)) > extent) continue;
    pen.fillStyle = label < 0 ? "#0072B2" : colors[label % colors.length];
    // the glyph says the class, so that nobody has to tell ten colours apart
    pen.fillText(label < 0 ? "•" : `${label}`, place(x), place(-y));
  }
}

function drawPicture(canvas, model) {
  const [height, width] = model.get("shape");
  const view = model.get("image");
  if (!view || view.byteLength !== height * width) return;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(width, height);
  bytes.forEach((grey, k) => pixels.data.set([grey, grey, grey, 255], 4 * k));
  pen.putImageData(pixels, 0, 0);
}

function render({ model, el }) {
  // JupyterLab would take the arrow keys for moving between cells
  const box = element(
    el,
    "div",
    { class: "course-plane", "data-lm-suppress-shortcuts": "true" },
    { display: "flex", flexWrap: "wrap", gap: "24px", alignItems: "center" },
  );
  const plane = element(box, "div", {}, { position: "relative", touchAction: "none" });
  const map = element(plane, "canvas", { "aria-hidden": "true" });
  Object.assign(map.style, { width: `${SIDE}px`, height: `${SIDE}px`, cursor: "crosshair" });
  const handle = element(
    plane,
    "div",
    {
      class: "course-plane-handle",
      tabindex: "0",
      role: "slider",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": "place in the plane of codes; move it with the arrow keys",
    },
    {
      position: "absolute",
      width: "18px",
      height: "18px",
      margin: "-11px 0 0 -11px",
      border: "2px solid black",
      borderRadius: "50%",
      background: "rgba(255, 255, 255, 0.55)",
      boxShadow: "0 0 0 2px white",
      cursor: "grab",
    },
  );
  const side = element(box, "div", {}, { textAlign: "center", fontFamily: "sans-serif" });
  const picture = element(side, "canvas", { class: "course-plane-picture", role: "img" });
  const zoom = model.get("zoom");
  Object.assign(picture.style, { imageRendering: "pixelated" });
  const caption = element(side, "div", { "aria-live": "off" }, { marginTop: "8px" });

  function showPoint() {
    const extent = model.get("extent");
    const [x, y] = model.get("point");
    const place = (v) => MARGIN + ((v + extent) / (2 * extent)) * (SIDE - 2 * MARGIN);
    handle.style.left = `${place(x)}px`;
    handle.style.top = `${place(-y)}px`;
    const words = `code (${x.toFixed(2)}, ${y.toFixed(2)})`;
    const limits = { "aria-valuemin": -extent, "aria-valuemax": extent, "aria-valuenow": x };
    for (const [key, value] of Object.entries(limits)) handle.setAttribute(key, value);
    handle.setAttribute("aria-valuetext", words);
    picture.setAttribute("aria-label", `the picture decoded from ${words}`);
    caption.textContent = words;
  }

  function showPicture() {
    drawPicture(picture, model);
    picture.style.width = `${picture.width * zoom}px`;
    picture.style.height = `${picture.height * zoom}px`;
  }

  // at most one message a frame; the widgets' protocol holds further ones while Python is busy
  let wanted = null;
  function moveTo(x, y) {
    const extent = model.get("extent");
    const clip = (v) => Math.min(extent, Math.max(-extent, v));
    const asked = wanted !== null;
    wanted = [clip(x), clip(y)];
    if (asked) return;
    requestAnimationFrame(() => {
      model.set("point", wanted);
      wanted = null;
      model.save_changes();
    });
  }

  function follow(event) {
    const frame = map.getBoundingClientRect();
    const extent = model.get("extent");
    const scale = (2 * extent) / (SIDE - 2 * MARGIN);
    const grip = SIDE / frame.width; // the page may be zoomed
    const x = ((event.clientX - frame.left) * grip - MARGIN) * scale - extent;
    const y = extent - ((event.clientY - frame.top) * grip - MARGIN) * scale;
    moveTo(x, y);
  }

  let dragging = false;
  plane.addEventListener("pointerdown", (event) => {
    dragging = true;
    plane.setPointerCapture(event.pointerId);
    handle.focus();
    follow(event);
    event.preventDefault();
  });
  plane.addEventListener("pointermove", (event) => dragging && follow(event));
  for (const end of ["pointerup", "pointercancel"])
    plane.addEventListener(end, () => (dragging = false));

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  handle.addEventListener("keydown", (event) => {
    const way = arrows[event.key];
    if (!way) return;
    const step = (model.get("extent") / 60) * (event.shiftKey ? 5 : 1);
    const [x, y] = wanted ?? model.get("point");
    moveTo(x + way[0] * step, y + way[1] * step);
    event.preventDefault();
    event.stopPropagation();
  });

  model.on("change:point", showPoint);
  model.on("change:image", showPicture);
  drawPlane(map, model);
  showPoint();
  showPicture();
  return () => {
    model.off("change:point", showPoint);
    model.off("change:image", showPicture);
  };
}

export default { render };
