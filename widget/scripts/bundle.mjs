/** How sources become one file; shared by the build and the tests. */

import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** Style sheets as minified text. */
export const styleSheets = {
  name: "style-sheets",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: "es2022",
      });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
