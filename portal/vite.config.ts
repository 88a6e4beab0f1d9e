import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Every browser that runs this page reads woff2; the older form would double the files of a Japanese font. */
const onlyWoff2 = {
  name: "only-woff2",
  enforce: "pre" as const,
  transform: (code: string, id: string) => (id.includes("@fontsource") ? code.replace(/,\s*url\([^)]*\.woff\)\s*format\('woff'\)/g, "") : null),
};

export default defineConfig({
  plugins: [onlyWoff2, svelte()],
  build: {
    outDir: "../src/noren/web/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1400,
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": "http://localhost:8080", "/tiles": "http://localhost:8080", "/ngsi-ld": "http://localhost:8080" } },
});
