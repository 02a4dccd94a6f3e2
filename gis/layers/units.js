// A draft's grids, drawn from the city's units: what lies between the units comes once, which unit lies in which grid
// with every version. Nothing is kept of a grid but its units, so an edit repaints and the map stays where it is.
redgridLayers.units = function (map, options) {
  "use strict";
  const p = options.palette, words = options.words, OUTSIDE = -1, PAD = 0.3;
  const state = {
    level: options.level, plan: null, version: null, ground: null, draft: null, regions: new Map(), hover: null,
    selected: new Set(), preview: [], changed: false, drawn: null, shownAt: 0, focused: null, fitted: false,
  };
  const listeners = [];

  // --- the ground: units and the chains between them (gis/unit_coding.py) ---------------------------------------

  function decoded(coded) {
    const [west, south] = coded.origin, step = coded.step;
    const units = coded.codes.map((code, n) => ({
      n, code, households: coded.households[n], compound: coded.compound[n], chains: [], box: [Infinity, Infinity, -Infinity, -Infinity],
    }));
    let x = 0, y = 0, i = 0;
    const chains = coded.left.map((left, n) => {
      const chain = { left, right: left + coded.right[n], points: new Float64Array(2 * coded.points[n]), box: [Infinity, Infinity, -Infinity, -Infinity] };
      for (let k = 0; k < coded.points[n]; k++, i++) {
        x += coded.x[i]; y += coded.y[i];
        if (k === 0) chain.from = x + "," + y;
        const at = map.options.crs.latLngToPoint(L.latLng(south + y * step, west + x * step), 0);
        chain.points[2 * k] = at.x; chain.points[2 * k + 1] = at.y;
        widen(chain.box, at.x, at.y, at.x, at.y);
      }
      chain.to = x + "," + y;
      for (const number of new Set([chain.left, chain.right])) if (number !== OUTSIDE) { units[number].chains.push(chain); widen(units[number].box, ...chain.box); }
      return chain;
    });
    return { units, chains, compounds: coded.compounds, byCode: new Map(units.map((unit) => [unit.code, unit])) };
  }
  function widen(box, left, top, right, bottom) {
    box[0] = Math.min(box[0], left); box[1] = Math.min(box[1], top);
    box[2] = Math.max(box[2], right); box[3] = Math.max(box[3], bottom);
  }

  // The rings of a piece of ground, each a walk along chains with the ground on its left.
  function stitched(sides) {
    const from = new Map();
    for (const side of sides) {
      const start = side.back ? side.chain.to : side.chain.from;
      if (!from.has(start)) from.set(start, []);
      from.get(start).push(side);
    }
    const rings = [];
    for (const waiting of from.values()) while (waiting.length) {
      const ring = [];
      for (let next = waiting.pop(); next; next = (from.get(next.back ? next.chain.from : next.chain.to) || []).pop()) ring.push(next);
      rings.push(ring);
    }
    return rings;
  }
  // Every region of the ground by a function that names the region of a unit: its rings, its box, its units.
  function regionsBy(regionOf) {
    const found = new Map();
    const add = (name, side) => {
      if (name === undefined || name === null || name === OUTSIDE) return;
      if (!found.has(name)) found.set(name, { name, sides: [], box: [Infinity, Infinity, -Infinity, -Infinity] });
      const region = found.get(name);
      region.sides.push(side); widen(region.box, ...side.chain.box);
    };
    for (const chain of state.ground.chains) {
      const left = chain.left === OUTSIDE ? OUTSIDE : regionOf(chain.left), right = chain.right === OUTSIDE ? OUTSIDE : regionOf(chain.right);
      if (left === right) continue;
      add(left, { chain, back: false });
      add(right, { chain, back: true });
    }
    for (const region of found.values()) region.rings = stitched(region.sides);
    return found;
  }

  // Where a label sits: the middle of the widest part, by looking closer and closer where there is most room.
  function middle(region) {
    const [left, top, right, bottom] = region.box, reach = Math.max(right - left, bottom - top);
    let best = null, cell = Math.min(right - left, bottom - top) / 2 || reach / 2, cells = [];
    const look = (x, y, half) => {
      const room = roomAt(region, x, y);
      if (!best || room > best.room) best = { x, y, room };
      return { x, y, half, most: room + half * Math.SQRT2 };
    };
    for (let x = left + cell / 2; x < right; x += cell) for (let y = top + cell / 2; y < bottom; y += cell) cells.push(look(x, y, cell / 2));
    while (cells.length) {
      cells.sort((a, b) => a.most - b.most);
      const { x, y, half, most } = cells.pop();
      if (most - best.room < reach / 40) break;
      for (const dx of [-half / 2, half / 2]) for (const dy of [-half / 2, half / 2]) cells.push(look(x + dx, y + dy, half / 2));
    }
    return best;
  }
  // How far it is to the nearest border, negative outside.
  function roomAt(region, x, y) {
    let inside = false, nearest = Infinity;
    for (const { chain } of region.sides) {
      const at = chain.points;
      for (let i = 2; i < at.length; i += 2) {
        const ax = at[i - 2], ay = at[i - 1], bx = at[i], by = at[i + 1];
        if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
        const dx = bx - ax, dy = by - ay, t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
        nearest = Math.min(nearest, (ax + t * dx - x) ** 2 + (ay + t * dy - y) ** 2);
      }
    }
    return (inside ? 1 : -1) * Math.sqrt(nearest);
  }
  function unitAt(latlng) {
    if (!state.ground) return null;
    const { x, y } = map.options.crs.latLngToPoint(latlng, 0);
    return state.ground.units.find(({ box, chains }) => {
      if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
      return roomAt({ sides: chains.filter((chain) => chain.left !== chain.right).map((chain) => ({ chain })) }, x, y) >= 0;
    }) || null;
  }

  // --- the draft: which unit lies in which grid (server/drafts.py) ------------------------------------------------

  function read(body) {
    const grids = body.grids.map(([code, level, name, parent, households, band, locked, problem], n) => ({ n, code, level, name, parent, households, band, locked: Boolean(locked), problem }));
    const at = { };
    for (const level of new Set(grids.map((grid) => grid.level))) {
      at[level] = body.home.map((n) => {
        while (n >= 0 && grids[n].level > level) n = grids[n].parent;
        return n >= 0 && grids[n].level === level ? n : OUTSIDE;
      });
    }
    return { ...body, grids, at, byCode: new Map(grids.map((grid) => [grid.code, grid])), lockedUnits: new Set(body.locked_units) };
  }
  const gridAt = (level, n) => { const grid = state.draft.at[level] ? state.draft.at[level][n] : OUTSIDE; return grid === OUTSIDE || grid === undefined ? null : state.draft.grids[grid]; };

  // Of grids whose border stayed the label stays too: finding its place costs most.
  const kept = new Map();
  function region() {
    state.regions = regionsBy((n) => (state.draft.at[state.level] || [])[n]);
    const members = new Map();
    for (const unit of state.ground.units) {
      const n = (state.draft.at[state.level] || [])[unit.n];
      members.set(n, (members.get(n) || "") + unit.n + ",");
    }
    for (const [n, region] of state.regions) {
      region.grid = state.draft.grids[n];
      const made = members.get(n);
      if (!kept.has(made)) { if (kept.size > 4000) kept.clear(); kept.set(made, middle(region)); }
      region.label = kept.get(made);
    }
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  // A canvas in a pane of its own, drawn anew when the map rests and scaled while it zooms.
  function board(name, zIndex, paint) {
    const pane = map.createPane(name);
    pane.style.zIndex = zIndex;
    pane.style.pointerEvents = "none";
    const canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", pane), ctx = canvas.getContext("2d");
    let zoom = 0, corner = null;
    function draw() {
      const size = map.getSize(), pad = size.multiplyBy(PAD).round(), ratio = window.devicePixelRatio || 1;
      const wide = size.x + 2 * pad.x, high = size.y + 2 * pad.y, at = pad.multiplyBy(-1);
      canvas.width = wide * ratio; canvas.height = high * ratio;
      canvas.style.width = wide + "px"; canvas.style.height = high + "px";
      zoom = map.getZoom(); corner = map.containerPointToLatLng(at);
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint(at));
      if (!state.draft) return;
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      const origin = map.project(corner, zoom), scale = Math.pow(2, zoom);
      paint(ctx, { scale, zoom, x: origin.x, y: origin.y, wide, high, ratio, pad });
    }
    map.on("moveend viewreset resize", draw);
    map.on("zoomanim", (event) => {
      if (corner) L.DomUtil.setTransform(canvas, map._latLngToNewLayerPoint(corner, event.zoom, event.center), map.getZoomScale(event.zoom, zoom));
    });
    return draw;
  }
  const isSeen = (box, view) => box[2] * view.scale >= view.x && box[0] * view.scale <= view.x + view.wide && box[3] * view.scale >= view.y && box[1] * view.scale <= view.y + view.high;
  // One chain into the path, without the points that lie less than a pixel apart.
  function trace(ctx, view, { chain, back }, joined) {
    const at = chain.points, last = at.length - 2;
    let px = Infinity, py = Infinity;
    for (let k = 0; k <= last; k += 2) {
      const i = back ? last - k : k, x = at[i] * view.scale - view.x, y = at[i + 1] * view.scale - view.y;
      if (k > 0 && k < last && Math.abs(x - px) + Math.abs(y - py) < 1) continue;
      if (k === 0 && !joined) ctx.moveTo(x, y); else ctx.lineTo(x, y);
      px = x; py = y;
    }
  }
  function outline(ctx, view, rings) {
    ctx.beginPath();
    for (const ring of rings) { ring.forEach((side, n) => trace(ctx, view, side, n > 0)); ctx.closePath(); }
  }
  function stroke(ctx, view, chains, color, width, more = {}) {
    ctx.beginPath();
    for (const chain of chains) if (isSeen(chain.box, view)) trace(ctx, view, { chain, back: false }, false);
    ctx.save();
    Object.assign(ctx, { strokeStyle: color, lineWidth: width, lineJoin: "round", lineCap: "round", globalAlpha: more.opacity || 1 });
    ctx.setLineDash(more.dash || []);
    ctx.stroke();
    ctx.restore();
  }
  function fill(ctx, view, region, how, opacity = 1) {
    if (!isSeen(region.box, view)) return;
    outline(ctx, view, region.rings);
    ctx.globalAlpha = opacity; ctx.fillStyle = how;
    ctx.fill("evenodd");
    ctx.globalAlpha = 1;
  }

  // Patterns: what is far out of its band, what changes hands, what is selected, what lies elsewhere than today.
  function pattern(size, draw) {
    const ratio = window.devicePixelRatio || 1, tile = document.createElement("canvas");
    tile.width = tile.height = size * ratio;
    const ctx = tile.getContext("2d");
    ctx.scale(ratio, ratio);
    draw(ctx, size);
    const made = ctx.createPattern(tile, "repeat");
    made.setTransform(new DOMMatrix().scale(1 / ratio));
    return made;
  }
  function lines(ctx, size, color, width, rising) {
    Object.assign(ctx, { strokeStyle: color, lineWidth: width, lineCap: "square" });
    for (const shift of [-size, 0, size]) {
      ctx.beginPath();
      ctx.moveTo(shift, rising ? size : 0); ctx.lineTo(shift + size, rising ? 0 : size);
      ctx.stroke();
    }
  }
  const looks = {
    far_below: pattern(9, (ctx, size) => lines(ctx, size, p.text, 1.3, false)),
    far_above: pattern(9, (ctx, size) => lines(ctx, size, p.text, 1.3, true)),
    selected: pattern(10, (ctx, size) => { lines(ctx, size, p.background, 3, true); lines(ctx, size, p.text, 1.4, true); lines(ctx, size, p.text, 1.4, false); }),
    preview: pattern(16, (ctx, size) => { ctx.fillStyle = p.background; ctx.fillRect(0, 0, size, size); lines(ctx, size, p.warn, 5.7, true); }),
    changed: pattern(7, (ctx, size) => { ctx.fillStyle = p.text; ctx.beginPath(); ctx.arc(size / 2, size / 2, 1.25, 0, 7); ctx.fill(); }),
  };

  const borders = () => {
    const found = { 1: [], 2: [], 3: [], unit: [] };
    const levels = Object.keys(state.draft.at).map(Number).sort();
    for (const chain of state.ground.chains) {
      const level = levels.find((level) => chain.left === OUTSIDE || chain.right === OUTSIDE || state.draft.at[level][chain.left] !== state.draft.at[level][chain.right]);
      found[level || "unit"].push(chain);
    }
    return found;
  };
  function around(units) {
    const inside = (n) => n !== OUTSIDE && units.has(n);
    return state.ground.chains.filter((chain) => inside(chain.left) !== inside(chain.right));
  }

  const paintFills = board("redgrid-units", 400, (ctx, view) => {
    for (const region of state.regions.values()) {
      const { band } = region.grid;
      fill(ctx, view, region, band === null ? p.panel : p.bands[band + 2], band === null ? 0.6 : 0.82);
      if (band === -2 || band === 2) fill(ctx, view, region, band < 0 ? looks.far_below : looks.far_above, 0.34);
    }
    if (state.changed) for (const region of state.moved.values()) fill(ctx, view, region, looks.changed, 0.85);
    for (const region of state.previewed.values()) fill(ctx, view, region, looks.preview, 0.9);
    // What is selected and would change hands shows the latter: the outline says the former.
    if (!state.previewed.size) for (const region of state.picked.values()) fill(ctx, view, region, looks.selected, 0.62);
  });
  const paintLines = board("redgrid-marks", 430, (ctx, view) => {
    const near = Math.min(1, Math.max(0, (view.zoom - 12) / 4)), { borders } = state;
    if (view.zoom >= 14.5) stroke(ctx, view, borders.unit, p.outline, 0.6, { opacity: view.zoom >= 16 ? 0.75 : 0.4 });
    stroke(ctx, view, borders[3], p.text, 0.7 + 0.9 * near, { opacity: 0.62 + 0.2 * near });
    stroke(ctx, view, borders[2], p.text, 1.3 + 1.5 * near, { opacity: 0.9 });
    stroke(ctx, view, borders[1], p.background, 4.5 + 3 * near, { opacity: 0.75 });
    stroke(ctx, view, borders[1], p.text, 2.4 + 2 * near);
    if (state.changed) stroke(ctx, view, state.movedEdge, p.text, 1.6, { dash: [1, 4] });
    if (state.previewEdge.length) {
      stroke(ctx, view, state.previewEdge, p.background, 6);
      stroke(ctx, view, state.previewEdge, p.text, 3, { dash: [9, 6] });
    }
    if (state.pickedEdge.length) {
      stroke(ctx, view, state.pickedEdge, p.background, 7);
      stroke(ctx, view, state.pickedEdge, p.ok, 4);
    }
    drawTrace(ctx, view);
    for (const problem of state.draft.problems) drawProblem(ctx, view, problem);
  });
  // Alone on its canvas: the pointer moves often.
  const paintHover = board("redgrid-hover", 431, (ctx, view) => { if (state.hover) stroke(ctx, view, state.hover.edge, p.ok, 3); });
  function place(view, [lng, lat]) {
    const at = map.options.crs.latLngToPoint(L.latLng(lat, lng), 0);
    return { x: at.x * view.scale - view.x, y: at.y * view.scale - view.y };
  }
  // The line or ring that the page speaks about, until it speaks of something else.
  function drawTrace(ctx, view) {
    if (!state.drawn || state.drawn.length < 2) return;
    ctx.beginPath();
    state.drawn.forEach((point, n) => { const { x, y } = place(view, point); if (n) ctx.lineTo(x, y); else ctx.moveTo(x, y); });
    for (const [color, width, dash] of [[p.background, 6, []], [p.bad, 2.6, [10, 5]]]) {
      Object.assign(ctx, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
      ctx.setLineDash(dash); ctx.stroke();
    }
    ctx.setLineDash([]);
  }
  function drawProblem(ctx, view, [lng, lat, isError]) {
    const { x, y } = place(view, [lng, lat]), r = 9;
    ctx.beginPath();
    if (isError) ctx.arc(x, y, r, 0, 7); else { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y + r * 0.8); ctx.lineTo(x - r, y + r * 0.8); ctx.closePath(); }
    Object.assign(ctx, { fillStyle: isError ? p.bad : p.warn, strokeStyle: p.background, lineWidth: 2 });
    ctx.fill(); ctx.stroke();
    Object.assign(ctx, { fillStyle: isError ? p.background : p.text, textAlign: "center", textBaseline: "middle", font: "700 11px system-ui, sans-serif" });
    ctx.fillText(isError ? "✕" : "!", x, y + (isError ? 0.5 : 1.5));
  }

  // --- what the page says ------------------------------------------------------------------------------------------

  const empty = new Map();
  Object.assign(state, { moved: empty, movedEdge: [], picked: empty, pickedEdge: [], previewed: empty, previewEdge: [], borders: { 1: [], 2: [], 3: [], unit: [] } });

  function numbers(codes) {
    const found = new Set();
    for (const code of codes || []) { const unit = state.ground.byCode.get(code); if (unit) found.add(unit.n); }
    return found;
  }
  function select(codes) {
    state.selected = numbers(codes);
    state.picked = state.selected.size ? regionsBy((n) => (state.selected.has(n) ? 1 : null)) : empty;
    state.pickedEdge = state.selected.size ? around(state.selected) : [];
  }
  // Each move is units and the grid they would come to; the grid may be one that does not exist yet. What grids would
  // hold is counted here unless the page says so itself.
  function preview(moves, after) {
    state.preview = (moves || []).map(({ to, units }) => ({ to, units: numbers(units) }));
    const to = new Map();
    for (const move of state.preview) for (const n of move.units) to.set(n, move.to);
    state.previewed = to.size ? regionsBy((n) => (to.has(n) ? to.get(n) : null)) : empty;
    state.previewEdge = to.size ? state.ground.chains.filter((chain) => to.get(chain.left) !== to.get(chain.right)) : [];
    state.after = new Map();
    for (const move of state.preview) for (const n of move.units) {
      const from = gridAt(state.level, n), into = atLevel(move.to);
      if (from === into) continue;
      const count = state.ground.units[n].households;
      if (from) state.after.set(from.code, (state.after.get(from.code) || 0) - count);
      if (into) state.after.set(into.code, (state.after.get(into.code) || 0) + count);
    }
    for (const [code, count] of Object.entries(after || {})) {
      const grid = state.draft.byCode.get(code);
      if (grid && grid.households !== null) state.after.set(code, count - grid.households);
    }
  }
  function atLevel(code) {
    let grid = state.draft.byCode.get(code);
    while (grid && grid.level > state.level) grid = state.draft.grids[grid.parent];
    return grid && grid.level === state.level ? grid : null;
  }
  function changes() {
    const bit = 1 << (state.level - 1);
    const moved = new Set(state.ground.units.filter((unit) => Number(state.draft.moved[unit.n] || 0) & bit).map((unit) => unit.n));
    state.moved = moved.size ? regionsBy((n) => (moved.has(n) ? 1 : null)) : empty;
    state.movedEdge = moved.size ? around(moved) : [];
    state.movedUnits = moved;
  }

  async function fetched(url) {
    const answer = await fetch(url, { credentials: "same-origin", cache: url.startsWith("/geo/") ? "default" : "no-cache" });
    if (answer.status === 401) throw new Error(words.signed_out);
    if (!answer.ok) throw new Error(words.lost);
    return answer.json();
  }
  let coming = null;
  function geometry() {
    coming = coming || fetched(options.geometry).then(decoded).catch((error) => { coming = null; throw error; });
    return coming;
  }

  // A version is asked for once, also where the page names it again while it is on its way.
  let asked = { url: null, answer: null };
  function drafted(url) {
    if (asked.url !== url) {
      asked = { url, answer: fetched(url) };
      asked.answer.catch(() => { if (asked.url === url) asked = { url: null, answer: null }; });
    }
    return asked.answer;
  }

  // The page's one way to speak to the map: which draft in which version, which level, what is selected and would change.
  async function show(wanted) {
    const ticket = (state.shownAt += 1);
    try {
      const isNew = wanted.plan !== state.plan || wanted.version !== state.version;
      const [ground, body] = await Promise.all([geometry(), isNew ? drafted(options.draft + "/" + encodeURIComponent(wanted.plan) + "?version=" + wanted.version) : null]);
      if (ticket !== state.shownAt) return;
      state.ground = ground;
      if (body && body.units !== options.units) { tell({ kind: "stale" }); return; }
      if (body) Object.assign(state, { draft: read(body), plan: wanted.plan, version: wanted.version });
      const relevelled = wanted.level && wanted.level !== state.level;
      if (wanted.level) state.level = wanted.level;
      if (body) state.borders = borders();
      if (body || relevelled) { region(); changes(); state.hover = null; }
      select(wanted.selected);
      preview(wanted.preview, wanted.after);
      if (wanted.mode) window.redgrid.mode = wanted.mode;
      state.drawn = wanted.drawn || null;
      if (wanted.changed !== undefined && wanted.changed !== null) state.changed = Boolean(wanted.changed);
      signal(null);
    } catch (error) {
      if (ticket === state.shownAt) signal(error.message);
      return;
    }
    drawLegend();
    if (!state.fitted || wanted.fit) look(wanted.fit);
    window.redgrid.ready = true;
    paint();
    if (wanted.focus && wanted.focus.n !== state.focused) { state.focused = wanted.focus.n; focus(wanted.focus); }
    map.fire("redgrid:drawn");
    // The still picture that the page may have shown while it loaded (server/first_sight.py) has done its work.
    const picture = window.parent.document.getElementById("redgrid-first");
    if (picture) picture.remove();
  }
  function paint() {
    if (!state.draft) return;
    paintFills(); paintLines(); paintHover(); drawLegend();
    for (const listen of listeners) listen();
  }

  function boundsOf(boxes) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const each of boxes) widen(box, ...each);
    const at = (x, y) => map.options.crs.pointToLatLng(L.point(x, y), 0);
    return box[0] < Infinity ? L.latLngBounds(at(box[0], box[1]), at(box[2], box[3])) : null;
  }
  // Look at the whole city, or at one grid of any level.
  function look(code) {
    const grid = state.draft.byCode.get(code);
    const units = grid ? state.ground.units.filter((unit) => state.draft.at[grid.level][unit.n] === grid.n) : state.ground.units;
    const bounds = boundsOf(units.map((unit) => unit.box)), room = map.getSize();
    if (!bounds || room.x < 60 || room.y < 60) return;
    // Beside the legend where the frame is wide enough, and as large as it goes.
    const beside = room.x > 700 ? legend.getContainer().offsetWidth + 20 : 24, snap = map.options.zoomSnap;
    map.options.zoomSnap = 0;
    map.stop().fitBounds(bounds, { paddingTopLeft: [beside, 64], paddingBottomRight: [52, 20], animate: false });
    map.options.zoomSnap = snap;
    state.fitted = true;
  }
  map.on("resize", () => { if (state.draft && !state.fitted) { look(); paint(); } });

  // Go to a place and show with a ring where it is.
  function focus({ at, grid, zoom }) {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const known = grid && state.draft.byCode.get(grid);
    if (!at && known) { look(grid); paint(); return; }
    if (!at) return;
    const to = L.latLng(at[1], at[0]), near = Math.max(map.getZoom(), zoom || 16);
    if (still) map.setView(to, near, { animate: false }); else map.flyTo(to, near, { duration: 0.6 });
    const ring = L.marker(to, { icon: L.divIcon({ className: "redgrid-pulse", iconSize: [56, 56] }), interactive: false, keyboard: false }).addTo(map);
    setTimeout(() => ring.remove(), 4000);
  }

  // --- what the person does ----------------------------------------------------------------------------------------

  let told = 0;
  function tell(value) {
    told += 1;
    const said = Object.assign({ points: [], units: [], add: false, mode: window.redgrid.mode }, value, { n: told, at: Date.now(), level: state.level, plan: state.plan, version: state.version });
    window.redgrid.last = said;
    window.Streamlit.setComponentValue(said);
  }

  // What lies below the pointer: the unit, its compound or its grid, by what a click would take.
  const tooltip = L.tooltip({ sticky: true, className: "redgrid-tip", opacity: 1, direction: "right", offset: [14, 0] });
  function meant(unit, mode) {
    if (mode === "compound" && unit.compound >= 0) return new Set(state.ground.units.filter((other) => other.compound === unit.compound).map((other) => other.n));
    if (mode !== "grid") return new Set([unit.n]);
    const grid = gridAt(state.level, unit.n);
    return new Set(state.ground.units.filter((other) => grid && gridAt(state.level, other.n) === grid).map((other) => other.n));
  }
  function point(latlng) {
    const unit = latlng && state.draft ? unitAt(latlng) : null, mode = window.redgrid.mode;
    const name = unit ? unit.n + mode + state.version + state.level : null;
    if (!unit) map.closeTooltip(tooltip); else tooltip.setLatLng(latlng);
    if ((state.hover ? state.hover.name : null) === name) return;
    state.hover = unit ? { name, edge: around(meant(unit, mode)) } : null;
    if (unit) map.openTooltip(tooltip.setContent(tip(unit)));
    paintHover();
  }
  function line(tag, text, className) {
    const element = document.createElement(tag);
    element.textContent = text;
    if (className) element.className = className;
    return element;
  }
  function tip(unit) {
    const box = document.createElement("div");
    for (const level of Object.keys(state.draft.at).map(Number).sort()) {
      const grid = gridAt(level, unit.n);
      if (!grid) continue;
      const row = line(level === state.level ? "b" : "div", grid.name + (grid.households === null ? "" : " · " + counted(grid)) + (grid.locked ? " · " + words.locked : ""));
      box.append(level === state.level ? wrapped(row) : row);
    }
    if (unit.households) box.append(line("div", words.this_unit.replace("{n}", unit.households), "muted"));
    if (state.movedUnits.has(unit.n)) box.append(line("div", words.changed, "muted"));
    return box;
  }
  function wrapped(element) { const row = document.createElement("div"); row.append(element); return row; }
  const counted = (grid) => signOf(grid.band) + grid.households.toLocaleString("en") + (grid.band ? " (" + options.band_names[grid.band + 2] + ")" : "");
  const signOf = (band) => ({ "-2": "▼▼ ", "-1": "▼ ", 1: "▲ ", 2: "▲▲ " })[band] || "";

  // --- signal and legend -------------------------------------------------------------------------------------------

  const strip = L.control({ position: "topright" });
  strip.onAdd = () => { const box = line("div", "", "redgrid-signal"); box.setAttribute("role", "status"); box.hidden = true; return box; };
  strip.addTo(map);
  function signal(message) {
    const box = strip.getContainer();
    box.hidden = !message;
    box.textContent = message ? "✕ " + message : "";
  }

  const legend = L.control({ position: "bottomleft" });
  legend.onAdd = () => line("div", "", "redgrid-legend redgrid-draft-legend");
  legend.addTo(map);
  function drawLegend() {
    const box = legend.getContainer(), rows = options.bands[state.level];
    const shows = state.draft.grids.some((grid) => grid.level === state.level && grid.band !== null);
    box.replaceChildren(line("b", options.titles[state.level] || ""));
    const row = (paint, label) => {
      const line = document.createElement("div"), swatch = document.createElement("i");
      Object.assign(swatch.style, paint);
      line.append(swatch, document.createTextNode(label));
      box.append(line);
    };
    const hatch = (angle) => "repeating-linear-gradient(" + angle + "deg," + p.text + " 0 1px,transparent 1px 5px)";
    if (rows && shows) {
      box.append(line("div", words.households, "muted"));
      rows.map((label, i) => [label, i]).reverse().forEach(([label, i]) =>
        row({ backgroundColor: p.bands[i], backgroundImage: i === 0 ? hatch(45) : i === 4 ? hatch(135) : "none" }, ["▼▼ ", "▼ ", "", "▲ ", "▲▲ "][i] + label));
    }
    if (state.changed) row({ backgroundImage: "radial-gradient(" + p.text + " 1.2px,transparent 1.6px)", backgroundSize: "6px 6px" }, words.changed);
    if (state.preview.length) row({ backgroundImage: "repeating-linear-gradient(135deg," + p.warn + " 0 4px," + p.background + " 4px 8px)", borderStyle: "dashed" }, words.preview);
  }
  L.control.zoom({ position: "bottomright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);

  const lngLat = ({ x, y }) => { const at = map.options.crs.pointToLatLng(L.point(x, y), 0); return [at.lng, at.lat]; };
  window.redgrid = {
    ready: false, mode: "unit", tool: "select", last: null,
    get plan() { return state.plan; },
    get version() { return state.version; },
    get level() { return state.level; },
    get countedAt() { return state.version; },
    get isChangedShown() { return state.changed; },
    units: () => (state.ground ? state.ground.units.map((unit) => unit.code) : []),
    gridOf: (code) => { const unit = state.ground.byCode.get(code), grid = unit && gridAt(Math.max(...Object.keys(state.draft.at)), unit.n); return grid ? grid.code : null; },
    households: (code) => { const grid = state.draft.byCode.get(code); return grid ? grid.households : null; },
    counted: () => [...state.selected].reduce((sum, n) => sum + state.ground.units[n].households, 0),
    selected: () => [...state.selected].map((n) => state.ground.units[n].code),
    previewed: () => state.preview.flatMap((move) => [...move.units].map((n) => state.ground.units[n].code)),
    moved: () => [...state.movedUnits].map((n) => state.ground.units[n].code),
    placeOf: (code) => {
      const unit = state.ground.byCode.get(code);
      unit.label = unit.label || middle({ box: unit.box, sides: unit.chains.map((chain) => ({ chain })) });
      return lngLat(unit.label);
    },
    show, tell, paint, point, unitAt, look,
    showChanged: (on) => { state.changed = on; paint(); },
    onPaint: (listen) => listeners.push(listen),
    // For the labels and the tools, which are layers of their own.
    drawing: { state, board, signOf, middle, looksAt: ([lng, lat]) => map.getCenter().distanceTo(L.latLng(lat, lng)) < 30 },
  };
};
