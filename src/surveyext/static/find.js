// Finds entries: a filter over the table of all entries and over the cards of a page, and
// cards among the results of the search page. The address holds the state of a filter.
(() => {
  const html = document.documentElement;
  const root = html.dataset.content_root ?? "./";
  const _ = globalThis.surveyWord;
  const FILLERS = new Set(
    "a about all an and any are at by code do does entries for from in is method methods model models of on or paper papers show since that the to use using what which who with without".split(" "),
  );
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

  // --- Words -----------------------------------------------------------------------------

  const fold = (text) =>
    text
      .normalize("NFKD")
      .toLowerCase()
      .replace(/\p{M}/gu, "")
      .replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter]);
  const split = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

  /** Edits between two words, a swap of neighbours counting as one; more than `most` is Infinity. */
  function distance(one, two, most) {
    if (Math.abs(one.length - two.length) > most) return Infinity;
    let [before, last] = [[], Array.from({ length: two.length + 1 }, (_, i) => i)];
    for (let i = 1; i <= one.length; i++) {
      const row = [i];
      for (let j = 1; j <= two.length; j++) {
        const other = one[i - 1] === two[j - 1] ? 0 : 1;
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + other);
        if (i > 1 && j > 1 && one[i - 1] === two[j - 2] && one[i - 2] === two[j - 1]) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
      }
      if (Math.min(...row) > most) return Infinity;
      [before, last] = [last, row];
    }
    return last[two.length] <= most ? last[two.length] : Infinity;
  }

  const allowed = (word) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);

  /** The known words, or beginnings of words, nearest to one that nothing begins with. */
  function near(word, known) {
    let [least, found] = [allowed(word), []];
    if (least === 0) return found;
    for (const other of known) {
      const edits = Math.min(
        distance(word, other, least),
        distance(word, other.slice(0, word.length), least),
      );
      if (edits < least) [least, found] = [edits, [other]];
      else if (edits === least) found.push(other);
    }
    return found;
  }

  /**
   * Which of the texts have every word of a query, as a word or the beginning of one.
   * texts: Map of key to words joined by blanks. Returns the keys, and what was read
   * for a word that nothing begins with.
   */
  function match(query, texts) {
    let keys = [...texts.keys()];
    const read = [];
    for (const word of split(query)) {
      const has = (key, start) => ` ${texts.get(key)}`.includes(` ${start}`);
      let starts = [word];
      if (![...texts.keys()].some((key) => has(key, word))) {
        starts = near(word, new Set([...texts.values()].flatMap((text) => text.split(" "))));
        if (starts.length) read.push([word, starts]);
      }
      keys = keys.filter((key) => starts.some((start) => has(key, start)));
    }
    return { keys: new Set(keys), read };
  }

  // --- Data ------------------------------------------------------------------------------

  const loading = {};
  /** A generated script of the site, by a script element: that works from a file:// copy too. */
  function load(name) {
    loading[name] ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `${root}find/${name}.js`;
      script.onload = () => done(globalThis.surveyData[name]);
      script.onerror = () => failed(new Error(_("{file} does not load", { file: script.src })));
      document.head.append(script);
    });
    return loading[name];
  }

  async function entries() {
    const data = await load("entries");
    const facetOf = new Map(data.tags);
    return {
      ...data,
      tagFacets: [...new Set(facetOf.values())],
      facetOf,
      rows: data.entries.map(
        ([key, name, title, people, venue, family, year, techniques, tags, code, added]) => ({
          key, name, title, people, venue, family, year, tags, code, added,
          techniques: techniques.map((number) => data.techniques[number][1]),
          page: data.techniques[techniques[0]]?.[0],
          place: techniques[0],
        }),
      ),
    };
  }

  // --- State -----------------------------------------------------------------------------

  const LISTS = ["technique", "with", "venue", "tag"];
  const SINGLE = ["q", "from", "to", "code", "sort"];
  const OURS = new Set([...LISTS, ...SINGLE]);
  const COLUMNS = ["paper", "people", "venue", "year", "technique", "code", "added"]; // as in addresses

  function readState() {
    const query = new URLSearchParams(location.search);
    const state = {};
    for (const name of LISTS) state[name] = query.getAll(name);
    for (const name of SINGLE) state[name] = query.get(name) ?? "";
    return state;
  }

  function addressOf(state) {
    const query = new URLSearchParams(location.search);
    for (const name of OURS) query.delete(name);
    for (const name of LISTS) for (const value of state[name]) query.append(name, value);
    for (const name of SINGLE) if (state[name]) query.set(name, state[name]);
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  }

  // --- Facets ----------------------------------------------------------------------------

  /** The facets of a filter: which values a row has, and which are picked. */
  function facets(data, rows, state) {
    const values = (of) => [...new Set(rows.flatMap(of))];
    const titles = new Map(data.techniques.map(([, name, title]) => [name, title]));
    const list = (name, label, of, known) => ({
      name, label, of, known, picked: state[name],
      passes: (row) => !state[name].length || of(row).some((value) => state[name].includes(value)),
    });
    const technique = (name, label) => ({
      ...list(name, label, (row) => row.techniques, [...titles.keys()]),
      title: (value) => titles.get(value) ?? value,
    });
    const families = values((row) => (row.family ? [row.family] : [])).sort(compare);
    return [
      technique("technique", _("Technique")),
      list("venue", _("Venue"), (row) => [row.family], families),
      ...data.tagFacets.map((label) => {
        const picked = state.tag.filter((tag) => data.facetOf.get(tag) === label);
        const known = data.tags.filter(([, facet]) => facet === label).map(([tag]) => tag);
        return {
          ...list("tag", label, (row) => row.tags, known),
          picked,
          passes: (row) => !picked.length || row.tags.some((tag) => picked.includes(tag)),
        };
      }),
      technique("with", _("Combined with")),
    ];
  }

  const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

  /** Every condition that is set: what it is called, what passes, how to drop it. */
  function conditions(all, state, matched) {
    const found = all
      .filter((facet) => facet.picked.length)
      .map((facet) => ({
        facet,
        label: `${facet.label}: ${facet.picked.map((value) => shown(facet, value)).join(_(" or "))}`,
        passes: facet.passes,
        drop: () => (state[facet.name] = state[facet.name].filter((v) => !facet.picked.includes(v))),
      }));
    if (state.from || state.to) {
      const [from, to] = [Number(state.from) || 0, Number(state.to) || Infinity];
      const label =
        from === to
          ? _("in {year}", { year: from })
          : [from && _("since {year}", { year: from }), to < Infinity && _("until {year}", { year: to })].filter(Boolean).join(" ");
      found.push({ label, passes: (row) => row.year >= from && row.year <= to, drop: () => (state.from = state.to = "") });
    }
    if (state.code) found.push({ name: "code", label: _("with the authors' code"), passes: (row) => row.code, drop: () => (state.code = "") });
    if (matched) found.push({ label: `\u201c${state.q.trim()}\u201d`, passes: (row) => matched.keys.has(row.key), drop: () => (state.q = "") });
    return found;
  }

  const shown = (facet, value) => facet.title?.(value) ?? value;

  /**
   * Turn words of a question into facets: "structured pruning since 2022 at ACL or EMNLP".
   * What names no facet stays as words to look for.
   */
  function understand(all, state, rows) {
    const years = new Set(rows.map((row) => String(row.year)));
    let words = ` ${split(state.q).join(" ")} `;
    const take = (phrase) => {
      const typed = [phrase, `${phrase}s`].find((each) => phrase && words.includes(` ${each} `));
      if (typed) words = words.replace(` ${typed} `, " | ");
      return Boolean(typed);
    };
    for (const [lead, name] of [["since", "from"], ["from", "from"], ["after", "from"], ["until", "to"], ["before", "to"]]) {
      for (const year of years) {
        if (take(`${lead} ${year}`)) {
          const exclusive = { after: 1, before: -1 }[lead] ?? 0;
          state[name] = String(Number(year) + exclusive);
        }
      }
    }
    for (const [word, sort] of [["newest", "-year"], ["latest", "-year"], ["oldest", "year"]]) {
      if (take(word)) state.sort = sort;
    }
    if (take("with code") || take("has code")) state.code = "1";
    const names = all
      .filter((facet) => facet.name !== "with")
      .flatMap((facet) => facet.known.map((value) => ({ facet, value, names: [value, shown(facet, value)] })))
      .flatMap(({ facet, value, names }) => names.map((name) => ({ facet, value, phrase: split(name).join(" ") })))
      .sort((one, two) => two.phrase.length - one.phrase.length);
    for (const { facet, value, phrase } of names) {
      if (take(phrase) && !state[facet.name].includes(value)) {
        state[facet.name] = [...state[facet.name], value];
      }
    }
    for (const year of years) if (take(year)) state.from = state.to = year;
    state.q = words.split(/[ |]+/).filter((word) => word && !FILLERS.has(word)).join(" ");
  }

  // --- Elements --------------------------------------------------------------------------

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  /** An entry's link by its name and title. */
  const linkTo = (row) => {
    const named = fold(row.title).startsWith(fold(row.name));
    const title = named ? row.title : `${row.name} \u2014 ${row.title}`;
    return make("a", { href: `${root}${row.page}#survey-${row.key}` }, title);
  };

  /** A row of the table for an entry that is on another part of it. */
  function tableRow(row, data) {
    const cell = (tag, content) => make(tag, {}, make("p", {}, content));
    const [page, , technique] = data.techniques[row.place];
    const rest = [row.people, row.venue || String(row.year), String(row.year), make("a", { href: `${root}${page}` }, technique), row.code ? _("Code") : "", row.added];
    const head = cell("th", linkTo(row));
    head.className = "stub";
    return make("tr", {}, head, ...rest.map((content) => cell("td", content)));
  }

  /** What a page shows of the survey: its rows or its cards, by key. */
  function subjects() {
    const found = new Map();
    for (const row of document.querySelectorAll("table.survey-entries tbody tr")) {
      const link = row.querySelector('a[href*="#survey-"]');
      if (link) found.set(link.hash.slice("#survey-".length), row);
    }
    if (!found.size) {
      for (const card of document.querySelectorAll('.survey-card[id^="survey-"]')) {
        found.set(card.id.slice("survey-".length), card);
      }
    }
    return found;
  }

  // --- The filter ------------------------------------------------------------------------

  class Filter {
    constructor(box) {
      this.box = box;
      this.subjects = subjects();
      this.table = document.querySelector("table.survey-entries");
      this.isPart = Boolean(this.table?.classList.contains("survey-part"));
      this.state = readState();
      this.build();
      if (this.table) this.sortable();
      addEventListener("popstate", () => {
        this.state = readState();
        this.apply();
      });
      if (new URLSearchParams(location.search).size) this.apply();
    }

    build() {
      const count = this.subjects.size;
      this.text = make("input", { type: "search", id: "survey-words", autocomplete: "off", value: this.state.q });
      this.text.setAttribute("aria-describedby", "survey-words-help");
      this.text.addEventListener("focus", () => this.ready());
      this.text.addEventListener("input", () => {
        this.state.q = this.text.value;
        this.apply({ push: false });
      });
      this.status = make("p", { className: "survey-status", role: "status" });
      this.status.textContent = this.isPart ? _("{count} entries on this page; the filter finds those of all parts", { count }) : _("{count} entries", { count });
      this.chips = make("p", { className: "survey-chips" });
      this.panel = make("div", { className: "survey-facets" });
      const summary = make("summary", {}, this.table ? _("Narrow by technique, year, venue, tag, code") : _("Narrow by year, venue, tag, code"));
      this.more = make("details", { className: "survey-more" }, summary, this.panel);
      this.more.addEventListener("toggle", () => this.more.open && this.ready());
      const form = make(
        "form",
        { role: "search" },
        make("label", { htmlFor: "survey-words" }, _("Filter by words, names, or a question")),
        make("div", { className: "survey-line" }, this.text, make("button", { type: "submit" }, _("Filter"))),
        make("p", { id: "survey-words-help", className: "survey-help" }, _("Accents and small typos are forgiven. Enter turns words like “ACL” or “since 2022” into filters.")),
        this.chips,
        this.status,
        this.more,
      );
      form.setAttribute("aria-label", _("Filter entries"));
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        await this.ready();
        understand(this.facets(), this.state, this.rows);
        this.apply();
      });
      this.box.replaceChildren(form);
    }

    /** Load the data once the reader asks, and build the facets from it. */
    async ready() {
      this.loaded ??= entries().then((data) => {
        this.data = data;
        if (this.isPart) this.complete();
        this.rows = data.rows.filter((row) => this.subjects.has(row.key));
        this.buildFacets();
        this.count();
      });
      try {
        await this.loaded;
      } catch (error) {
        this.loaded = undefined;
        this.status.textContent = _("The filter cannot work: {reason}.", { reason: error.message });
        throw error;
      }
    }

    /** Put the rows of the other parts into the table, hidden until a filter is applied. */
    complete() {
      const all = this.data.rows.filter((row) => row.place !== undefined);
      for (const row of all) {
        if (this.subjects.has(row.key)) continue;
        const made = tableRow(row, this.data);
        made.hidden = true;
        this.subjects.set(row.key, made);
      }
      const sorted = all.toSorted((one, two) => one.place - two.place || two.year - one.year || compare(one.title, two.title));
      this.order = sorted.map((row) => this.subjects.get(row.key)).filter(Boolean);
    }

    facets() {
      return facets(this.data, this.rows, this.state).filter(
        (facet) => this.table || facet.name !== "technique",
      );
    }

    buildFacets() {
      this.boxes = [];
      const groups = this.facets().map((facet, number) => {
        const options = facet.known
          .filter((value) => this.rows.some((row) => facet.of(row).includes(value)))
          .map((value) => this.option(number, facet, value));
        const legend = make("legend", {}, facet.label);
        return options.length > 0 ? make("fieldset", {}, legend, ...options) : "";
      });
      const years = [...new Set(this.rows.map((row) => row.year))].sort((one, two) => two - one);
      const pick = (name, label) => {
        const select = make("select", {}, make("option", { value: "" }, _("any")), ...years.map((year) => make("option", { value: String(year) }, String(year))));
        select.addEventListener("change", () => {
          this.state[name] = select.value;
          this.apply();
        });
        this[name] = select;
        return make("label", {}, `${label} `, select);
      };
      this.code = make("input", { type: "checkbox" });
      this.code.addEventListener("change", () => {
        this.state.code = this.code.checked ? "1" : "";
        this.apply();
      });
      this.codeCount = make("span", { className: "survey-count" });
      const rest = make(
        "fieldset",
        {},
        make("legend", {}, _("Year and code")),
        pick("from", _("From")),
        pick("to", _("To")),
        make("label", {}, this.code, ` ${_("With the authors' code")} `, this.codeCount),
      );
      this.panel.replaceChildren(rest, ...groups);
    }

    option(facetNumber, facet, value) {
      const box = make("input", { type: "checkbox" });
      const left = make("span", { className: "survey-count" });
      box.addEventListener("change", () => {
        const others = this.state[facet.name].filter((each) => each !== value);
        this.state[facet.name] = box.checked ? [...others, value] : others;
        this.apply();
      });
      this.boxes.push({ box, left, facetNumber, value });
      return make("label", {}, box, ` ${shown(facet, value)} `, left);
    }

    /** Show what the state selects, and write it into the address. */
    async apply({ push = true } = {}) {
      await this.ready();
      const turn = (this.turn = (this.turn ?? 0) + 1);
      let matched;
      if (this.state.q.trim()) {
        const words = await load("words");
        matched = match(this.state.q, new Map(this.rows.map((row) => [row.key, words[row.key]])));
      }
      if (turn !== this.turn) return; // typed on meanwhile
      const address = addressOf(this.state);
      if (address !== location.pathname + location.search) {
        history[push ? "pushState" : "replaceState"](null, "", address);
      }
      this.matched = matched;
      if (document.activeElement !== this.text || push) this.text.value = this.state.q;
      this.show(this.count());
    }

    /** Count what each facet's values would leave; return the keys that pass everything. */
    count() {
      const all = this.facets();
      const set = conditions(all, this.state, this.matched);
      const passing = new Set();
      const without = new Map(set.map((each) => [each, 0]));
      const counts = all.map(() => new Map());
      let code = 0;
      const codeSet = set.find((each) => each.name === "code");
      for (const row of this.rows) {
        const failed = set.filter((each) => !each.passes(row));
        if (failed.length === 0) passing.add(row.key);
        if (failed.length === 1) without.set(failed[0], without.get(failed[0]) + 1);
        if (failed.length > 1) continue;
        if (row.code && (failed.length === 0 || failed[0] === codeSet)) code++;
        all.forEach((facet, number) => {
          if (failed.length === 0 || failed[0].facet?.label === facet.label) {
            for (const value of facet.of(row)) {
              counts[number].set(value, (counts[number].get(value) ?? 0) + 1);
            }
          }
        });
      }
      for (const { box, left, facetNumber, value } of this.boxes) {
        const number = counts[facetNumber].get(value) ?? 0;
        box.checked = all[facetNumber].picked.includes(value);
        box.disabled = number === 0 && !box.checked;
        left.textContent = `(${number})`;
      }
      this.codeCount.textContent = `(${code})`;
      this.code.checked = Boolean(this.state.code);
      this.code.disabled = code === 0 && !this.code.checked;
      this.from.value = this.state.from;
      this.to.value = this.state.to;
      return { passing, set, without };
    }

    show({ passing, set, without }) {
      for (const [key, element] of this.subjects) element.hidden = !passing.has(key);
      for (const section of document.querySelectorAll("section section")) {
        const cards = [...section.querySelectorAll('.survey-card[id^="survey-"]')];
        if (cards.length) section.hidden = cards.every((card) => card.hidden);
      }
      if (this.isPart) for (const line of document.querySelectorAll(".survey-parts")) line.hidden = true; // all rows are here now
      this.say(passing.size, set, without);
      this.sort();
      const keys = [...this.subjects.keys()].filter((key) => passing.has(key));
      document.dispatchEvent(new CustomEvent("survey:shown", { detail: { keys } }));
    }

    say(number, set, without) {
      const drop = (condition, text) => {
        const button = make("button", { type: "button" }, text);
        button.addEventListener("click", () => {
          condition.drop();
          this.text.focus();
          this.apply();
        });
        return button;
      };
      this.chips.replaceChildren(
        ...set.flatMap((each) => {
          const chip = drop(each, `${each.label} \u00d7`);
          chip.setAttribute("aria-label", _("Remove the filter {label}", { label: each.label }));
          return [chip, " "];
        }),
      );
      if (set.length > 1) {
        const drops = set.map((each) => each.drop);
        this.chips.append(drop({ drop: () => drops.forEach((each) => each()) }, _("Clear all")));
      }
      const read = (this.matched?.read ?? []).map(
        ([word, starts]) => _("“{word}” read as {words}. ", { word, words: [...new Set(starts)].slice(0, 3).join(", ") }),
      );
      this.status.replaceChildren(...read, _("{number} of {count} entries.", { number, count: this.subjects.size }));
      if (number === 0 && document.activeElement === this.text && set.length === 1 && this.matched) {
        this.status.append(_(" Press Enter to read this as a question."));
      } else if (number === 0) {
        const helpful = set.filter((each) => without.get(each) > 0);
        this.status.append(helpful.length ? _(" Drop one filter: ") : _(" Nothing has all of this; remove a filter above."));
        for (const each of helpful) {
          this.status.append(drop(each, _("{label}: {count} left", { label: each.label, count: without.get(each) })), " ");
        }
      }
    }

    // --- Sorting -------------------------------------------------------------------------

    sortable() {
      this.order = [...this.subjects.values()];
      this.heads = [...this.table.querySelectorAll("thead th")];
      this.heads.forEach((head, column) => {
        const name = COLUMNS[column];
        head.dataset.column = name;
        const button = make("button", { type: "button" }, head.textContent.trim());
        button.addEventListener("click", () => {
          const first = ["year", "added", "code"].includes(name) ? `-${name}` : name;
          const second = first === name ? `-${name}` : name;
          this.state.sort = { [first]: second, [second]: "" }[this.state.sort] ?? first;
          this.apply();
        });
        head.replaceChildren(button);
      });
    }

    sort() {
      if (!this.table) return;
      const name = this.state.sort.replace("-", "");
      const down = this.state.sort.startsWith("-");
      const column = this.heads.findIndex((head) => head.dataset.column === name);
      for (const head of this.heads) head.removeAttribute("aria-sort");
      let rows = this.order;
      if (column >= 0) {
        this.heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
        const text = new Map(rows.map((row) => [row, row.cells[column].textContent.trim()]));
        rows = rows.toSorted((one, two) => compare(text.get(one), text.get(two)) * (down ? -1 : 1));
      }
      if (rows.some((row, place) => row !== this.table.tBodies[0].rows[place])) {
        this.table.tBodies[0].append(...rows);
      }
    }
  }

  // --- The search page -------------------------------------------------------------------

  /** Put the cards that match before what Sphinx's search finds on pages. */
  async function search(place) {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    if (!query.trim()) return;
    place.hidden = true; // it would be pushed down
    try {
      await showEntries(query, place);
    } finally {
      place.hidden = false;
    }
  }

  async function showEntries(query, place) {
    const [data, words] = [await entries(), await load("words")];
    const { keys } = match(query, new Map(Object.entries(words)));
    if (!keys.size) return;
    const asked = split(query);
    // Names and titles before notes.
    const rank = (row) => {
      const [name, title] = [split(row.name), split(`${row.title} ${row.people}`)];
      if (asked.join(" ") === name.join(" ")) return 0;
      return asked.every((word) => [...name, ...title].some((each) => each.startsWith(word))) ? 1 : 2;
    };
    const found = data.rows.filter((row) => keys.has(row.key)).sort((one, two) => rank(one) - rank(two));
    const list = make("ul", { className: "survey-rows" });
    for (const row of found) {
      list.append(make("li", {}, linkTo(row), `. ${row.people}, ${row.venue || row.year}`));
    }
    const title = make("h2", { id: "survey-found" }, _("Entries ({count})", { count: found.length }));
    place.before(make("section", { className: "survey-found", "aria-labelledby": "survey-found" }, title, list));
  }

  function start() {
    const box = document.querySelector(".survey-filter");
    if (box) new Filter(box);
    const results = document.getElementById("search-results");
    if (results) search(results);
  }

  globalThis.surveyFind = { distance, match, near, split };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
