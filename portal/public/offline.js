// Keeps the page usable without a connection: the newest answer is always preferred, the last one kept for when there is none.
const CACHE = "noren-1";
const kept = (url) => url.pathname.startsWith("/assets/") || url.pathname.startsWith("/api/") || url.pathname.startsWith("/tiles/") || !url.pathname.includes(".");
const never = (url) => /^\/(api\/(events|session|mine|emergencies|privacy\/consents)|ngsi-ld)(\/|$)/.test(url.pathname) || url.pathname.includes("/download");
// Pages of their own, which must not be taken for the portal's.
const apart = (request, url) => request.mode === "navigate" && /^\/(api|n|ledger|media)\//.test(url.pathname);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || never(url) || apart(event.request, url) || !kept(url)) return;
  event.respondWith(answer(event.request, url));
});

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const key = request.mode === "navigate" ? "/" : request;
  if (url.pathname.startsWith("/assets/")) {
    const hit = await cache.match(key);
    if (hit) return hit;
  }
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(key, stamped(fresh.clone()));
    return fresh;
  } catch (error) {
    const last = await cache.match(key);
    if (last) return last;
    throw error;
  }
}

function stamped(response) {
  const headers = new Headers(response.headers);
  headers.set("Noren-Kept-At", new Date().toISOString());
  return new Response(response.body, { status: response.status, headers });
}
