// What the server is asked, and its refusals in words.

const KEY = "ragqa-key";
let apiKey = stored();

/** A request that did not succeed, with words for whoever asked. */
export class Problem extends Error {
  constructor(title, detail, { status = 0, retryAt = null } = {}) {
    super(detail);
    Object.assign(this, { title, detail, status, retryAt });
  }
}

/** Ask; `body` is what POST /ask takes. */
export function ask(body, signal) {
  return call("ask", "claims", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

export function fetchDocument(id, signal) {
  return call(`documents/${pathOf(id)}`, "text", { signal });
}

/** Kept for this tab, until it is closed. */
export function useKey(key) {
  apiKey = key;
  try {
    sessionStorage.setItem(KEY, key);
  } catch {
    // storage is switched off: the key lasts as long as the page
  }
}

function stored() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Segments are encoded one by one. With "." or "..", which a browser would resolve, the whole id is one segment. */
function pathOf(id) {
  const segments = id.split("/");
  const resolvable = segments.some((segment) => segment === "." || segment === "..");
  return resolvable ? encodeURIComponent(id) : segments.map(encodeURIComponent).join("/");
}

/** The JSON at an address, which must have the field that is expected. */
async function call(url, expected, { headers = {}, ...options }) {
  const authorized = apiKey ? { ...headers, Authorization: `Bearer ${apiKey}` } : headers;
  let response;
  try {
    response = await fetch(url, { ...options, headers: { Accept: "application/json", ...authorized } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The server can’t be reached", "Check that it is running and that you are connected.");
  }
  if (!response.ok) throw await problemOf(response);
  const reply = await response.json().catch(() => null);
  if (reply?.[expected] !== undefined) return reply;
  throw new Problem("The server’s reply makes no sense", "It is not the JSON that was expected.");
}

async function problemOf(response) {
  const { status } = response;
  const told = await response.json().catch(() => ({}));
  const detail = typeof told?.detail === "string" ? told.detail : "";
  if (status === 401) {
    return new Problem("This server asks for an API key", apiKey ? "The key was not accepted." : "", { status });
  }
  if (status === 429 || status === 503) {
    const retryAt = retryTime(response.headers.get("Retry-After"));
    return new Problem("The server is busy", detail, { status, retryAt });
  }
  const title = typeof told?.title === "string" ? told.title : `The server refused (${status})`;
  return new Problem(title, detail, { status });
}

/** `Retry-After` is a number of seconds or a date. */
function retryTime(header) {
  if (!header) return null;
  const time = /^\d+$/.test(header.trim()) ? Date.now() + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(time) ? null : new Date(time);
}
