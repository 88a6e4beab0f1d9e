// The city's interfaces. A failure says what to do; an answer kept from before says how old it is.
export class Trouble extends Error {
  constructor(readonly status: number, readonly what: string, readonly hint = "", readonly where = "") {
    super(what);
  }
}

export interface Answer<T> {
  data: T;
  keptAt: string | null;
}

export async function ask<T>(path: string, options: RequestInit = {}): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang, ...options.headers } });
  } catch {
    throw new Trouble(0, "offline");
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Trouble(response.status, problem.detail ?? problem.title ?? response.statusText, problem.hint, problem.where);
  }
  const data = response.status === 204 ? (undefined as T) : await response.json();
  return { data, keptAt: response.headers.get("Noren-Kept-At") };
}

/** Send `body` as JSON (a form as it is) and read what comes back. */
export const send = async <T>(path: string, body: unknown): Promise<T> => {
  const form = body instanceof FormData;
  const headers: HeadersInit = form ? {} : { "Content-Type": "application/json" };
  return (await ask<T>(path, { method: "POST", headers, body: form ? body : JSON.stringify(body) })).data;
};

export const get = async <T>(path: string): Promise<T> => (await ask<T>(path)).data;

export type Text = Record<string, string>;
export interface Geometry { type: string; coordinates: any; geometries?: Geometry[] }
export interface City {
  name: Text; slug: string; languages: string[]; timezone: string; bounds: [number, number, number, number] | null;
  version: string; clock: { now: string; speed: number }; signedIn: { name: string; kind: string; called: string; roles: string[] } | null; bare: boolean; terrain: boolean;
}
export interface Ways { providers: { name: string; title: Text }[]; passkeys: boolean; demo: { name: string; kind: string }[] | null; address: string }
export interface Me {
  id: string; kind: string; name: string; organisation: string; roles: string[]; purposes: string[]; hasAccount: boolean;
  sessions: { id: string; kind: string; label: string; how: string; openedAt: string; seenAt: string; endsAt: string; isThis: boolean }[];
  passkeys: { id: string; label: string; openedAt: string; usedAt: string | null }[];
  attributes: { name: string; meaning: Text; value: boolean | string; saidAt: string }[];
}
export interface Entity { id: string; type: string; name?: string; location?: Geometry; [attribute: string]: any }
export interface Reading {
  id: string; type: string; name: string; attribute: string; value: number; unit: string | null; observedAt: string;
  change: number | null; stale: boolean; location: Geometry | null; mark: number;
}
export interface Now { at: string; seq: number; alerts: Entity[]; changed: Reading[]; normal: Reading[]; areas: Entity[]; place: string | null }
export interface AttributeTerm { kind: string; unit: string; class: number; meaning: Text }
export interface TypeTerm { class: number; meaning: Text; attributes: Record<string, AttributeTerm> }
export type Terms = Record<string, TypeTerm>;
export interface DatasetCard {
  id: string; title: string; types: string[]; publisher: string | null; license: string | null; format: string | null;
  rowsKept: number; rowsRefused: number; firstObserved: string | null; lastObserved: string | null; interval: number | null; stale: boolean; quality: Finding[];
}
export interface Finding { kind: string; severity: string; count: number; text: Text; examples?: unknown[] }
export interface Layer { dataset: string | null; type: string; geometry: string; layer: Record<string, any>; title: Text; bounds: number[] | null; count: number; minzoom?: number; maxzoom?: number }
export interface ServiceCard {
  name: string; title: Text; summary: Text; purpose: string; purposeMeaning: Text; reads: string[]; writes: string[]; functions: string[]; layers: string[];
  stage: string; state: string; lacks: string[]; reason: Text; measures: string[]; owner: string; exitTest: string; cost: string; gains: string;
}
export interface Matrix { layers: string[]; functions: string[]; services: ServiceCard[]; best: { type: string; services: string[] } | null }
export interface Activity {
  id: string; kind: "service" | "people"; title: Text; summary: Text; purpose: string; purpose_words: Text; reads: string[]; writes: string[]; personal: string[]; readers: string[];
}
export interface Privacy {
  levels: string[]; audiences: { name: string; sees: string[] }[]; activities: Activity[]; rules: { name: string; origin: string; says: Text[] }[]; witnesses: string[];
}
export interface SearchRow { number: number; what: string; organisation: string; organisationKind: string; purpose: string; why?: string; court?: string }
export interface Searches { law: string; lawIsOurs: boolean; refused: number; ordered: number; byKind: Record<string, number>; requests: SearchRow[]; laws: { number: number }[]; note: Text }
export interface NoticeRow { id: string; code: string; address: string; name: string; collects: Text; usedFor: string; purpose: Text; keptDays: number; noticeOf: string[]; location: Geometry | null }
export interface Notices { notices: NoticeRow[]; purposes: Record<string, Text> }
export interface TodoItem { kind: string; severity: string; title: Text; text: Text; entity: string | null; since: string | null }
export interface CurtainFacts {
  class: number; purposes: { name: string; meaning: Text }[]; from: { id: string; title: string; license: string | null; publisher: string | null; lastObserved: string | null; sentence: Text }[];
  usedBy: { organisation: string; purpose: string; meaning: Text; reads: number }[]; producedBy: { name: string; title: Text }[];
}
export interface Hit { kind: "place" | "dataset" | "service" | "type"; id: string; title: Text | string; text: Text | string; type?: string; location?: Geometry }
export interface Category { name: string; group: string; meaning: Text; answer_days: number; close_days: number }
export interface IssueRow {
  id: string; name: string; description: string | null; category: string; status: string; reportCount: number; raisedBy: string; layers: string[]; functions: string[];
  department: string; openedAt: string; dueAt: string; answeredAt: string | null; closedAt: string | null; overdue: boolean; location: Geometry | null; address: string | null;
}
export interface ReportRow {
  reference: string; requestedAt: string; channel: string; description: string | null; issue: string; media: string[]; moderation: string; moderationReason: Text | null;
  heldText?: string; heldMedia?: string[];
}
export interface ClaimRow { id: string; kind: string; text: string; isKnown: boolean; datasets: string[]; studies: string[]; author: string; saidAt: string }
export interface HeldClaim extends ClaimRow { about: string; heldText: string }
export interface Named { id: string; type: string; name: string }
export interface Story extends IssueRow {
  answers: { at: string; state: string; text: Text; by: string }[]; reports: ReportRow[]; claims: ClaimRow[]; proposals: Named[]; initiatives: Named[]; trials: Named[]; mergedInto: string | null;
  decisions: { id: string; about: string; verdict: string; grounds: Text; decidedAt: string }[]; services: { name: string; title: Text }[];
  knowledge: { type: string; meaning: Text; datasets: { id: string; title: string; publisher: string | null }[]; holder: Text }[];
}
export interface Receipt { reference: string; issue: string; isFirst: boolean; moderation: string; masked: string[] }
export interface ProposalRow {
  id: string; reference: string; name: string | null; description: string | null; kind: string; by: string | null; issues: string[]; amends: string | null; cost: number | null; gains: string | null;
  saidAt: string; status: string; answer: Text | null; answeredAt: string | null; moderation: string; moderationReason: Text | null;
}
export interface ProposalStory extends ProposalRow {
  amendments: ProposalRow[]; answersIssues: { id: string; name: string }[]; decisions: { id: string; verdict: string; grounds: Text; decidedAt: string }[];
}
export interface CommentRow { id: string; text: string; position: string; saidAt: string; timesSaid: number }
export interface Stand { comment: string; side: "agree" | "disagree"; yes?: number; votes?: number }
export interface Opinions {
  voters: number; fewest: number; tooFew: boolean; placed?: number; common?: Stand[]; groups?: { name: string; voters: number; stands: Stand[] }[];
  dots?: { x: number; y: number; group: string; voters: number }[];
}
export interface Discussed { comments: CommentRow[]; stances: Record<string, { agree: number; disagree: number; pass: number }>; mine: Record<string, number>; opinions: Opinions }
export interface Choice { id: string; name: Text; cost?: number; text?: Text; proposal?: string }
export interface Outcome { rule: string; winners: string[]; spent: number; shareWithWinner: number; gained: string[]; lost: string[] }
export interface PollRow {
  id: string; question: Text; form: "choose-one" | "approval" | "cumulative" | "ranked" | "budget"; state: string; choices: Choice[]; budget: number | null; currency: string | null;
  limits: { minLength?: number; maxLength?: number; maxPoints?: number; maxSumPoints?: number; seats?: number }; rule: string; eligibility: Text | null; electors: number;
  opensAt: string | null; closesAt: string | null; ballotsCast: number | null;
  result: { rule: string; winners: string[]; counted: number; via: Record<string, number>; refused: Record<string, number>; votes: Record<string, number>; words: Record<string, string | string[]>; outcomes: Outcome[]; decided?: string[]; decision?: Text; decidedAt?: string } | null;
}
export interface Question { factor: string; group: string; least: number; most: number; agreesFrom: number; text: Text }
export interface SurveyRow { id: string; name: string; kind: string; about: string | null; isOpen: boolean; byInvitation: boolean; opensAt: string | null; closesAt: string | null; groups: Record<string, string[]>; isWeighted: boolean }
export interface Wave {
  measuredAt: string; isSuppressed: boolean; estimate: number | null; low: number | null; high: number | null; agreeing: number | null; agreeingLow: number | null; agreeingHigh: number | null;
  respondents: number | null; effective: number | null; remarks: { absent?: string; weightedBy?: string; missed?: number } | null;
}
export interface Found { question: Question; group: string; waves: Wave[]; change: { difference: number; low: number; high: number; isClear: boolean } | null }
