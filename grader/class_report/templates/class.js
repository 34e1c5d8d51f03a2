
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("class-data").textContent);
  const main = document.querySelector("main"), table = document.getElementById("table");
  const head = table.tHead, body = table.tBodies[0], end = document.getElementById("end");
  const search = document.getElementById("search"), said = document.getElementById("said");
  const everybody = document.getElementById("everybody"), hide = document.getElementById("hide");
  const CHUNK = 100;  // rows drawn at a time: so many are laid out in a few milliseconds
  const SIGNS = {n: ["\u2013", "not started"], u: ["?", "could not be graded"], p: ["\u22ef", "waits for a person"], w: ["w", "waived"]};
  const collator = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"});
  const plain = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const open = data.rows.map(row => plain([row.p, row.s, row.t, row.l].join(" ")));
  const named = data.rows.map((row, at) => plain(row.n + " " + row.i) + " " + open[at]);

  const rank = [];
  [...data.rows.keys()].sort((a, b) => data.rows[a].p < data.rows[b].p ? -1 : 1).forEach((at, place) => { rank[at] = place; });

  let hidden = !data.names, group = null, sort = {column: 0, down: false}, order = [], drawn = 0;

  const shown = row => hidden || !row.n ? row.p : row.n;
  const number = value => value === null ? "" : String(Math.round(value * 100) / 100);
  const text = (title, get) => ({title, get, show: get, text: true});
  const numeric = (title, get, show) => ({title, get, show: show || (row => number(get(row))), text: false});
  const columns = [
    text("student", shown), text("section", row => row.s), text("state", row => row.t),
    numeric("mark", row => row.m), numeric("raw", row => row.r),
    numeric("strict", row => row.k), numeric("slips", row => row.t.startsWith("not submitted") ? null : row.x),
    numeric("late", row => row.a || (row.l ? 0 : null), row => row.l),
    ...data.exercises.map(([id, title, most], at) => ({
      ...numeric(id, row => typeof row.e[at] === "number" ? row.e[at] : null,
        row => typeof row.e[at] === "number" ? number(row.e[at]) : (SIGNS[row.e[at]] || [""])[0]),
      long: title + ", of " + number(most) + " points",
      says: row => (SIGNS[row.e[at]] || ["", ""])[1],
    })),
  ].filter(column => column.title !== "section" || data.rows.some(row => row.s));
  if (data.names) {
    columns.splice(1, 0, text("id", row => hidden ? "" : row.i));
  }

  function make(name, content, className) {
    const element = document.createElement(name);
    if (content !== undefined) element.textContent = content;
    if (className) element.className = className;
    return element;
  }

  function drawHead() {
    const line = document.createElement("tr");
    columns.forEach((column, at) => {
      const cell = make("th", undefined, column.text ? "" : "number");
      cell.scope = "col";
      if (sort.column === at) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      const button = make("button", column.title);
      button.type = "button";
      if (column.long) button.title = column.long;
      button.addEventListener("click", () => {
        // Numbers are asked for the largest first, words from their beginning.
        sort = {column: at, down: sort.column === at ? !sort.down : !column.text};
        refresh();
        head.rows[0].cells[at].firstChild.focus();
      });
      cell.append(button);
      line.append(cell);
    });
    head.replaceChildren(line);
  }

  function drawRow(row) {
    const line = document.createElement("tr");
    columns.forEach((column, at) => {
      const cell = make(at ? "td" : "th", undefined, column.text ? "" : "number");
      const words = column.show(row);
      if (at) {
        cell.textContent = words;
        if (column.says && column.says(row)) cell.title = column.says(row);
      } else {
        cell.scope = "row";
        if (row.h && !hidden) {
          const link = make("a", words);
          link.href = row.h;
          cell.append(link);
        } else {
          cell.textContent = words;
        }
        cell.title = words;
      }
      line.append(cell);
    });
    return line;
  }

  function drawMore(until) {
    const some = document.createDocumentFragment();
    for (const last = Math.min(until, order.length); drawn < last; drawn++) some.append(drawRow(data.rows[order[drawn]]));
    body.append(some);
  }

  function compare(column, down) {
    const keys = data.rows.map(column.get), sign = down ? -1 : 1;
    const tie = hidden ? (a, b) => rank[a] - rank[b] : (a, b) => a - b;  // rows are in the order of ids, which tells
    if (hidden && column === columns[0]) return (a, b) => sign * tie(a, b);
    if (column.text) return (a, b) => sign * collator.compare(keys[a], keys[b]) || tie(a, b);
    // Who has no number comes last, whichever way the others go.
    return (a, b) => (keys[a] === null) - (keys[b] === null) || sign * (keys[a] - keys[b]) || tie(a, b);
  }

  function refresh() {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean), texts = hidden ? open : named;
    const from = group === null ? data.rows.keys() : data.groups[group][1];
    order = [...from].filter(at => wanted.every(word => texts[at].includes(word)));
    order.sort(compare(columns[sort.column], sort.down));
    drawHead();
    body.replaceChildren();
    drawn = 0;
    drawMore(CHUNK);
    table.parentElement.scrollTop = 0;
    const what = group === null ? "" : ": " + data.groups[group][0];
    said.textContent = order.length + " of " + data.rows.length + " students" + what;
    everybody.hidden = group === null && !search.value;
  }

  function drawNames() {
    for (const place of document.querySelectorAll(".who")) place.textContent = shown(data.rows[Number(place.dataset.row)]);
    main.classList.toggle("hidden-names", hidden);
    search.placeholder = hidden ? "pseudonym, section or state" : "name, id, section or state";
  }

  function follow() {
    const found = /^#group-(\d+)$/.exec(location.hash);
    const wanted = found && Number(found[1]) < data.groups.length ? Number(found[1]) : null;
    if (wanted === null && !["", "#students"].includes(location.hash)) return;  // another place in the page
    group = wanted;
    if (wanted !== null) search.value = "";
    refresh();
    if (wanted !== null) {
      document.getElementById("students").scrollIntoView();
      document.getElementById("students-title").focus({preventScroll: true});
    }
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(refresh);
  });
  everybody.addEventListener("click", () => {
    search.value = "";
    group = null;
    if (location.hash.startsWith("#group-")) history.replaceState(null, "", "#students");
    refresh();
    search.focus();
  });
  if (hide) hide.addEventListener("click", () => {
    hidden = !hidden;
    hide.setAttribute("aria-checked", String(hidden));
    search.value = "";  // what was searched for may be a name
    drawNames();
    refresh();
  });
  new IntersectionObserver(seen => {
    if (seen.some(entry => entry.isIntersecting)) drawMore(drawn + CHUNK);
  }, {root: table.parentElement, rootMargin: "600px"}).observe(end);
  addEventListener("beforeprint", () => drawMore(order.length));
  addEventListener("hashchange", follow);
  addEventListener("click", event => {  // once more to where we are: no change of the address, but the list may be another
    const link = event.target.closest ? event.target.closest("a.count") : null;
    if (link && link.hash === location.hash) follow();
  });
  drawNames();
  follow();
  if (!body.rows.length) refresh();
})();
