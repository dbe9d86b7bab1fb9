// What the script keeps in the shop's localStorage, after consent only.
import { config } from "./config.js";

/** @typedef {"" | "_session" | "_receipt"} Slot the token, the session, the receipt of the consent in force */

/** Stands in, for the life of the page, where storage is full or forbidden. @type {Partial<Record<Slot, string>>} */
const memory = {};

/**
 * @param {Slot} slot
 * @returns {string} empty when nothing is kept
 */
export function recall(slot) {
  try {
    return memory[slot] || localStorage.getItem(key(slot)) || "";
  } catch {
    return "";
  }
}

/**
 * @param {Slot} slot
 * @param {string} text empty removes it
 */
export function keep(slot, text) {
  memory[slot] = "";
  try {
    if (text) localStorage.setItem(key(slot), text);
    else localStorage.removeItem(key(slot));
  } catch {
    memory[slot] = text;
  }
}

/**
 * @param {Slot} slot
 * @returns {string}
 */
function key(slot) {
  return `suostumus_${config.site}${slot}`;
}
