// A page never breaks because of us: what goes wrong is told once on the console, and then the script is silent.

let broken = false;

/**
 * @template {unknown[]} Arguments
 * @param {(...values: Arguments) => unknown} work
 * @returns {(...values: Arguments) => void} the same, but it never throws, and does nothing once something threw
 */
export function guarded(work) {
  return (...values) => {
    if (broken) return;
    try {
      const result = work(...values);
      if (result instanceof Promise) result.catch(stop);
    } catch (error) {
      stop(error);
    }
  };
}

/**
 * Listens without ever breaking the page.
 * @param {string} name of an event
 * @param {(event: any) => unknown} work
 * @param {EventTarget} [target]
 * @param {boolean} [first] before the page's own listeners
 */
export function listen(name, work, target = window, first = false) {
  target.addEventListener(name, guarded(work), first);
}

/** @returns {boolean} whether the script has stopped */
export function isBroken() {
  return broken;
}

/** @param {unknown} error */
function stop(error) {
  if (!broken) console.warn("suostumus stopped:", error);
  broken = true;
}
