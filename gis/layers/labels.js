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
    // Among thousands of grids the few with room for a number would seem to stand out.
    if (window.redgrid.crowded) return;
    const view = map.getBounds(), font = fonts(window.redgrid.drawn === 1);
    // The busiest first: every grid gets its shortest label where that is free, then a longer one where there is still room.
    const order = window.redgrid.shown().filter((grid) => grid.label && grid.inside && view.contains(grid.label) && hasRoom(grid, font)).sort((a, b) => weight(b) - weight(a));
    const suffix = sharedEnding(order), placed = new Map();
    for (const grid of order) {
      const label = fitting(grid, labels(grid, font, suffix).reverse(), placed);
      if (label) placed.set(grid, label);
    }
    for (const grid of placed.keys()) placed.set(grid, fitting(grid, labels(grid, font, suffix), placed) || placed.get(grid));
    for (const [grid, label] of placed) {
      const { x, y } = map.latLngToContainerPoint(grid.label);
      if (label.name) write(label.name, x, y - (label.count ? font.px * 0.52 : 0), font.name, p.text);
      if (label.count) write(label.count, x, y + (label.name ? font.px * 0.6 : 0), font.count, isLate(grid) ? p.bad_text : p.text);
    }
  }

  function extent(grid) {
    const box = grid.shape.getBounds(), a = map.latLngToContainerPoint(box.getNorthWest()), b = map.latLngToContainerPoint(box.getSouthEast());
    return { x: b.x - a.x, y: b.y - a.y, left: a.x, right: b.x };
  }
  // Of ten thousand grids most are too small for a single digit: nothing is measured for them.
  function hasRoom(grid, font) {
    const own = extent(grid);
    return own.x > font.px * 0.6 && own.y > font.px;
  }
  // The first label that stays inside its grid and lies on no other grid's.
  function fitting(grid, tried, placed) {
    const own = extent(grid);
    return tried.find((label) => label.width < own.x * 0.92 && label.high * 2 < own.y && hangsOver(label, own) < 0.1 && isFree(grid, label.room, placed));
  }
  // How much of a label lies beside its grid: its point is inside, but not always in the middle.
  function hangsOver({ room, width }, own) {
    return Math.max(own.left - room[0], room[2] - own.right) / width;
  }
  function isFree(grid, room, placed) {
    for (const [other, label] of placed) if (other !== grid && overlap(room, label.room)) return false;
    return true;
  }
  function overlap(a, b) {
    return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  }

  // What may be written on a grid, the most telling first: name and count, the name's own part and count, the count.
  function labels(grid, font, suffix) {
    const name = grid.name.length > 14 ? grid.name.slice(0, 13) + "…" : grid.name;
    const count = window.redgrid.brief(grid), own = suffix ? grid.name.slice(0, -suffix.length) : "";
    const { x, y } = map.latLngToContainerPoint(grid.label);
    const wide = (words, written) => { ctx.font = written; return words ? ctx.measureText(words).width : 0; };
    const made = (words, high) => {
      const width = Math.max(wide(words, font.name), wide(count, font.count));
      return { name: words, count, width, high, room: [x - width / 2, y - high, x + width / 2, y + high] };
    };
    const named = [name, own].filter(Boolean).map((words) => made(words, font.px * (count ? 1.2 : 0.65)));
    return count ? named.concat(made("", font.px * 0.6)) : named;
  }
  function isLate(grid) {
    return grid.load && grid.load.overdue && grid.load.n === undefined && grid.load.number === undefined;
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
