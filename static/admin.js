// What a script adds to the admin; every page works without it.
"use strict";

// An element with data-refresh="10" is read anew every ten seconds, while somebody looks. Whoever
// has gone away is not kept signed in by that, and nothing moves under the keyboard or a selection.
const AWAY = 15 * 60 * 1000;
let used = Date.now();
for (const sign of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(sign, () => { used = Date.now(); }, { passive: true });
}
for (const part of document.querySelectorAll("[data-refresh][id]")) {
  const timer = setInterval(async () => {
    if (document.hidden || Date.now() - used > AWAY) return;
    if (part.querySelector(":focus-visible") || !getSelection().isCollapsed) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh) return;
      for (const { id, open } of part.querySelectorAll("details[id]")) {
        const same = page.getElementById(id);
        if (same) same.open = open;
      }
      part.replaceChildren(...fresh.childNodes);
      // Nothing more is to come.
      if (!fresh.dataset.refresh) clearInterval(timer);
    } catch {
      // The network is away or nobody is signed in any more: what is shown stays.
    }
  }, Number(part.dataset.refresh) * 1000);
}

// A checkbox with data-select-all="name" checks and clears every checkbox of that name.
for (const all of document.querySelectorAll("input[data-select-all]")) {
  const each = () => [...document.getElementsByName(all.dataset.selectAll)];
  all.hidden = false;
  all.addEventListener("change", () => each().forEach((box) => { box.checked = all.checked; }));
  document.addEventListener("change", (event) => {
    if (event.target.name !== all.dataset.selectAll) return;
    const checked = each().filter((box) => box.checked).length;
    all.checked = checked === each().length;
    all.indeterminate = checked > 0 && !all.checked;
  });
}
