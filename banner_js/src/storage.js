// What the script keeps in the shop's localStorage, after consent only.
import { config } from "./config.js";

/** @typedef {"" | "_session" | "_receipt"} Slot the token, the session, the receipt of the consent in force */

/**
 * @param {Slot} slot
 * @returns {string} empty when nothing is kept, or may not be
 */
export function recall(slot) {
  try {
    return localStorage.getItem(key(slot)) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {Slot} slot
 * @param {string} text empty removes it
 */
export function keep(slot, text) {
  try {
    if (text) localStorage.setItem(key(slot), text);
    else localStorage.removeItem(key(slot));
  } catch {
    // Storage that is full or forbidden: the page goes on, only this browser remembers less.
  }
}

/**
 * @param {Slot} slot
 * @returns {string}
 */
function key(slot) {
  return `suostumus_${config.site}${slot}`;
}
