// Each heading is a button that sorts by its column, what is unknown last; data-v has a cell's number.
for (const table of document.querySelectorAll("table"))
  table.querySelectorAll("thead th").forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending", body = table.tBodies[0];
      const value = row => {
        const cell = row.cells[at], number = cell.dataset.v;
        return number === undefined ? cell.textContent : number === "" ? null : Number(number);
      };
      const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b);
      const rows = [...body.rows].map(row => [value(row), row]);
      rows.sort(([a], [b]) =>
        a === null || b === null ? (a === null) - (b === null) : order(a, b) * (down ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
      table.querySelectorAll("thead th").forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    });
  });
// What is folded on the screen is printed too.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(part => part.open = true));
