// Sends requests with the user's API key, and asks for one where the server requires it. The key stays in this tab.

const KEPT = "clew-key";
const store = tabStore();
let asking = null;

// What a tab keeps; in a browser that keeps nothing, what the page remembers.
function tabStore() {
  try {
    globalThis.sessionStorage.getItem(KEPT);
    return globalThis.sessionStorage;
  } catch {
    const kept = new Map();
    return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  }
}

export const hasKey = () => Boolean(store.getItem(KEPT));

export async function send(url, options = {}) {
  for (;;) {
    const key = store.getItem(KEPT);
    const headers = key ? { ...options.headers, Authorization: `Bearer ${key}` } : options.headers;
    const response = await fetch(url, { ...options, headers });
    if (response.status !== 401) return response;
    asking ??= askForKey(key ? "This key is not valid: it is wrong, revoked or expired." : "").finally(() => {
      asking = null;
    });
    if (!(await asking)) return response;
  }
}

// Shows the dialog, with what is wrong with the key so far; whether another one was given.
export function askForKey(wrong = "") {
  const dialog = document.getElementById("key-dialog");
  const field = document.getElementById("key");
  const said = document.getElementById("key-wrong");
  said.hidden = !wrong;
  said.textContent = wrong;
  field.value = dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener(
      "close",
      () => {
        const given = dialog.returnValue === "use" && field.value.trim();
        if (given) store.setItem(KEPT, given);
        if (dialog.returnValue === "forget") store.removeItem(KEPT);
        field.value = "";
        resolve(Boolean(given));
      },
      { once: true },
    ),
  );
}
