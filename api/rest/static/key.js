// Sends requests with the user's API key, and asks for one where the server requires it. The key stays in this tab.

const KEPT = "clew-key";
let asking = null;

export async function send(url, options = {}) {
  for (;;) {
    const key = globalThis.sessionStorage?.getItem(KEPT);
    const headers = key ? { ...options.headers, Authorization: `Bearer ${key}` } : options.headers;
    const response = await fetch(url, { ...options, headers });
    if (response.status !== 401) return response;
    asking ??= askForKey(Boolean(key)).finally(() => { asking = null; });
    if (!await asking) return response;
  }
}

// Shows the dialog; whether a key was given.
function askForKey(wrong) {
  const dialog = document.getElementById("key-dialog");
  const field = document.getElementById("key");
  document.getElementById("key-wrong").hidden = !wrong;
  field.value = dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    const given = dialog.returnValue === "use" && field.value.trim();
    if (given) sessionStorage.setItem(KEPT, given);
    resolve(Boolean(given));
  }, { once: true }));
}
