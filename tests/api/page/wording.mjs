// Prints the question for each of some relations of Vienna. node wording.mjs STATIC_FOLDER < [[label, direction], ..]

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { questionFor } = await import(`${pathToFileURL(process.argv[2])}/asking/wording.js`);
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(([label, direction]) => questionFor("Vienna", { label, direction }))));
