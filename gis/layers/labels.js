// Names and counts over the grids, on one canvas, only where they fit inside their grid.
redgridLayers.labels = function (map, options) {
  "use strict";
  const p = options.palette;
  const pane = map.createPane("redgrid-labels");
  pane.style.zIndex = 620;
  pane.style.pointerEvents = "none";
  const canvas = L.DomUtil.create("canvas", "", pane);
  const ctx = canvas.getContext("2d");

  function write(words, x, y, font, colour) {
    ctx.font = font;
    ctx.strokeStyle = p.background;
    ctx.lineWidth = 3.5;
    ctx.globalAlpha = 0.92;
    ctx.strokeText(words, x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour;
    ctx.fillText(words, x, y);
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
    const view = map.getBounds(), taken = [];
    // The busiest first; what would lie on another label waits for a closer look.
    const order = [...window.redgrid.shown()].sort((a, b) => weight(b) - weight(a));
    for (const grid of order) {
      if (!grid.label || !view.contains(grid.label) || !grid.inside) continue;
      const box = grid.shape.getBounds();
      const a = map.latLngToContainerPoint(box.getNorthWest()), b = map.latLngToContainerPoint(box.getSouthEast());
      const at = map.latLngToContainerPoint(grid.label), large = window.redgrid.level === 1;
      const nameFont = (large ? "600 15px " : "500 12px ") + "system-ui, sans-serif";
      ctx.font = nameFont;
      const name = grid.name.length > 14 ? grid.name.slice(0, 13) + "…" : grid.name;
      const load = grid.load && !grid.load.hidden ? grid.load : null;
      const count = window.redgrid.brief(grid);
      const width = ctx.measureText(name).width, fits = width < (b.x - a.x) * 0.9 && b.y - a.y > 34;
      const countFits = count.length * 9 < (b.x - a.x) * 0.9 && b.y - a.y > 16;
      if (!fits && !(count && countFits)) continue;
      const half = Math.max(fits ? width : 0, count.length * 9) / 2, high = fits ? 19 : 10;
      const own = [at.x - half, at.y - high, at.x + half, at.y + high];
      if (taken.some((t) => own[0] < t[2] && own[2] > t[0] && own[1] < t[3] && own[3] > t[1])) continue;
      taken.push(own);
      if (fits) write(name, at.x, at.y - 8, nameFont, p.text);
      if (count)
        write(count, at.x, at.y + (fits ? 9 : 0), (large ? "700 16px " : "700 12px ") + "system-ui, sans-serif", load.overdue && load.n === undefined ? p.bad_text : p.text);
    }
  }
  window.redgrid.onPaint(draw);
  map.on("moveend zoomend resize viewreset", draw);
  map.on("zoomstart", () => ctx.clearRect(0, 0, canvas.width, canvas.height));
};
