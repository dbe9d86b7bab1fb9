/** Narrows a list while somebody types into the field above it; Enter asks the server for all of it. */

/** Make every field with `data-search` narrow the rows of its card. */
export function searchLists() {
  for (const field of document.querySelectorAll("input[data-search]")) {
    const card = field.closest("section");
    if (!card) continue;
    field.addEventListener("input", () => {
      const wanted = /** @type {HTMLInputElement} */ (field).value.trim().toLocaleLowerCase();
      for (const row of card.querySelectorAll("tbody tr")) {
        const name = row.querySelector("th")?.textContent?.toLocaleLowerCase() ?? "";
        row.toggleAttribute("hidden", !name.includes(wanted));
      }
    });
  }
}
