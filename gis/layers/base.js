// The quiet base: drawn once on a canvas of its own, below the grids, deaf to the mouse.
redgridLayers.base = function (map, options) {
  "use strict";
  redgridMap.fillFrame(map);
  const p = options.palette;
  for (const name of ["background", "panel", "text", "muted", "outline", "ok", "bad", "bad_text", "warn_text"])
    document.documentElement.style.setProperty("--redgrid-" + name.replace("_", "-"), p[name]);
  const below = map.createPane("redgrid-base");
  below.style.zIndex = 250;
  below.style.pointerEvents = "none";
  const above = map.createPane("redgrid-streets");
  above.style.zIndex = 420;
  above.style.pointerEvents = "none";
  const canvas = { below: L.canvas({ pane: "redgrid-base", padding: 0.3 }), above: L.canvas({ pane: "redgrid-streets", padding: 0.3 }) };
  if (options.tiles) L.tileLayer(options.tiles, { maxZoom: 19, pane: "redgrid-base" }).addTo(map);

  const area = (fill, more) => Object.assign({ stroke: false, fill: true, fillColor: fill, fillOpacity: 1, from: 0, on: "below" }, more);
  const line = (color, metres, most, more) => Object.assign({ stroke: true, fill: false, color, metres, most, opacity: 1, lineCap: "round", from: 0, on: "above" }, more);
  const LOOKS = {
    sea: area(p.water), river: area(p.water), lake: area(p.water), water: area(p.water),
    park: area(p.green), school: area(p.built, { fillOpacity: 0.5 }), square: area(p.panel),
    compound: area(p.panel, { from: 14 }),
    building: area(p.outline, { from: 15.5, on: "above", fillOpacity: 0.34 }),
    main_road: line(p.road, 22, 9, { opacity: 0.85 }), road: line(p.road, 14, 7, { opacity: 0.75, from: 13 }),
    lane: line(p.road, 7, 5, { opacity: 0.7, from: 15 }), rail: line(p.outline, 3, 2, { dashArray: "8 6", opacity: 0.6 }),
  };

  const drawn = [];
  function metresToPixels(metres) {
    const perPixel = 40075016.7 * Math.cos(map.getCenter().lat * Math.PI / 180) / Math.pow(2, map.getZoom() + 8);
    return metres / perPixel;
  }
  function fit() {
    const zoom = map.getZoom();
    for (const { shape, look } of drawn) {
      const shown = zoom >= look.from;
      if (shown !== map.hasLayer(shape)) shown ? shape.addTo(map) : shape.remove();
      if (shown && look.stroke) shape.setStyle({ weight: Math.max(0.7, Math.min(look.most, metresToPixels(look.metres))) });
    }
  }

  // The grids come first: the base is fetched once they are drawn.
  map.once("redgrid:drawn", bring);
  // What could not be had is asked for again.
  function bring() { redgridMap.fetchCoded(options.url).then(draw, () => setTimeout(bring, 5000)); }
  function draw(features) {
    for (const feature of features) {
      const look = LOOKS[feature.kind];
      if (!look) continue;
      const style = Object.assign({ interactive: false, renderer: canvas[look.on], smoothFactor: 1 }, look);
      const shape = look.stroke ? L.polyline(feature.parts.map((part) => part[0]), style) : L.polygon(feature.parts, style);
      drawn.push({ shape, look });
    }
    fit();
    map.on("zoomend", fit);
  }
};
