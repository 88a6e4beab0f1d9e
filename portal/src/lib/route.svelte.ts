// Addresses can be shared: the path says the room, the query what is seen in it.
export const route = $state({ path: location.pathname, query: new URLSearchParams(location.search) });

const read = (): void => {
  route.path = location.pathname;
  route.query = new URLSearchParams(location.search);
};

addEventListener("popstate", read);

export function go(to: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  read();
  if (!replace) scrollTo(0, 0);
}

/** Follow links of this page without loading it anew. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download") || link.pathname.startsWith("/api/")) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
  document.getElementById("room")?.focus({ preventScroll: true });
}

export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) value ? query.set(key, value) : query.delete(key);
  go(location.pathname + (query.size ? "?" + query : ""), true);
}
