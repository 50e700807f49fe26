// The basket and exports of what a page shows. Nothing leaves the machine: the basket lies in
// this browser's localStorage, and a link to it carries the keys behind the "#", which no
// browser sends. The records come from one script beside the pages, once somebody asks.
(() => {
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  // Undefined where the survey has no such page, "" on the page itself.
  const basketPage = document.currentScript?.dataset.basket;
  const _ = globalThis.surveyWord;
  const STORE = `survey-basket:${root.pathname}`;
  const FORMS = { bib: "BibTeX", ris: "RIS", json: "CSL-JSON", txt: _("Reference") };
  const TYPES = { bib: "text/x-bibtex", ris: "application/x-research-info-systems" };

  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };
  const button = (text, act) => {
    const made = make("button", { type: "button", className: "survey-button", textContent: text });
    made.addEventListener("click", act);
    return made;
  };

  // What is said aloud; it must be in the page before it says anything.
  const status = make("p", { className: "survey-said" });
  status.setAttribute("role", "status");
  document.body.append(status);
  const say = (text) => (status.textContent = text);
  const counted = () => _("Basket: {count}", { count: basket.length });

  // The basket. Without storage it lasts as long as the page.
  let basket = [];
  let lasting = true;
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE) ?? "[]");
      const keys = Array.isArray(kept) ? kept.filter((key) => typeof key === "string") : [];
      basket = [...new Set(keys)];
    } catch (error) {
      lasting = error instanceof SyntaxError;
    }
  };
  const keep = (keys) => {
    basket = [...new Set(keys)];
    try {
      localStorage.setItem(STORE, JSON.stringify(basket));
    } catch {
      lasting = false;
    }
    return show();
  };

  // Every record in every form, loaded by an element because a page from a file may not fetch.
  let asked;
  const load = () =>
    (asked ??= new Promise((resolve, reject) => {
      const script = make("script", { src: new URL("cite/forms.js", root).href });
      script.onload = () => resolve(window.surveyForms);
      script.onerror = () => {
        asked = undefined;
        script.remove();
        reject(new Error("cite/forms.js is missing"));
      };
      document.head.append(script);
    }));
  const join = {
    bib: (records) => records.map((record) => record.bib).join("\n"),
    ris: (records) => records.map((record) => record.ris).join("\n"),
    json: (records) => `${JSON.stringify(records.map((record) => record.json), null, 1)}\n`,
    txt: (records) => records.map((record) => record.txt).join(""),
  };
  const download = async (keys, form, name) => {
    let forms;
    try {
      forms = await load();
    } catch {
      say(_("The records cannot be loaded: the folder cite is not beside the pages."));
      return;
    }
    const records = keys.filter((key) => Object.hasOwn(forms, key)).map((key) => forms[key]);
    const type = TYPES[form] ?? (form === "json" ? "application/json" : "text/plain");
    const file = new Blob([join[form](records)], { type: `${type};charset=utf-8` });
    const link = make("a", { href: URL.createObjectURL(file), download: `${name}.${form}` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say(_("{count} saved as {file}", { count: records.length, file: link.download }));
  };
  const exports_ = (keys, name) =>
    Object.entries(FORMS).map(([form, label]) => button(label, () => download(keys(), form, name)));

  // A tick box on each card, short ones too, and on each row of the table of all entries.
  const CARDS = ".survey-card[id^='survey-']";
  const HOSTS = `${CARDS}, .survey-short, table.survey-entries tbody tr`;
  const keyOf = (host) => {
    const hash = host.matches(CARDS) ? host.id : host.querySelector("a[href*='#survey-']")?.hash;
    return hash?.replace(/^#?survey-/, "") ?? "";
  };
  const boxes = () => document.querySelectorAll("input.survey-tick");
  const offerTicks = () => {
    for (const host of document.querySelectorAll(HOSTS)) {
      if (host.querySelector("input.survey-tick") || !keyOf(host)) continue;
      const heading = host.querySelector(".survey-title, a");
      const name = (heading?.textContent ?? keyOf(host)).replace(/#\s*$/, "").trim();
      const box = make("input", { type: "checkbox", className: "survey-tick", value: keyOf(host) });
      box.setAttribute("aria-label", _("In basket: {name}", { name }));
      box.checked = basket.includes(box.value);
      const label = make("label", { className: "survey-pick", title: _("In basket") }, box);
      const line = host.querySelector(":scope > :is(.survey-links, .survey-people:last-child)");
      if (line) {
        label.append(_("In basket"));
        line.append("\u2002", label); // a space that does not indent what wraps
      } else {
        // A row has no room for words; the box has its name all the same.
        (host.querySelector("p") ?? host).prepend(label);
      }
    }
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("input.survey-tick")) return;
    read();
    const others = basket.filter((key) => key !== target.value);
    keep(target.checked ? [...others, target.value] : others);
    say(lasting ? counted() : _("Basket: {count}, kept on this page only", { count: basket.length }));
  });

  // The bar at the foot of the window: the way to the basket, and what a filter shows.
  const link = make("a", { href: basketPage ?? "" });
  const summary = make("summary");
  let filtered = [];
  const fold = make("details", { hidden: true }, summary, ...exports_(() => filtered, "shown"));
  const bar = make("aside", { className: "survey-bar", hidden: true }, link, fold);
  bar.setAttribute("aria-label", _("Basket and export"));
  (document.querySelector("article[role=main], [role=main], main") ?? document.body).append(bar);
  document.addEventListener("survey:shown", ({ detail }) => {
    filtered = [...(detail?.keys ?? [])];
    show();
  });

  const show = () => {
    link.textContent = _("Basket ({count})", { count: basket.length });
    link.hidden = !basketPage || !basket.length;
    summary.textContent = _("Export the {count} shown", { count: filtered.length });
    fold.hidden = !filtered.length;
    bar.hidden = link.hidden && fold.hidden;
    if (basketPage !== undefined) offerTicks();
    for (const box of boxes()) box.checked = basket.includes(box.value);
    return list();
  };

  // The page of the basket: the reader's own, or the one that a link carries.
  const room = document.querySelector(".survey-basket");
  const without = room ? [...room.childNodes] : [];
  const carried = () => {
    const keys = /^#keys=(.*)$/.exec(location.hash)?.[1];
    if (keys === undefined) return undefined;
    try {
      return [...new Set(keys.split(",").filter(Boolean).map(decodeURIComponent))];
    } catch {
      return [];
    }
  };
  const address = (keys) => `#keys=${keys.map(encodeURIComponent).join(",")}`;
  const line = (key, record, own) => {
    if (!record) return make("li", {}, _("{key}: not in this survey", { key }));
    const text = make("a", { href: new URL(record.address, root).href }, record.json.title);
    const said = record.txt.trim();
    const item = make("li", {}, text, make("p", { className: "survey-people" }, said));
    if (own) {
      const drop = button(_("Remove"), async () => {
        await keep(basket.filter((other) => other !== key));
        say(_("Removed. Basket: {count}", { count: basket.length }));
        (room.querySelector("ul button") ?? room.querySelector("p")).focus();
      });
      drop.setAttribute("aria-label", _("Remove {title}", { title: record.json.title }));
      item.append(drop);
    }
    return item;
  };
  const list = async () => {
    if (!room) return;
    const shared = carried();
    const keys = shared ?? basket;
    if (!keys.length) {
      const empty = _("Nothing here yet. Tick “In basket” on any card; the papers then stand here.");
      room.replaceChildren(make("p", { tabIndex: -1 }, empty));
      return;
    }
    let forms;
    try {
      forms = await load();
    } catch {
      room.replaceChildren(...without);
      return;
    }
    const entered = keys.filter((key) => Object.hasOwn(forms, key));
    const one = entered.length === 1;
    const count = one ? _("1 paper") : _("{count} papers", { count: entered.length });
    const actions = make("p", { className: "survey-actions" }, _("Save as "));
    actions.append(...exports_(() => entered, shared ? "list" : "basket"));
    const more = make("p", { className: "survey-actions" });
    const share = make("a", { href: address(entered) }, _("Link to this list"));
    if (shared) {
      const own = button(_("Add all to my basket"), () => {
        keep([...basket, ...entered]);
        say(counted());
      });
      const back = make("a", { href: "#" }, _("My basket"));
      more.append(own, " ", back);
    } else {
      const copy = button(_("Copy link"), async () => {
        try {
          await navigator.clipboard.writeText(share.href);
          say(_("Link copied"));
        } catch {
          getSelection().selectAllChildren(share);
          say(_("No clipboard here; copy the link from its menu"));
        }
      });
      const clear = button(_("Empty the basket"), () => {
        keep([]);
        say(_("The basket is empty"));
      });
      more.append(share, " ", copy, " ", clear);
    }
    const lead = make("p", { tabIndex: -1 }, shared ? _("A list of {papers}", { papers: count }) : _("{papers} in this browser", { papers: count }));
    if (!lasting) lead.append(_("; this browser keeps no basket from page to page"));
    const known = (key) => (Object.hasOwn(forms, key) ? forms[key] : undefined);
    const items = keys.map((key) => line(key, known(key), !shared));
    const listing = make("ul", { className: "survey-rows" }, ...items);
    room.replaceChildren(lead, actions, more, listing);
  };

  addEventListener("hashchange", list);
  addEventListener("storage", (event) => {
    if (event.key !== STORE && event.key !== null) return;
    read();
    show();
  });
  // A page from the browser's memory may be older than the basket.
  addEventListener("pageshow", () => {
    read();
    show();
  });
  read();
  show();
})();
