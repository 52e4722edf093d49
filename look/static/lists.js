/* Lists by keyboard: j and k go from row to row, o opens, x marks. Comfort like all scripts here: Tab and Enter do the same. */
(() => {
  "use strict";

  const ROWS = "main .table tbody a.item-title[href], main .table tbody a.row-head[href], main .rows > .item > a.item-title[href]";
  const typing = (target) => target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
  const rows = () => [...document.querySelectorAll(ROWS)].filter((link) => link.getClientRects().length > 0);
  const keysAreOn = () => {
    try { return localStorage.getItem("tend.keys") !== "off"; } catch { return true; }
  };
  const whole = (link) => link.closest("tr, .item");
  const here = (links) => links.findIndex((link) => whole(link).contains(document.activeElement));

  const move = (links, step) => {
    const at = here(links);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  };
  const act = {
    j: (links) => move(links, 1),
    k: (links) => move(links, -1),
    o: (links) => { const at = here(links); if (at >= 0) links[at].click(); },
    x: (links) => {
      const at = here(links);
      const box = at >= 0 && whole(links[at]).querySelector("input[type=checkbox]");
      if (box) box.click();
    },
  };
  let jumped = 0;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !keysAreOn()) return;
    const after = Date.now() - jumped < 1500;
    jumped = event.key === "g" && !after ? Date.now() : 0;
    if (after || !Object.hasOwn(act, event.key)) return;  // g k leads to the tickets
    const links = rows();
    if (!links.length) return;
    act[event.key](links);
    event.preventDefault();
  }, true);

  /* Escape leaves what is being typed in, so that single keys are heard again; what was typed stays. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !(event.target instanceof HTMLElement)) return;
    if (event.target.matches("input, textarea, select") && !event.target.closest("dialog")) event.target.blur();
  });

  /* What was written is sent with Ctrl or Cmd and Enter, by the first button that sends it. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !(event.target instanceof HTMLTextAreaElement)) return;
    const form = event.target.form;
    const button = form && form.querySelector("button[type=submit], button:not([type])");
    if (!button) return;
    event.preventDefault();
    form.requestSubmit(button);
  });

  /* All keys: those of every page stand in the dialog, those of this page are read from it. */
  const dialog = document.getElementById("keys");
  const list = dialog && dialog.querySelector("[data-page-keys]");
  const said = (node) => {
    const named = (node.labels && node.labels[0]) || node;
    const copy = named.cloneNode(true);
    for (const aside of copy.querySelectorAll("kbd, svg, .hint, input, select")) aside.remove();
    return (node.getAttribute("aria-label") || copy.textContent).replace(/\s+/g, " ").trim();
  };
  if (list) dialog.addEventListener("opened", () => {
    const seen = new Set();
    list.replaceChildren();
    for (const node of document.querySelectorAll("[data-key]")) {
      if (!node.getClientRects().length || seen.has(node.dataset.key)) continue;
      seen.add(node.dataset.key);
      const row = document.createElement("div");
      const term = row.appendChild(document.createElement("dt"));
      term.appendChild(Object.assign(document.createElement("kbd"), { textContent: node.dataset.key }));
      row.appendChild(Object.assign(document.createElement("dd"), { textContent: said(node) }));
      list.append(row);
    }
    list.hidden = !list.children.length;
    list.previousElementSibling.hidden = list.hidden;
  });
})();
