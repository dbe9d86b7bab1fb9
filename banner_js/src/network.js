// The network: every request to the collector goes out here.
import { config } from "./config.js";
import { isBroken } from "./guard.js";

const LONGEST_PAUSE_SECONDS = 60;

/** The most that a browser lets a page send as it goes away, less a margin: https://fetch.spec.whatwg.org/ */
export const MOST_BYTES = 60_000;

/**
 * Sends until it is answered: repeats after a growing pause while the network or the server cannot.
 * @template Answer
 * @param {string} path
 * @param {() => object | null} makeBody called for each try; null gives up
 * @param {() => unknown} [onTrouble] called after each try without an answer
 * @returns {Promise<Answer | null>} null when it gave up, or the server refused
 */
export async function post(path, makeBody, onTrouble) {
  for (let tries = 0; ; tries++) {
    const body = isBroken() ? null : makeBody();
    if (!body) return null;
    let seconds = Math.min(LONGEST_PAUSE_SECONDS, 2 ** tries);
    try {
      const response = await request(path, JSON.stringify(body));
      if (response.ok) return await response.json();
      if (response.status < 500 && response.status !== 429) {
        onTrouble?.();
        return null;
      }
      seconds = Math.max(seconds, Number(response.headers.get("Retry-After")) || 0);
    } catch {
      // No network, or an answer cut short: the same body is sent again, and its ids make that harmless.
    }
    onTrouble?.();
    await pause(seconds * (1 + Math.random() / 2));
  }
}

/**
 * Sends without an answer, as the page goes away.
 * @param {string} path
 * @param {object} body
 */
export function postAndLeave(path, body) {
  navigator.sendBeacon(config.collector + path, JSON.stringify(body));
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * @param {string} text
 * @returns {number} its length as it travels
 */
export function byteLength(text) {
  return new Blob([text]).size;
}

/**
 * @param {string} path
 * @param {string} body a string travels as text/plain, for which browsers ask no leave (no preflight)
 */
function request(path, body) {
  const keepalive = byteLength(body) < MOST_BYTES;
  return fetch(config.collector + path, { method: "POST", body, credentials: "include", keepalive });
}
