/** Parses the scripts that are named, without running them: one process for all, which `node --check` does not offer. */

import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";

const scripts = process.argv.slice(2);
let failed = 0;
for (const identifier of scripts) {
  try {
    new SourceTextModule(readFileSync(identifier, "utf8"), { identifier });
  } catch (error) {
    failed += 1;
    console.error(`${identifier}\n${error.stack}`);
  }
}
console.log(`${scripts.length} scripts checked, ${failed} with syntax errors`);
process.exit(failed ? 1 : 0);
