// Buildings one by one, each with its number in its class's colour, over a map close enough to tell them apart.
redgridLayers.spots = function (map, options) {
  "use strict";
  if (!options.address || !Object.keys(options.measures).length) return;
  // Closer than this a compound fills the map.
  const CLOSE = 15, p = options.palette;
  const pane = map.createPane("redgrid-spots");
  // Above the names of grids: of two that meet, the building is what was asked for.
  pane.style.zIndex = 630;
  const group = L.layerGroup().addTo(map);
  const state = { question: null, etag: null, asked: 0, shown: 0 };

  function text(tag, words) {
    const element = document.createElement(tag);
    element.textContent = words;
    return element;
  }
  function tip(name, number, measure) {
    const box = document.createElement("div");
    box.append(text("b", name), text("div", measure.title + " " + (number === null ? measure.told.unknown : measure.told.words.replace("{n}", number))));
    return box;
  }
  // The number speaks, the colour says the same from further away.
  function sign(number, kind) {
    const words = text("span", number === null ? "–" : number), strong = kind > 3 && kind < 6;
    words.style.background = kind > 0 && kind < 6 ? p.classes[kind - 1] : p.background;
    words.style.color = strong ? p.background : p.text;
    words.style.borderStyle = number === null ? "dashed" : "solid";
    return words;
  }
  // What is pressed is the grid below: a building has no page of its own on the desk.
  function through(event) {
    const { clientX, clientY } = event.originalEvent;
    pane.style.display = "none";
    const below = document.elementFromPoint(clientX, clientY);
    for (const kind of ["mousedown", "mouseup", "click"]) below.dispatchEvent(new MouseEvent(kind, { bubbles: true, clientX, clientY, view: window }));
    pane.style.display = "";
  }
  function draw(spots, measure) {
    group.clearLayers();
    for (const [lng, lat, name, number, kind] of spots) {
      const icon = L.divIcon({ className: "redgrid-spot", html: sign(number, kind), iconSize: [30, 20] });
      const marker = L.marker([lat, lng], { icon, pane: "redgrid-spots", keyboard: false });
      marker.bindTooltip(tip(name, number, measure), { className: "redgrid-tip", direction: "top", offset: [0, -8] }).on("click", through);
      group.addLayer(marker);
    }
    state.shown = spots.length;
  }
  function clear() {
    group.clearLayers();
    Object.assign(state, { question: null, etag: null, shown: 0 });
  }
  async function look() {
    const name = window.redgrid.measure, measure = options.measures[name];
    if (!measure || map.getZoom() < CLOSE) { clear(); return; }
    const view = map.getBounds(), edges = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
    const question = options.address + "?by=" + encodeURIComponent(name) + "&box=" + edges.map((edge) => edge.toFixed(5)).join(",");
    const ticket = (state.asked += 1), known = question === state.question ? state.etag : null;
    const answer = await fetch(question, { headers: known ? { "If-None-Match": known } : {} }).catch(() => null);
    // What cannot be asked for stays as it was: that the connection is lost the grids say.
    if (ticket !== state.asked || !answer || !answer.ok) return;
    const spots = await answer.json();
    if (ticket !== state.asked) return;
    state.question = question;
    state.etag = answer.headers.get("ETag");
    if (spots) draw(spots, measure); else clear();
  }

  let measure = null;
  window.redgrid.onPaint(() => { if (window.redgrid.measure !== measure) { measure = window.redgrid.measure; look(); } });
  window.redgrid.spots = () => state.shown;
  map.on("moveend zoomend", look);
  setInterval(() => { if (!document.hidden && state.question) look(); }, options.refresh * 1000);
};
