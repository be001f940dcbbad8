// A demo says how high it is; its frame follows.
addEventListener("message", ({ source, data }) => {
  for (const frame of document.querySelectorAll(".demo iframe")) {
    if (frame.contentWindow === source && data.demoHeight) frame.height = data.demoHeight + 4;
  }
});

// What scrolls can be scrolled by keyboard.
function reachable() {
  for (const box of document.querySelectorAll("pre, div.math, .table, .highlight")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
addEventListener("toggle", reachable, true);
