"use strict";
// Sorts and filters tables. Without it they are whole and in their first order.
(() => {
  const value = (cell) => {
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  const compare = (one, two) => {
    const numbers = [typeof one === "number", typeof two === "number"];
    if (numbers[0] && numbers[1]) return one - two;
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return one.localeCompare(two, "en", { numeric: true });
  };
  const sort = (table, column, head) => {
    const down = head.getAttribute("aria-sort") === "ascending"
      || (!head.hasAttribute("aria-sort") && head.dataset.first === "descending");
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const empty = (each) => each === "–" || each === "";
    const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
    rows.sort(([one], [two]) => {
      if (empty(one) || empty(two)) return empty(one) - empty(two);
      return down ? compare(two, one) : compare(one, two);
    });
    body.append(...rows.map(([, row]) => row));
  };
  const addFilter = (table) => {
    const label = document.createElement("label");
    label.className = "filter";
    label.append("Show rows that contain");
    const input = document.createElement("input");
    input.type = "search";
    label.append(input);
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    label.append(" ", count);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = wanted ? `${shown} of ${rows.length} rows` : "";
    });
    table.closest(".wide").before(label);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.textContent.trim() || head.dataset.sort === "no") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, column, head));
    });
    if (table.classList.contains("filtered")) addFilter(table);
  }
})();
