// Signing orders with the operator's own key. It is kept by the browser so that no page can read it, this one neither.
interface Kept { id: string; key: CryptoKey }

const PKCS8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

const store = (mode: IDBTransactionMode): Promise<IDBObjectStore> =>
  new Promise((done, failed) => {
    const opening = indexedDB.open("noren-keys", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => done(opening.result.transaction("keys", mode).objectStore("keys"));
    opening.onerror = () => failed(opening.error);
  });

const settled = <T>(asked: IDBRequest<T>): Promise<T> =>
  new Promise((done, failed) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

/** The key that this browser keeps, if any. */
export const keptKey = async (): Promise<Kept | null> => (await settled<Kept | undefined>((await store("readonly")).get("operator"))) ?? null;

export const forgetKey = async (): Promise<void> => void (await settled((await store("readwrite")).delete("operator")));

/** Take a key from the text of its file (`noren command key`); throws for anything else. */
export async function keepKey(text: string): Promise<Kept> {
  const [first, second, name, id, ...rest] = text.trim().split("+");
  const raw = Uint8Array.from(atob(rest.join("+")), (letter) => letter.charCodeAt(0));
  if (first !== "PRIVATE" || second !== "KEY" || raw.length !== 33) throw new Error("key");
  const key = await crypto.subtle.importKey("pkcs8", new Uint8Array([...PKCS8, ...raw.slice(1)]), { name: "Ed25519" }, false, ["sign"]);
  const kept = { id: `${name}+${id}`, key };
  await settled((await store("readwrite")).put(kept, "operator"));
  return kept;
}

const coded = (raw: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(raw))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

/** `payload` as a signed message of that kind (docs/commands.md). */
export async function seal(kind: string, payload: Record<string, unknown>, kept: Kept): Promise<string> {
  const head = JSON.stringify({ alg: "Ed25519", kid: kept.id, typ: kind });
  const text = `${coded(bytes(head))}.${coded(bytes(JSON.stringify(payload)))}`;
  return `${text}.${coded(await crypto.subtle.sign("Ed25519", kept.key, bytes(text)))}`;
}

/** By which an approval names what it approves. */
export const digest = async (message: string): Promise<string> => coded(await crypto.subtle.digest("SHA-256", bytes(message)));

/** What an order says, as it was signed. */
export const said = (message: string): Record<string, unknown> => {
  const raw = atob(message.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(raw, (letter) => letter.charCodeAt(0))));
};

export const newId = (): string => coded(crypto.getRandomValues(new Uint8Array(12)));
