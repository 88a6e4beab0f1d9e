// What the city answers with a file, into the downloads of whoever asked.
import { Trouble } from "../../../lib/api";

export async function saved(path: string, body: unknown, name: string): Promise<void> {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Trouble(response.status, problem.detail ?? response.statusText, problem.hint);
  }
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await response.blob()), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
