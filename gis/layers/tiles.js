// A level of many grids: its index first, then its outlines in bundles, those in view, the nearest to its middle first.
(function () {
  "use strict";
  // Beside the view so much of its width is drawn too, and so many grids are kept for whoever comes back.
  const MARGIN = 0.3, KEPT = 20000, AGAIN = 2000;

  // The coding is described in gis/tiling.py: columns of steps, each grid's rings from its own label point.
  function decode(coded) {
    const step = coded.step;
    let number = 0, [x, y] = coded.origin;
    return coded.c.map((code, n) => {
      number += coded.i[n];
      x += coded.p[2 * n];
      y += coded.p[2 * n + 1];
      const parts = coded.r[n].map((part) => part.map((steps) => {
        const ring = [];
        let east = x, north = y;
        for (let i = 0; i < steps.length; i += 2) {
          east += steps[i];
          north += steps[i + 1];
          ring.push([north * step, east * step]);
        }
        return ring;
      }));
      return { number, code, name: coded.n[n], parts, label: [y * step, x * step] };
    });
  }

  function sleep(ms) { return new Promise((go) => setTimeout(go, ms)); }

  async function read(url, signal) {
    const answer = await fetch(url, { credentials: "same-origin", signal });
    if (!answer.ok) throw new Error(url + ": " + answer.status);
    return answer.json();
  }

  // The first who comes to a new plan waits until its outlines are cut.
  async function readIndex(url, waiting) {
    for (;;) {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.ok) return answer.json();
      if (answer.status !== 503) throw new Error(url + ": " + answer.status);
      waiting();
      await sleep(AGAIN);
    }
  }

  // Who draws the level says how: `shaped` gives a grid that has just come its shape, `dropped` takes it away; `arrived` is
  // told of every bundle that has come, or come anew; `waiting`, that the server is not ready yet.
  redgridMap.tiled = async function (url, { shaped, dropped, arrived, waiting }) {
    const index = await readIndex(url, waiting), fine = index.fine;
    const bundles = index.bundles.map(([west, south, east, north, count], number) => (
      { number, count, box: L.latLngBounds([south / fine, west / fine], [north / fine, east / fine]), zoom: null, grids: null, coming: null, fresh: null, stamp: null }
    ));
    const level = { tiled: true, grids: [], byCode: new Map(), bounds: bundles.reduce((all, bundle) => all.extend(bundle.box), L.latLngBounds([])), wanted: [], cover, find, about, near, far };

    function stepAt(zoom) { return index.zooms.filter((from) => from <= zoom).pop() ?? index.zooms[0]; }

    // How many grids a view holds, were those of a bundle spread evenly over its bounds.
    function about(view) {
      const share = (low, high, from, to) => Math.max(0, Math.min(high, to) - Math.max(low, from)) / Math.max(high - low, 1e-9);
      return bundles.reduce((sum, { box, count }) => sum + count
        * share(box.getWest(), box.getEast(), view.getWest(), view.getEast())
        * share(box.getSouth(), box.getNorth(), view.getSouth(), view.getNorth()), 0);
    }

    // The bundle's outlines as they are drawn from a zoom on; what was on its way for another zoom is given up.
    function load(bundle, zoom) {
      if (bundle.coming && bundle.coming.zoom === zoom) return bundle.coming.done;
      if (bundle.coming) bundle.coming.stop.abort();
      bundle.coming = null;
      if (bundle.zoom === zoom) return Promise.resolve();
      const coming = { zoom, stop: new AbortController() };
      coming.done = read(url + "/" + zoom + "/" + bundle.number, coming.stop.signal).then((coded) => {
        if (bundle.coming !== coming) return;
        bundle.coming = null;
        take(bundle, zoom, decode(coded));
        arrived(level, bundle);
      }, (error) => {
        if (bundle.coming === coming) bundle.coming = null;
        if (error.name !== "AbortError") console.warn(error);
      });
      bundle.coming = coming;
      return coming.done;
    }

    // The same grids in other detail keep their shapes, and with them colour and selection: nothing flickers.
    function take(bundle, zoom, grids) {
      bundle.zoom = zoom;
      if (bundle.grids) {
        bundle.grids.forEach((grid, n) => { Object.assign(grid, { parts: grids[n].parts, label: grids[n].label }); grid.shape.setLatLngs(grid.parts); });
        return;
      }
      bundle.grids = grids;
      for (const grid of grids) { shaped(grid); level.byCode.set(grid.code, grid); }
      gather();
    }
    function gather() { level.grids = bundles.flatMap((bundle) => bundle.grids || []); }

    // Everything a view needs; done when it is there, as far as it could be had.
    function cover(view, zoom) {
      const step = stepAt(zoom), wide = view.pad(MARGIN), middle = view.getCenter();
      const apart = ({ box }) => { const at = box.getCenter(); return Math.hypot(at.lat - middle.lat, at.lng - middle.lng); };
      level.wanted = bundles.filter((bundle) => bundle.box.intersects(wide)).sort((a, b) => apart(a) - apart(b));
      const wanted = new Set(level.wanted);
      for (const bundle of bundles) if (bundle.coming && !wanted.has(bundle) && !bundle.coming.sought) bundle.coming.stop.abort();
      drop(wanted, apart);
      return Promise.all(level.wanted.map((bundle) => load(bundle, step)));
    }
    function drop(wanted, apart) {
      let n = level.grids.length;
      const others = bundles.filter((bundle) => bundle.grids && !wanted.has(bundle)).sort((a, b) => apart(b) - apart(a));
      for (const bundle of others) {
        if (n <= KEPT) break;
        n -= bundle.count;
        for (const grid of bundle.grids) { dropped(grid); level.byCode.delete(grid.code); }
        Object.assign(bundle, { grids: null, zoom: null, fresh: null, stamp: null });
      }
      gather();
    }

    // The grids of the bundles that the last view needed, as far as they have come.
    function near() { return level.wanted.flatMap((bundle) => bundle.grids || []); }
    // What has come and lies outside a view and its surroundings.
    function far(view) {
      const wide = view.pad(2 * MARGIN);
      return bundles.filter((bundle) => bundle.grids && !bundle.box.intersects(wide));
    }

    // One grid that lies somewhere, from wherever it is.
    async function find(code, box, zoom) {
      for (const bundle of bundles.filter((bundle) => bundle.box.contains(box))) {
        if (level.byCode.has(code)) break;
        const done = load(bundle, stepAt(zoom));
        if (bundle.coming) bundle.coming.sought = true;
        await done;
      }
      return level.byCode.get(code);
    }

    return level;
  };
})();
