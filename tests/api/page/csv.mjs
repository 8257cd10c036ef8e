// Prints a table as the page's download. node csv.mjs STATIC_FOLDER < {"columns": .., "rows": ..}

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { columns, rows } = JSON.parse(readFileSync(0, "utf-8"));
const { csv } = await import(`${pathToFileURL(process.argv[2])}/csv.js`);
process.stdout.write(csv(columns, rows));
