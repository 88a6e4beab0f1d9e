// Numbers with their unit, times with their age.
import { language, say } from "./words.svelte";

const symbols: Record<string, string> = {
  MTR: "m", MQS: "m³/s", MMT: "mm", CEL: "°C", P1: "%", A97: "hPa", MTS: "m/s", KMH: "km/h", DD: "°", SEC: "s",
  KWH: "kWh", MTQ: "m³", LTR: "L", C62: "", KTM: "km", MTK: "m²", WTT: "W", HUR: "h", MIN: "min",
};

export const unit = (code?: string | null): string => (code ? (symbols[code] ?? code) : "");

export function number(value: number, digits?: number): string {
  const size = Math.abs(value);
  const most = digits ?? (size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return new Intl.NumberFormat(language(), { maximumFractionDigits: most, minimumFractionDigits: digits ?? (Number.isInteger(value) ? 0 : most) }).format(value);
}

export const quantity = (value: number, code?: string | null): string => {
  const sign = unit(code);
  return number(value) + (sign ? (sign === "%" || sign === "°" ? sign : " " + sign) : "");
};

/** An amount of money; without a currency of three letters a plain number. */
export function money(value: number, currency?: string | null): string {
  if (!currency || !/^[A-Za-z]{3}$/.test(currency)) return [number(value, 0), currency].filter(Boolean).join(" ");
  return new Intl.NumberFormat(language(), { style: "currency", currency: currency.toUpperCase(), maximumFractionDigits: 0 }).format(value);
}

export function age(from: string | Date, now: Date): string {
  const seconds = (now.getTime() - new Date(from).getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [size, name] of steps) if (Math.abs(seconds) >= size) return format.format(-Math.round(seconds / size), name);
  return say("portal.justNow");
}

let zone: string | undefined;
export const useZone = (name: string): void => void (zone = name);

export function moment(at: string | Date, style: "short" | "day" | "monthday" | "full" = "short"): string {
  const options: Intl.DateTimeFormatOptions =
    style === "monthday" ? { month: "short", day: "numeric" } : style === "day" ? { dateStyle: "medium" } : style === "full" ? { dateStyle: "long", timeStyle: "short" } : { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(language(), { ...options, timeZone: zone }).format(new Date(at));
}

export const clockTime = (at: string | Date): string =>
  new Intl.DateTimeFormat(language(), { hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));

export const yen = (amount: number): string =>
  new Intl.NumberFormat(language(), { style: "currency", currency: "JPY", maximumFractionDigits: 0 }).format(amount);
