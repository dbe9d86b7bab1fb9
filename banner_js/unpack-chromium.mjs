// Unpacks the Chromium of @sparticuz/chromium: node unpack-chromium.mjs OUTDIR. Prints the path of the executable.
//
// The package's own loader writes to the temporary folder and decides by the environment what to unpack; tests
// need one known place and every library, so that no system package is needed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createReadStream, createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

const ARCHIVES = ["al2023", "fonts", "swiftshader"];

const [, , outdir] = process.argv;
if (!outdir) {
  console.error("usage: node unpack-chromium.mjs OUTDIR");
  process.exit(2);
}
console.log(await unpack(path.resolve(outdir)));

/**
 * Unpacks unless this version is there already.
 * @param {string} target
 * @returns {Promise<string>} the path of the executable
 */
async function unpack(target) {
  const source = packageFolder();
  const { version } = JSON.parse(await readFile(path.join(source, "package.json"), "utf-8"));
  const executable = path.join(target, "chromium");
  const stamp = path.join(target, "version");
  if ((await isFile(executable)) && (await isFile(stamp)) && (await readFile(stamp, "utf-8")) === version) {
    return executable;
  }
  await mkdir(target, { recursive: true });
  await Promise.all(ARCHIVES.map((name) => untar(path.join(source, "bin", `${name}.tar.br`), target)));
  await writeFile(path.join(target, "fonts.conf"), fontSettings(target));
  const partial = `${executable}.partial`;
  await decompress(path.join(source, "bin", "chromium.br"), partial);
  await chmod(partial, 0o755);
  await rename(partial, executable);
  await writeFile(stamp, version);
  return executable;
}

/**
 * @param {string} target
 * @returns {string} fontconfig's settings: the unpacked fonts, wherever they were unpacked
 */
function fontSettings(target) {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${target}/fonts</dir>
  <cachedir>${target}/fonts-cache</cachedir>
</fontconfig>
`;
}

/** @returns {string} the folder in which npm put the package */
function packageFolder() {
  return path.dirname(path.dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))));
}

/**
 * @param {string} archive
 * @param {string} target
 */
async function untar(archive, target) {
  // By way of a file: tar may close a pipe at the end of the archive before the last zeros were written to it.
  const plain = path.join(target, path.basename(archive, ".br"));
  await decompress(archive, plain);
  const tar = spawn("tar", ["-x", "-f", plain, "-C", target], { stdio: "inherit" });
  const [code] = await once(tar, "close");
  await rm(plain);
  if (code !== 0) {
    throw new Error(`${path.basename(archive)}: tar ended with code ${code}`);
  }
}

/**
 * @param {string} archive
 * @param {string} file
 */
async function decompress(archive, file) {
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(file));
}

/**
 * @param {string} file
 * @returns {Promise<boolean>}
 */
async function isFile(file) {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
