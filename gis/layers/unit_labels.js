// Names and households over a draft's grids where they fit, a lock on what is locked, and counts of single units nearby.
redgridLayers.unitLabels = function (map, options) {
  "use strict";
  const p = options.palette, { state, board, signOf, middle } = window.redgrid.drawing;
  const FAMILY = "px system-ui, \"Noto Sans CJK SC\", \"Microsoft YaHei\", sans-serif";

  function write(ctx, words, x, y, font, colour) {
    Object.assign(ctx, { font, strokeStyle: p.background, lineWidth: 3.5, globalAlpha: 0.92, lineJoin: "round" });
    ctx.strokeText(words, x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour;
    ctx.fillText(words, x, y);
  }
  // A padlock, drawn: a character of the same shape is missing on many machines.
  function lock(ctx, x, y) {
    for (const [colour, more] of [[p.background, 4], [p.text, 0]]) {
      Object.assign(ctx, { fillStyle: colour, strokeStyle: colour, lineWidth: 2 + more, lineJoin: "round" });
      ctx.beginPath(); ctx.arc(x, y - 2, 3.6, Math.PI, 0); ctx.lineTo(x + 3.6, y); ctx.moveTo(x - 3.6, y - 2); ctx.lineTo(x - 3.6, y); ctx.stroke();
      ctx.fillRect(x - 5.5 - more / 2, y - more / 2, 11 + more, 8 + more);
    }
  }

  function countOf(grid) {
    if (grid.households === null) return "";
    const after = state.after && state.after.get(grid.code);
    const now = grid.households.toLocaleString("en");
    return after ? now + " → " + (grid.households + after).toLocaleString("en") : signOf(grid.band) + now;
  }
  function labels(ctx, region, at, px, suffix) {
    const { grid } = region, count = countOf(grid), wide = (words, bold) => { ctx.font = (bold ? "700 " : "500 ") + px + FAMILY; return words ? ctx.measureText(words).width : 0; };
    const short = grid.name.length > 14 ? grid.name.slice(0, 13) + "…" : grid.name, own = suffix ? grid.name.slice(0, -suffix.length) : "";
    const made = (name, count, high) => {
      const width = Math.max(wide(name, false), wide(count, true)) + (grid.locked ? 18 : 0);
      return { name, count, width, high, room: [at.x - width / 2, at.y - high, at.x + width / 2, at.y + high] };
    };
    const named = [short, own].filter(Boolean).map((name) => made(name, count, px * (count ? 1.2 : 0.65)));
    if (count) named.push(made("", count, px * 0.6));
    // Where not even a number fits, the sign alone says that it is out of its band.
    return grid.band ? named.concat(made("", signOf(grid.band).trim(), px * 0.6)) : named;
  }
  const overlap = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  // How much of a label lies beside its grid: its point is inside, but not always in the middle.
  const hangsOver = ({ room, width }, left, right) => Math.max(left - room[0], room[2] - right) / width;
  function sharedEnding(regions) {
    const names = regions.map((region) => region.grid.name), ending = names.length > 1 ? names[0].slice(-2) : "";
    return ending && names.every((name) => name.length > 2 && name.endsWith(ending)) ? ending : "";
  }

  const draw = board("redgrid-labels", 620, (ctx, view) => {
    Object.assign(ctx, { textAlign: "center", textBaseline: "middle" });
    const px = state.level === 1 ? 15 : view.zoom >= 16 ? 14 : 12;
    const spot = (label) => ({ x: label.x * view.scale - view.x, y: label.y * view.scale - view.y });
    const order = [...state.regions.values()].filter((region) => {
      const at = spot(region.label);
      return at.x > view.pad.x && at.y > view.pad.y && at.x < view.wide - view.pad.x && at.y < view.high - view.pad.y;
    });
    const urgency = (region) => (state.after && state.after.has(region.grid.code) ? 1e6 : 0) + Math.abs(region.grid.band || 0) * 1e4 + (region.grid.households || 0);
    order.sort((a, b) => urgency(b) - urgency(a));
    const suffix = sharedEnding(order), placed = new Map();
    // Every grid gets its shortest label where that is free, then a longer one where there is still room.
    for (const longest of [false, true]) for (const region of order) {
      const wide = (region.box[2] - region.box[0]) * view.scale, high = (region.box[3] - region.box[1]) * view.scale;
      if (wide < px || high < px || (longest && !placed.has(region))) continue;
      const must = state.after && state.after.has(region.grid.code);
      const left = region.box[0] * view.scale - view.x;
      // A name wants room to both sides: in a narrow grid the number says enough.
      const room = 1.9 * region.label.room * view.scale;
      const fits = (label) => (must || (label.width < wide * 0.94 && label.high * 2 < high * 0.95 && hangsOver(label, left, left + wide) < 0.1 && (!label.name || label.width / 2 < room))) && ![...placed].some(([other, taken]) => other !== region && overlap(label.room, taken.room));
      const tried = labels(ctx, region, spot(region.label), px, suffix);
      const found = (longest ? tried : tried.reverse()).find(fits);
      if (found) placed.set(region, found);
    }
    // What stands alone beside a name is how many households each unit has: for drawing a border between buildings.
    if (view.zoom >= 16.75) drawUnits(ctx, view, [...placed.values()].map((label) => label.room));
    for (const region of order) if (!placed.has(region) && region.grid.locked) { const at = spot(region.label); lock(ctx, at.x, at.y - 3); }
    for (const [region, { name, count, width }] of placed) {
      let { x, y } = spot(region.label);
      if (region.grid.locked) { lock(ctx, x - width / 2 + 6, y - 3); x += 9; }
      if (name) write(ctx, name, x, y - (count ? px * 0.55 : 0), "500 " + px + FAMILY, p.text);
      if (count) write(ctx, count, x, y + (name ? px * 0.62 : 0), "700 " + px + FAMILY, p.text);
    }
  });
  function drawUnits(ctx, view, taken) {
    for (const unit of state.ground.units) {
      const locked = state.draft.lockedUnits.has(unit.n);
      if (!unit.households && !locked) continue;
      unit.label = unit.label || middle({ box: unit.box, sides: unit.chains.map((chain) => ({ chain })) });
      const x = unit.label.x * view.scale - view.x, y = unit.label.y * view.scale - view.y;
      if (x < 0 || y < 0 || x > view.wide || y > view.high) continue;
      if (taken.some((room) => overlap([x - 11, y - 7, x + 11, y + 7], room))) continue;
      if (locked) lock(ctx, x, y - 12);
      if (unit.households) write(ctx, String(unit.households), x, y, "500 11" + FAMILY, p.muted);
    }
  }
  window.redgrid.onPaint(draw);
};
