// A text into the downloads of whoever asked.
export function saveText(name: string, text: string): void {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text])), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
