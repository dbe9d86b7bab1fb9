// Random ids. crypto.randomUUID is missing on pages without https.

/** @returns {string} a random UUID, RFC 9562 section 5.4: a 0 becomes any digit, the 8 keeps its upper bits */
export function uuid() {
  return "00000000-0000-4000-8000-000000000000".replace(/[08]/g, (digit) => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    return (+digit | (random & (digit > "0" ? 3 : 15))).toString(16);
  });
}
