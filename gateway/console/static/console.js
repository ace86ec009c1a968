// What the pages do beside their forms and links: keys, the marked row, lists that stay fresh.
// Nothing essential is here: every act is a form that works without this file. It builds no
// markup from text: what is fresh comes as a page of ours, which is parsed and moved in.
"use strict";
(() => {
  const FRESH_MS = 15000;
  const live = document.querySelector("[data-live]");
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  let at = -1;

  const mark = (n) => {
    const all = rows();
    if (!all.length) return;
    at = Math.max(0, Math.min(n, all.length - 1));
    all.forEach((row, i) => row.classList.toggle("here", i === at));
    const link = all[at].querySelector("[data-open]");
    if (link) link.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };

  const help = () => {
    const keys = document.getElementById("keys");
    if (keys && !keys.open) keys.showModal();
  };

  const follow = (key) => {
    const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.tagName === "DETAILS") {
      found.open = true;
      const field = found.querySelector("select, input:not([type=hidden]), textarea");
      if (field) field.focus();
    } else if (found.tagName === "INPUT") found.focus();
    else found.click();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.body.dataset.keys === "off") return;
    const handled =
      (event.key === "?" && (help(), true)) ||
      (event.key === "j" && rows().length && (mark(at + 1), true)) ||
      (event.key === "k" && rows().length && (mark(at - 1), true)) ||
      (event.key === "k" && (history.back(), true)) ||
      follow(event.key);
    if (handled) event.preventDefault();
  });

  // A list is fetched anew while nobody works in it: no choice made, no field in use.
  const busy = () =>
    document.hidden ||
    document.querySelector("dialog[open], input:checked, details.ask[open]") ||
    (document.activeElement && document.activeElement.closest("form.filters"));

  const refresh = async () => {
    if (busy()) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Sekisho-Live": "1" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      const old = document.getElementById("main");
      if (!fresh || busy() || fresh.textContent === old.textContent) return;
      const open = at >= 0 && rows()[at] ? rows()[at].querySelector("[data-open]") : null;
      const was = open ? open.getAttribute("href") : "";
      old.replaceChildren(...Array.from(fresh.childNodes, (n) => document.adoptNode(n)));
      at = rows().findIndex((r) => r.querySelector(`[data-open][href="${CSS.escape(was)}"]`));
      if (at >= 0) mark(at);
    } catch {
      // The network is away: the list says when it was made, and the next round asks again.
    }
  };
  const tick = () => document.querySelector("[data-live]") && refresh();
  if (live) setInterval(tick, Number(live.dataset.every) || FRESH_MS);

  // A mail dropped on the page goes into the form's field.
  const field = document.querySelector("input[type=file][data-drop]");
  if (field) {
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
  }
})();
