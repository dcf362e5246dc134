/**
 * Builds dist/needlewise-VERSION.js (to be cached for ever), dist/needlewise.js (the same under a name that
 * stays) and dist/manifest.json. Fails when the file is larger than a clinic's page should have to load.
 */

import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { styleSheets } from "./bundle.mjs";

const LIMIT = 15_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(await readFile(root + "package.json", "utf8"));

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/index.ts"],
  bundle: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [styleSheets],
  write: false,
});
const { code } = await minify(outputFiles[0].text, { ecma: 2020 });
const manifest = {
  version,
  file: `needlewise-${version}.js`,
  integrity: "sha384-" + createHash("sha384").update(code).digest("base64"),
  loader: "needlewise.js",
  gzip_bytes: gzipSync(code, { level: 9 }).length,
};

const folder = root + "dist/";
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
await writeFile(folder + manifest.file, code);
await writeFile(folder + manifest.loader, code);
await writeFile(folder + "manifest.json", JSON.stringify(manifest, null, 2) + "\n");

console.log(`${manifest.file}  ${manifest.integrity}  ${manifest.gzip_bytes} bytes gzipped`);
if (manifest.gzip_bytes > LIMIT) {
  console.error(`The limit is ${LIMIT} bytes.`);
  process.exitCode = 1;
}
