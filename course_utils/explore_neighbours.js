// The browser's half of explorers.explore_neighbours: a table of pictures to click, and beside it the
// nearest others of the picture that was clicked. All of it is in the page: no kernel is asked.

function exploreNeighbours(root, data) {
  const { sprite, size, across, columns, rows, names, nearest, right, start } = data;
  const zoom = 1.5;
  const make = (parent, name, style = {}, attributes = {}) => {
    const made = document.createElement(name);
    Object.assign(made.style, style);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  };
  const picture = (element, k, factor) => {
    const side = size * factor;
    Object.assign(element.style, {
      width: `${side}px`,
      height: `${side}px`,
      backgroundImage: `url(${sprite})`,
      backgroundSize: `${across * side}px auto`,
      backgroundPosition: `${-(k % across) * side}px ${-Math.floor(k / across) * side}px`,
      backgroundColor: "white",
    });
  };
  Object.assign(root.style, { fontFamily: "sans-serif", fontSize: "13px" });
  const answer = make(root, "div", {}, { "aria-live": "polite" });
  const bar = make(root, "div", { margin: "10px 0 4px" });
  const table = make(root, "div", {
    display: "grid",
    gridTemplateColumns: `repeat(${columns}, ${size * 0.75}px)`,
    gap: "1px",
    overflowX: "auto",
    maxWidth: "100%",
  });
  const pages = Math.ceil(names.length / (columns * rows));
  let page = Math.floor(start / (columns * rows));
  let chosen = start;

  function show(k) {
    chosen = k;
    answer.replaceChildren();
    const line = make(answer, "div", { display: "flex", flexWrap: "wrap", gap: "8px" });
    const place = (j, words, edge) => {
      const cell = make(line, "div", { width: `${size * zoom + 8}px` });
      const inner = make(cell, "div", { border: edge }, { role: "img", "aria-label": words });
      picture(inner, j, zoom);
      const text = make(cell, "div", { fontSize: "10px", lineHeight: "1.15", marginTop: "2px" });
      text.textContent = words;
    };
    place(k, names[k], "3px solid black");
    make(line, "div", { alignSelf: "center", fontSize: "22px" }).textContent = "→";
    nearest[k].forEach((j, i) => {
      const good = right[k][i] === "1";
      place(j, (good ? "" : "✗ ") + names[j], good ? "3px solid transparent" : "3px dashed #D55E00");
    });
    for (const button of table.children)
      button.style.outline = Number(button.dataset.k) === k ? "2px solid #D55E00" : "none";
  }

  function turn(by) {
    page = (page + by + pages) % pages;
    words.textContent = ` page ${page + 1} of ${pages} `;
    table.replaceChildren();
    const first = page * columns * rows;
    for (let k = first; k < Math.min(first + columns * rows, names.length); k++) {
      const style = { border: "0", padding: "0", cursor: "pointer" };
      const button = make(table, "button", style, { "aria-label": names[k], title: names[k] });
      button.dataset.k = k;
      picture(button, k, 0.75);
      button.addEventListener("click", () => show(k));
    }
    show(chosen);
  }

  const back = make(bar, "button", {}, { "aria-label": "page before" });
  back.textContent = "◀";
  const words = make(bar, "span");
  const on = make(bar, "button", {}, { "aria-label": "next page" });
  on.textContent = "▶";
  make(bar, "span").textContent = " Click a picture; dashed and ✗: not the same.";
  back.addEventListener("click", () => turn(-1));
  on.addEventListener("click", () => turn(1));
  turn(0);
}
