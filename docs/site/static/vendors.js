/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A search field over the tables of the page of vendors. Without scripts, the page is as it was. */
"use strict";

(() => {
  const tables = [...document.querySelectorAll("section#vendors table")].filter((table) =>
    ["Product", "Vendor"].includes(table.tHead?.rows[0]?.cells[0]?.textContent.trim()),
  );
  if (!tables.length) {
    return;
  }

  // "check point", "Check-Point" and "checkpoint_harmony" are words with spaces between them; accents don't count
  const words = (text) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean);
  const rows = tables.flatMap((table) =>
    [...table.tBodies[0].rows].map((row) => {
      const found = words(row.textContent);
      return { row, text: `${found.join(" ")}\n${found.join("")}` };
    }),
  );

  for (const table of tables) {
    table.classList.add("searched");
  }
  for (const link of tables.flatMap((table) => [...table.querySelectorAll("td:nth-child(2) a")])) {
    link.innerHTML = link.innerHTML.replaceAll("_", "_<wbr>");
  }

  const form = document.createElement("form");
  form.className = "vendor-search";
  form.setAttribute("role", "search");
  form.innerHTML =
    '<label for="vendor-search">Find a product or vendor</label>' +
    '<input id="vendor-search" type="search" autocomplete="off" spellcheck="false" placeholder="ninja">' +
    '<p role="status"></p>';
  const field = form.querySelector("input");
  const status = form.querySelector("p");

  const show = () => {
    const wanted = words(field.value);
    for (const { row, text } of rows) {
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    const counts = tables.map((table) => {
      const count = [...table.tBodies[0].rows].filter((row) => !row.hidden).length;
      (table.closest(".table-wrapper") ?? table).hidden = count === 0;
      return count;
    });
    say(wanted.length > 0, counts);
  };

  // such as: 2 of 109 match, 1 in Lists that are known in part.
  const say = (asked, counts) => {
    const count = counts.reduce((sum, each) => sum + each, 0);
    if (!asked) {
      status.replaceChildren();
    } else if (!count) {
      status.innerHTML = 'Nothing matches. <a href="#how-to-help">Add a vendor</a>';
    } else {
      const below = counts.flatMap((each, number) => {
        const section = tables[number].closest("section");
        const link = document.createElement("a");
        link.href = `#${section.id}`;
        link.textContent = section.querySelector("h2")?.firstChild.textContent;
        return number && each ? [each === count ? ", in " : `, ${each} in `, link] : [];
      });
      status.replaceChildren(`${count} of ${rows.length} ${count === 1 ? "matches" : "match"}`, ...below, ".");
    }
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field.value) {
      field.value = "";
      show();
      event.preventDefault();
    }
  });
  const first = tables[0].closest(".table-wrapper") ?? tables[0];
  first.before(form);
  show(); // the browser may bring back what was typed before
})();
