// A page whose sign-in has ended goes to sign in; one whose server is away waits for it.
// The still picture of the map goes, should the map itself not come.
(() => {
  setTimeout(() => document.getElementById("redgrid-first")?.remove(), 15000);
  const Open = window.WebSocket;
  const here = () => "/login?next=" + encodeURIComponent(location.pathname + location.search);
  let asking = false;
  async function ask() {
    if (asking) return;
    asking = true;
    for (let wait = 500; ; wait = Math.min(2 * wait, 10000)) {
      try {
        const answer = await fetch("/account", { method: "HEAD", credentials: "same-origin", cache: "no-store", redirect: "manual" });
        if (answer.status === 401) location.assign(here());
        if (answer.status < 500) break;
      } catch (away) { /* asked again below */ }
      await new Promise((later) => setTimeout(later, wait));
    }
    asking = false;
  }
  window.WebSocket = class extends Open {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", ask);
    }
  };
})();
