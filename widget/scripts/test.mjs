/** Bundles tests/*.test.ts and runs them with Node's own test runner. */

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { styleSheets } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = (await readdir(root + "tests")).filter((name) => name.endsWith(".test.ts"));
const folder = await mkdtemp(root + "node_modules/.tests-");
try {
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => "tests/" + name),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["happy-dom"],
    outExtension: { ".js": ".mjs" },
    plugins: [styleSheets],
    outdir: folder,
  });
  const files = names.map((name) => `${folder}/${name.replace(/\.ts$/, ".mjs")}`);
  process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
  await rm(folder, { recursive: true });
}
