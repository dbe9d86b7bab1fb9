// Random ids. crypto.randomUUID is missing on pages without https.

/** @returns {string} a random UUID, with which addresses of blobs end everywhere: https://w3c.github.io/FileAPI/#dfn-blob-url */
export function uuid() {
  const url = URL.createObjectURL(new Blob());
  URL.revokeObjectURL(url);
  return url.slice(-36);
}
