// Words of the one catalogue of messages, in the language of the reader.
type Words = Record<string, string>;

const catalogues: Record<string, () => Promise<{ default: Words }>> = {
  en: () => import("../../../src/noren/messages/en.json"),
  ja: () => import("../../../src/noren/messages/ja.json"),
};

export const languages = Object.keys(catalogues);
export const languageNames: Record<string, string> = { en: "English", ja: "日本語" };

const settings = $state({ language: "en", furigana: false });
let words: Words = $state.raw({});
let readings: Words = $state.raw({});

const wanted = (): string => {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("language");
  const all = [asked ?? "", ...navigator.languages.map((l) => l.slice(0, 2))];
  return all.find((l) => languages.includes(l)) ?? "en";
};

export async function openLanguage(language = wanted()): Promise<void> {
  words = (await catalogues[language]()).default;
  settings.language = language;
  document.documentElement.lang = language;
  localStorage.setItem("language", language);
  if (language === "ja") setTimeout(() => void import("../fonts"), 500);
  await setFurigana(localStorage.getItem("furigana") === "on");
}

export async function setFurigana(on: boolean): Promise<void> {
  if (on) readings = (await import("../../../src/noren/messages/readings.json")).default;
  settings.furigana = on;
  localStorage.setItem("furigana", on ? "on" : "off");
}

export const language = (): string => settings.language;
export const furigana = (): boolean => settings.furigana && settings.language === "ja";

export function say(key: string, values: Record<string, unknown> = {}): string {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text of one language out of {ja, en}, or the text itself. */
export function local(text: Record<string, string> | string | null | undefined): string {
  if (!text || typeof text === "string") return text ?? "";
  return text[settings.language] ?? text.en ?? text.ja ?? Object.values(text)[0] ?? "";
}

/** Several words as a list in the reader's language. */
export const listed = (words: string[]): string => words.join(settings.language === "ja" ? "、" : ", ");

/** Text cut into pieces with their reading, longest match first. */
export function ruby(text: string): { text: string; reading?: string }[] {
  const known = Object.keys(readings).sort((a, b) => b.length - a.length);
  const pieces: { text: string; reading?: string }[] = [];
  for (let at = 0; at < text.length; ) {
    const hit = known.find((word) => text.startsWith(word, at));
    const last = pieces.at(-1);
    if (hit) pieces.push({ text: hit, reading: readings[hit] });
    else if (last && !last.reading) last.text += text[at];
    else pieces.push({ text: text[at] });
    at += hit?.length ?? 1;
  }
  return pieces;
}
