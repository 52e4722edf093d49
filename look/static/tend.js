/* Tend in the browser. Everything here is comfort: without it every link, form and page still does its work. */
(() => {
  "use strict";

  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const visible = (node) => node.getClientRects().length > 0;

  /* The running timer. The server says how long it has run; the clock of this machine only counts on from there. */
  const began = new WeakMap();
  const clock = (seconds) => {
    const two = (n) => String(n).padStart(2, "0");
    return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  };
  const tick = () => {
    for (const node of all("[data-seconds]")) {
      if (!began.has(node)) began.set(node, Date.now() - Number(node.dataset.seconds) * 1000);
      node.textContent = clock(Math.max(0, Math.floor((Date.now() - began.get(node)) / 1000)));
    }
  };
  tick();
  setInterval(tick, 1000);

  /* Toasts. What went well leaves after ten seconds unless somebody is reading it; what went wrong stays until closed. */
  const toasts = one("#toasts");
  const seen = new WeakSet();
  const leave = (toast) => {
    if (toast.matches(":hover, :focus-within")) setTimeout(() => leave(toast), 4000);
    else toast.remove();
  };
  const greet = () => {
    for (const toast of all(".toast", toasts)) {
      if (seen.has(toast)) continue;
      seen.add(toast);
      for (const button of all("[data-dismiss]", toast)) button.hidden = false;
      if (!toast.matches(".is-over")) setTimeout(() => leave(toast), 10000);
    }
  };
  const say = (id) => {
    const words = one(`template#${id}`);
    if (!words || !toasts) return;
    for (const toast of all(".toast.is-over", toasts)) toast.remove();
    toasts.append(words.content.cloneNode(true));
  };
  if (toasts) {
    new MutationObserver(greet).observe(toasts, { childList: true });
    greet();
  }

  /* The second click of a double click is not sent: its answer would take the place of the first, which alone shows a new secret. */
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (Date.now() - (sent.get(event.target) ?? 0) < 2000) event.preventDefault();
    else sent.set(event.target, Date.now());
  });

  /* htmx: a failure is told and the page kept; after a swap the focus is where the person left it, or at what is new. */
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail.ctx.response.status;
    if (status === 422) {
      if (toasts) for (const toast of all(".toast:not(.is-over)", toasts)) toast.remove();
      return;
    }
    say(status >= 500 || status === 429 ? "lost" : "gone");
  });
  document.addEventListener("htmx:error", () => say("lost"));
  let left = null;
  document.addEventListener("htmx:before:swap", () => {
    const active = document.activeElement;
    left = active && active !== document.body ? { id: active.id, name: active.getAttribute("name") } : null;
  });
  document.addEventListener("htmx:after:settle", (event) => {
    const swapped = event.target instanceof Element && (event.target.isConnected ? event.target : document.getElementById(event.target.id));
    const target = swapped || document.getElementById("main");
    if (!target || (toasts && toasts.contains(target))) return;
    const wrongs = one(".wrongs", target);
    if (wrongs) wrongs.focus();
    else if (left && document.activeElement === document.body) {
      const again = (left.id && document.getElementById(left.id)) || (left.name && one(`[name="${CSS.escape(left.name)}"]`, target));
      const place = again || one("h1, h2, h3, a[href], button, input:not([type=hidden])", target) || target;
      if (!place.matches("a[href], button, input, select, textarea, summary, [tabindex]")) place.setAttribute("tabindex", "-1");
      place.focus({ preventScroll: true });
    }
    left = null;
  });

  /* A zone that nobody has chosen yet is that of this machine, where the form knows it by that name. */
  for (const field of all("select[data-here]:not([aria-invalid])")) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (field.value === field.dataset.here && [...field.options].some((option) => option.value === here)) field.value = here;
  }

  /* Dialogs. */
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return false;
    dialog.showModal();
    dialog.dispatchEvent(new Event("opened"));
    return true;
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener && !event.ctrlKey && !event.metaKey && open(opener.dataset.opens)) event.preventDefault();
    const dismissed = event.target.closest("[data-dismiss]");
    if (dismissed) dismissed.closest(".toast").remove();
    if (event.target instanceof HTMLDialogElement) event.target.close();
    for (const menu of all("details.person-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  for (const opener of all("a[data-opens]")) opener.setAttribute("role", "button");
  for (const opener of all("button[data-opens]")) opener.hidden = !document.getElementById(opener.dataset.opens);

  /* The palette: what may be done, and every place of the navigation, narrowed while typing. */
  const palette = one("#palette");
  if (palette) {
    const text = one("#palette-text");
    const places = one("[data-places]", palette);
    for (const [index, link] of all(".nav a[data-go]").entries()) {
      const option = document.createElement("li");
      option.id = `palette-place-${index}`;
      option.setAttribute("role", "option");
      option.dataset.href = link.href;
      const icon = one("svg", link);
      if (icon) option.append(icon.cloneNode(true));
      const words = document.createElement("span");
      words.textContent = [...link.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();
      option.append(words);
      for (const key of ["g", link.dataset.go]) option.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      places.append(option);
    }
    const options = () => all('[role="option"]', palette).filter((option) => !option.hidden);
    let chosen = "";
    let moved = false;
    const choose = (option) => {
      chosen = option ? option.id : "";
      for (const other of all('[role="option"]', palette)) other.setAttribute("aria-selected", String(other === option));
      text.setAttribute("aria-activedescendant", option ? option.id : "");
      if (option) option.scrollIntoView({ block: "nearest" });
    };
    /* What answers to the words comes before searching for them. An answer of the server moves no choice but that of the search. */
    const narrow = (answered) => {
      const wanted = text.value.trim().toLocaleLowerCase();
      for (const option of all('[data-href], [data-dialog], [id^="palette-deed-"]', palette)) option.hidden = !option.textContent.toLocaleLowerCase().includes(wanted);
      one("[data-submit]", palette).hidden = !wanted;
      one("[data-echo]", palette).textContent = text.value.trim();
      for (const group of all('[role="group"]', palette)) group.hidden = !one('[role="option"]:not([hidden])', group);
      const shown = options();
      moved &&= answered;
      choose((answered && shown.find((option) => option.id === chosen && (moved || !("submit" in option.dataset)))) || shown[0]);
    };
    /* What the page itself can do, in the words of its buttons. */
    const offer = () => {
      const deeds = one("[data-deeds]", palette);
      deeds.replaceChildren(deeds.firstElementChild);
      for (const [index, node] of all("main [data-key]").filter((node) => visible(node) && !one(`[data-else-key="${CSS.escape(node.dataset.key)}"]`, palette)).entries()) {
        const option = document.createElement("li");
        Object.assign(option, { id: `palette-deed-${index}`, deed: node });
        option.setAttribute("role", "option");
        const words = (node.labels && node.labels[0] ? node.labels[0] : node).cloneNode(true);
        for (const aside of all("kbd, svg, .hint", words)) aside.remove();
        option.append(Object.assign(document.createElement("span"), { textContent: (node.getAttribute("aria-label") || words.textContent).trim() }));
        option.append(Object.assign(document.createElement("kbd"), { textContent: node.dataset.key }));
        deeds.append(option);
      }
    };
    const take = (option) => {
      if (!option || "submit" in option.dataset) return text.form.submit();
      palette.close();
      if (option.deed) return press(option.deed);
      if (option.dataset.dialog) return open(option.dataset.dialog);
      return go(option.dataset.href);
    };
    palette.addEventListener("opened", () => {
      text.value = "";
      offer();
      narrow(false);
      text.focus();
    });
    text.addEventListener("input", () => narrow(false));
    palette.addEventListener("htmx:after:settle", () => narrow(true));
    text.addEventListener("keydown", (event) => {
      const shown = options();
      const at = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && shown.length) {
        choose(shown[(at + step + shown.length) % shown.length]);
        moved = true;
      } else if (event.key === "Enter") take(shown[at]);
      else return;
      event.preventDefault();
    });
    palette.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) take(option);
    });
  }

  /* Keys. `data-key` marks what a single key does on this page, `data-else-key` where it leads from any other,
     `data-go` a place for g and a letter. Single keys can be turned off; Ctrl or Cmd with K stays. */
  const go = (href) => {
    location.href = href;
    arrive();
  };
  const arrive = () => {
    const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named && named.matches("input, textarea, select")) named.focus();
  };
  const kept = {
    get on() { try { return localStorage.getItem("tend.keys") !== "off"; } catch { return true; } },
    set on(value) { try { localStorage.setItem("tend.keys", value ? "on" : "off"); } catch { /* private windows may keep nothing */ } },
  };
  for (const box of all("[data-single-keys]")) {
    box.checked = kept.on;
    box.addEventListener("change", () => { kept.on = box.checked; });
  }
  const press = (node) => {
    if (node.matches("input, textarea, select")) {
      node.focus();
      if (node.select) node.select();
    } else if (node.matches("summary")) {
      node.parentElement.open = true;
      (one("textarea, input:not([type=hidden])", node.parentElement) || node).focus();
    } else node.click();
  };
  let jumping = 0;
  const single = (key) => {
    if (Date.now() - jumping < 1500) {
      jumping = 0;
      const place = all("[data-go]").find((link) => link.dataset.go === key);
      if (place) place.click();
      return Boolean(place);
    }
    if (key === "g" && one("[data-go]")) {
      jumping = Date.now();
      return true;
    }
    if (key === "?") return open("keys");
    const named = all("[data-key]").find((node) => node.dataset.key === key && visible(node));
    if (named) press(named);
    const isHere = (href) => !href.includes("#") && new URL(href, location.href).pathname === location.pathname;
    const elsewhere = !named && all("[data-else-key]").find((node) => node.dataset.elseKey === key && !isHere(node.dataset.href));
    if (elsewhere) go(elsewhere.dataset.href);
    return Boolean(named || elsewhere);
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      if (open("palette")) event.preventDefault();
      return;
    }
    if (event.key === "Escape") for (const menu of all("details.person-menu[open]")) { menu.open = false; one("summary", menu).focus(); }
    const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !kept.on) return;
    if (single(event.key)) event.preventDefault();
  });
  /* The week grid: the arrows go up and down a column. */
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = step && event.target instanceof HTMLInputElement && event.target.id.match(/^cell-(\d+)-(\d+)$/);
    const next = at && document.getElementById(`cell-${Number(at[1]) + step}-${at[2]}`);
    if (!next) return;
    next.focus();
    next.select();
    event.preventDefault();
  });
  addEventListener("hashchange", arrive);
  arrive();
})();
