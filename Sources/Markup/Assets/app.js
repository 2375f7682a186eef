// What the pages do better with a script; without it everything still works.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  // Theme: kept in a cookie, so that the server writes the right one and nothing flickers.
  const base = root.dataset.base || "/";
  const themes = all("[data-theme-choice]");
  const showTheme = () => {
    const current = root.dataset.theme || "auto";
    for (const button of themes) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
    }
  };
  for (const button of themes) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const choice = button.dataset.themeChoice;
      if (choice === "auto") delete root.dataset.theme;
      else root.dataset.theme = choice;
      const age = choice === "auto" ? 0 : 31536000;
      document.cookie = `callboard-theme=${choice}; path=${base}; max-age=${age}; samesite=lax`;
      showTheme();
    });
  }
  showTheme();
  for (const element of all("[data-needs-script]")) element.hidden = false;

  // Copy buttons take the text of their data-copy, or of the element that it names with a #.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const value = button.dataset.copy;
    const source = value.startsWith("#") ? document.getElementById(value.slice(1)) : null;
    const text = source
      ? all(".line", source).map((line) => line.textContent).join("\n") || source.textContent
      : value;
    try {
      await navigator.clipboard.writeText(text);
      button.dataset.done = "";
      announce("Copied");
      setTimeout(() => delete button.dataset.done, 1200);
    } catch {
      announce("Copying was refused by the browser");
    }
  });
  const announce = (text) => {
    const place = document.getElementById("announcements");
    if (place) place.textContent = text;
  };

  // Menus close with Escape and with a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

  // Rows of a table are one Tab stop: up and down move between rows, left and right within one.
  const rowLinks = (row) => all("a[href]", row);
  const rowsOf = (table) => all("tbody tr", table).filter((row) => rowLinks(row).length > 0);
  const enter = (link) => {
    const table = link.closest("table");
    for (const other of all("tbody a[tabindex='0']", table)) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
    link.closest("tr").scrollIntoView({ block: "nearest" });
  };
  const tables = all("table[data-rows]");
  for (const table of tables) {
    all("tbody a[href]", table).forEach((link, index) => { link.tabIndex = index === 0 ? 0 : -1; });
  }
  const move = (table, steps) => {
    const rows = rowsOf(table);
    const current = document.activeElement.closest("tr");
    const at = rows.indexOf(current);
    const column = at < 0 ? 0 : Math.max(0, rowLinks(current).indexOf(document.activeElement));
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + steps))];
    if (row) enter(rowLinks(row)[Math.min(column, rowLinks(row).length - 1)]);
  };
  const moveWithin = (link, steps) => {
    const links = rowLinks(link.closest("tr"));
    enter(links[Math.min(links.length - 1, Math.max(0, links.indexOf(link) + steps))]);
  };

  // A facet, the head of a table and other groups of links are one Tab stop each, with the arrows
  // inside, so that a list is a few keys away.
  const groups = all("[data-arrows]");
  const linksOf = (group) => all("a[href]", group).filter((link) => link.checkVisibility());
  for (const group of groups) {
    const links = all("a[href]", group);
    const first = links.find((link) => link.hasAttribute("aria-current")) || links[0];
    for (const link of links) link.tabIndex = link === first ? 0 : -1;
  }
  const moveInGroup = (link, steps) => {
    const group = link.closest("[data-arrows]");
    const links = linksOf(group);
    const next = links[Math.min(links.length - 1, Math.max(0, links.indexOf(link) + steps))];
    for (const other of all("a[href]", group)) other.tabIndex = other === next ? 0 : -1;
    next.focus();
  };

  let waitsForPlace = false;
  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    const isFind = event.key === "k" && (event.ctrlKey || event.metaKey);
    if (isFind && search) {
      event.preventDefault();
      search.focus();
      search.select();
      return;
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      closeMenus();
      if (menu) menu.querySelector("summary").focus();
      else if (document.activeElement === search) search.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const link = event.target.closest("table[data-rows] tbody a[href]");
    const steps = { j: 1, k: -1 }[event.key];
    const arrows = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (waitsForPlace) {
      waitsForPlace = false;
      const place = document.querySelector(`.rail a[data-key="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
    } else if (event.key === "g") {
      waitsForPlace = true;
      setTimeout(() => { waitsForPlace = false; }, 1000);
    } else if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (steps && tables.length > 0) {
      event.preventDefault();
      move(link ? link.closest("table") : tables[0], steps);
    } else if (link && arrows) {
      event.preventDefault();
      move(link.closest("table"), arrows);
    } else if ((arrows || sideways) && event.target.closest("[data-arrows] a[href]")) {
      event.preventDefault();
      moveInGroup(event.target, arrows || sideways);
    } else if (link && sideways) {
      event.preventDefault();
      moveWithin(link, sideways);
    } else if (/^[a-z]$/.test(event.key)) {
      document.querySelector(`[data-shortcut="${event.key}"]`)?.click();
    }
  });
})();
