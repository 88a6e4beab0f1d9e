// Whose side of the curtain is looked at, and the words for what stands there.
import type { Entity, Text } from "../../lib/api";
import { shared } from "../../lib/city.svelte";
import { Load } from "../../lib/load.svelte";
import { route } from "../../lib/route.svelte";
import { language, listed, local } from "../../lib/words.svelte";

export interface Standing { id: string; role: "guardian" | "helper"; person: string; actor: string; until: number; attributes?: string[]; does?: string[]; agreed?: boolean; ended?: number }
export interface Overview { person: string; wards: Standing[]; unread: number; grants: number; points: number; offers: number; purposes: Record<string, Text> }
export interface Held { organisation: string; organisation_kind: string; entity: Entity }
export interface Used { num: number; at: number; who: string; organisation: string; purpose: string; basis: string[]; holder: string; entity: string; types: string[]; attributes: string[] }
export interface Offer {
  id: string; recipient: string; recipient_name: Text; holder: string; purpose: string; attributes: string[]; benefit: Text; days: number; daily: number; keep_days: number; points: number; points_per: string;
}
export interface Notice { title: string; sentences: string[]; attributes: string[]; language: string }
export interface Question { id: string; text: string; answers: string[] }
export interface Allowed { id: string; state: string; until: number; offer: Offer; record: { events: { what: string; at: number; by: string }[] }; uses: number; duty: { due: number; confirmed: number } | null }

class Mine {
  /** For whom one acts; "" for oneself. */
  get person(): string {
    return route.query.get("for") ?? "";
  }

  /** The address of an interface, asked for that person and in the reader's language. */
  path(path: string): string {
    const query = new URLSearchParams({ language: language(), ...(this.person && { for: this.person }) });
    return `/api/mine${path}?${query}`;
  }

  /** The address of a page, for the same person. */
  link = (to: string): string => (this.person ? `${to}?for=${encodeURIComponent(this.person)}` : to);
}

export const mine = new Mine();

let purposes = $state.raw<Record<string, Text>>({});
export const purpose = (name: string): string => local(purposes[name]) || name;

/** How "Type.attribute", or an attribute of a type, is called. */
export function called(name: string, type = ""): string {
  const [kind, attribute] = type ? [type, name] : name.split(".");
  if (attribute === "*") return local(shared.terms[kind]?.meaning) || kind;
  return local(shared.terms[kind]?.attributes[attribute]?.meaning) || attribute;
}

export const allCalled = (names: string[], type = ""): string => listed(names.map((name) => called(name, type)));

/** An organisation by the name that people know; the city's own is called like the city. */
export const house = (name: string): string => (name === shared.city?.slug ? local(shared.city.name) : name);

/** Somebody by the end of their number, which is all that the city knows of them here. */
export const person = (id: string): string => id.split(":").at(-1) ?? id;

/** Seconds since 1970 as a date. */
export const when = (seconds: number): Date => new Date(seconds * 1000);

/** Who one is here, and what waits. */
export class Own extends Load<Overview> {
  constructor() {
    super(() => mine.path(""));
    $effect(() => {
      if (this.data) purposes = this.data.purposes;
    });
  }
}
