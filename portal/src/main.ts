import { mount } from "svelte";
import App from "./App.svelte";
import "./style.css";
import { openLanguage } from "./lib/words.svelte";

await openLanguage();
mount(App, { target: document.getElementById("page")! });
if ("serviceWorker" in navigator && import.meta.env.PROD) navigator.serviceWorker.register("/offline.js");
