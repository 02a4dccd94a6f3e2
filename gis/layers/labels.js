// Names and counts over the grids, on one canvas, only where they fit inside their grid.
redgridLayers.labels = function (map, options) {
  "use strict";
  const p = options.palette, scale = redgridMap.scale(options.wall);
  const pane = map.createPane("redgrid-labels");
  pane.style.zIndex = 620;
  pane.style.pointerEvents = "none";
  const canvas = L.DomUtil.create("canvas", "", pane);
  const ctx = canvas.getContext("2d");

  function write(words, x, y, font, colour) {
    ctx.font = font;
    ctx.strokeStyle = p.background;
    ctx.lineWidth = 3.5 * scale;
    ctx.globalAlpha = 0.92;
    ctx.strokeText(words, x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour;
    ctx.fillText(words, x, y);
  }

  // Communities are written larger; on a wall nothing is smaller than can be read from afar.
  function fonts(large) {
    const px = options.wall ? 30 * scale : large ? 15 : 12, family = "px system-ui, \"Noto Sans CJK SC\", sans-serif";
    return { px, name: (large ? "600 " : "500 ") + px + family, count: "700 " + (px + (large ? scale : 0)) + family };
  }

  function weight(grid) {
    return grid.load && !grid.load.hidden ? grid.load.open : -1;
  }

  function draw() {
    const size = map.getSize(), ratio = window.devicePixelRatio || 1;
    canvas.width = size.x * ratio; canvas.height = size.y * ratio;
    canvas.style.width = size.x + "px"; canvas.style.height = size.y + "px";
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.lineJoin = "round";
    const view = map.getBounds(), taken = [], font = fonts(window.redgrid.level === 1);
    // The busiest first; what would lie on another label says less, or waits for a closer look.
    const order = [...window.redgrid.shown()].sort((a, b) => weight(b) - weight(a));
    const suffix = sharedEnding(order);
    for (const grid of order) {
      if (!grid.label || !view.contains(grid.label) || !grid.inside) continue;
      const box = grid.shape.getBounds(), at = map.latLngToContainerPoint(grid.label);
      const a = map.latLngToContainerPoint(box.getNorthWest()), b = map.latLngToContainerPoint(box.getSouthEast());
      const label = labels(grid, font, suffix).find((tried) => tried.width < (b.x - a.x) * 0.92 && tried.high * 2 < b.y - a.y && isFree(tried, at, taken));
      if (!label) continue;
      taken.push(room(label, at));
      if (label.name) write(label.name, at.x, at.y - (label.count ? font.px * 0.52 : 0), font.name, p.text);
      if (label.count) write(label.count, at.x, at.y + (label.name ? font.px * 0.6 : 0), font.count, isLate(grid) ? p.bad_text : p.text);
    }
  }

  // What may be written on a grid, the most telling first: name and count, the name's own part and count, the count.
  function labels(grid, font, suffix) {
    const name = grid.name.length > 14 ? grid.name.slice(0, 13) + "…" : grid.name;
    const count = window.redgrid.brief(grid), own = suffix ? grid.name.slice(0, -suffix.length) : "";
    const wide = (words, written) => { ctx.font = written; return ctx.measureText(words).width; };
    const tried = [name, own].filter(Boolean).map((words) => ({ name: words, count, width: Math.max(wide(words, font.name), wide(count, font.count)), high: font.px * (count ? 1.2 : 0.65) }));
    return count ? tried.concat({ name: "", count, width: wide(count, font.count), high: font.px * 0.6 }) : tried;
  }
  function room(label, at) {
    return [at.x - label.width / 2, at.y - label.high, at.x + label.width / 2, at.y + label.high];
  }
  function isFree(label, at, taken) {
    const own = room(label, at);
    return !taken.some((t) => own[0] < t[2] && own[2] > t[0] && own[1] < t[3] && own[3] > t[1]);
  }
  function isLate(grid) {
    return grid.load && grid.load.overdue && grid.load.n === undefined;
  }
  // 社区 in 花园社区, 桥东社区, …: what every name of a level ends with tells nothing where space is short.
  function sharedEnding(grids) {
    const ending = grids.length > 1 ? grids[0].name.slice(-2) : "";
    return ending && grids.every((grid) => grid.name.length > 2 && grid.name.endsWith(ending)) ? ending : "";
  }

  window.redgrid.onPaint(draw);
  map.on("moveend zoomend resize viewreset", draw);
  map.on("zoomstart", () => ctx.clearRect(0, 0, canvas.width, canvas.height));
};
