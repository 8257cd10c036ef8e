// Prints what the page copies for each of some requests. node snippets.mjs STATIC_FOLDER < {"url": .., "requests": [..], "key": ..}

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { url, requests, key } = JSON.parse(readFileSync(0, "utf-8"));
const { curl, json, pythonCode } = await import(`${pathToFileURL(process.argv[2])}/answer/snippets.js`);
console.log(JSON.stringify(requests.map((request) => ({ curl: curl(url, request, key), python: pythonCode(url, request, key), json: json(request) }))));
