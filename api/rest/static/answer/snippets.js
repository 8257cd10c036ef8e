// The same question for programs: as a command of curl, and as Python. Text is escaped; the API key is not in it.

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// JSON in ASCII: what would reorder or hide text is escaped.
const ascii = (value) => JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

// A literal of Python in ASCII. A character beyond the first 65,536 is one escape there.
const python = (value) =>
  JSON.stringify(value)
    .replace(/[\u{7f}-\u{10ffff}]/gu, (c) => {
      const code = c.codePointAt(0);
      return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
    })
    .replaceAll(
      /("(?:[^"\\]|\\.)*")|\b(true|false|null)\b/g,
      (whole, text, word) => text ?? { true: "True", false: "False", null: "None" }[word],
    );

export function curl(url, request, key) {
  const allowed = key ? ' \\\n  -H "Authorization: Bearer $CLEW_KEY"' : "";
  return `curl ${shell(url)} \\\n  -H 'Content-Type: application/json'${allowed} \\\n  -d ${shell(ascii(request))}\n`;
}

export function pythonCode(url, request, key) {
  const allowed = key ? ', "Authorization": "Bearer " + os.environ["CLEW_KEY"]' : "";
  return `import json
${key ? "import os\n" : ""}import urllib.request

question = ${python(request)}
request = urllib.request.Request(
    ${ascii(url)},
    json.dumps(question).encode(),
    {"Content-Type": "application/json"${allowed}},
)
with urllib.request.urlopen(request) as response:
    result = json.load(response)
print(result["status"], [answer["label"] for answer in result["answers"]], result.get("value", result.get("rows")))
`;
}

const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

// JSON in which no character reorders or hides text.
export const json = (value) => `${JSON.stringify(value, null, 2).replace(HIDDEN, (c) => ascii(c).slice(1, -1))}\n`;
