// What the routes under /api/vision answer.
import type { Named, Text } from "../../lib/api";

export interface Wrong { what: string; where: string; hint: string }
export interface Ahead { year: number; expected: number; low: number; high: number; target: number; gap: number }
export interface Measure { id: string; name: string; unit: string; years: Record<string, number>; last: [string, number] | null }
export interface StartRow { name: string; title: Text; takesYears: number; by: number; begun: boolean; latest: string; late: boolean; needs: string[]; rule: { id: string | null; name: string } | null }
export interface OutcomeRow {
  id: string; title: string; statement: Text | null; vision: string | null; layers: string[]; functions: string[];
  baseYear: number | null; baseValue: number | null; targetYear: number | null; targetValue: number | null;
  measures: Measure[]; targets: { year: number; value: number; own: boolean }[]; backwards: boolean; ahead: Ahead[]; aheadFrom: string; starts: StartRow[]; lacks: string[]; wrong: Wrong[]; initiatives: Named[];
}
export interface VisionRow { id: string; name: string | null; statement: Text | null; targetYear: number | null; decidedAt: string | null }
export interface Outcomes { visions: VisionRow[]; outcomes: OutcomeRow[]; contradictions: { one: string; other: string; year: number }[] }

export interface DecisionRow { id: string; about: string; verdict: string; grounds: Text; decidedAt: string; by: string | null }
export interface Point { at: string | null; estimate: number | null; low: number | null; high: number | null; respondents: number | null; suppressed: boolean }
export interface ResultRow { factor: string; group: string; points: Point[]; change: { by: number; low: number | null; high: number | null; sure: boolean | null } | null }
export interface TrialRow { id: string; name: string; description: string | null; phase: string; startsOn: string | null; endsOn: string | null; exitTest: Text | null; service: string | null; initiative: Named | null }
export interface Effect {
  before: number; after: number; effect: number; compared: boolean; beforeElsewhere: number | null; afterElsewhere: number | null;
  low: number | null; high: number | null; chance: number | null; units: number; unitsElsewhere: number; doubts: string[];
}
export interface Shown { type: string; attribute: string; title: Text; unit: string; beforeDays: number | null; treated: number; elsewhere: number; effect: Effect | null; wrong: Wrong | null }
export interface TrialStory extends TrialRow { shown: Shown[]; cost: { amount: number; from: string; years: number[] } | null; satisfaction: ResultRow[]; factors: Record<string, Factor>; rules: string[]; issues: string[]; decisions: DecisionRow[] }

export interface InitiativeRow {
  id: string; name: string; statement: Text | null; description: string | null; stage: string; layers: string[]; functions: string[]; owner: string[]; partners: string[];
  startsOn: string | null; endsOn: string | null; exitTest: Text | null; ownerAfter: string | null; lacks: string[]; problems: string[]; issues: Named[];
}
export interface BudgetRow { year: number | null; kind: string; payer: string; receiver: string; planned: number | null; actual: number | null }
export interface Worth {
  found: { npv: number; ratio: number | null; rate: number; payback: number | null; says: Text[]; parties: { party: string; name: Text; pays: number; gains: number; npv: number }[] } | null;
  years: [number, number] | null; assumed: Text[]; lacks: string[]; wrong: Wrong | null;
}
export interface Shares {
  wrong?: Wrong; cost: boolean; total: number; marks: Text[]; rule: Text; meaning: Text; says: Text;
  shares: { party: string; name: Text; yen: number; alone: number | null; why: Text }[]; others: { rule: Text; yen: Record<string, number> }[];
}
export interface InitiativeStory extends InitiativeRow {
  outcomes: Named[]; proposal: Named | null; costs: { year: number; amount: number; payer: string; kind: string }[];
  gains: { who: string; kind: string; amount: number | null; text: Text; first: number | null; last: number | null }[]; risks: { text: Text; answer: Text }[]; wrong: Wrong[];
  knowledge: { type: string; meaning: Text; datasets: { id: string; title: string }[]; holder: Text }[]; consentNeeded: Text | null; rules: Named[]; service: string | null;
  matches: { offer: string; name: string; by: string; covers: string[]; gaps: string[] }[]; budget: BudgetRow[]; trials: TrialRow[]; decisions: DecisionRow[]; satisfaction: ResultRow[]; factors: Record<string, Factor>; worth: Worth; shares: Shares | null;
}
export interface YearRow { year: number; total: number; under15: number; from15to64: number; from65: number; from75: number; dependency: number | null; workers: number }
export interface PyramidRow { year: number; ages: string[]; male: number[]; female: number[] }
export interface People {
  place: string; scenario: string; method: string; countedIn: number; words: string[]; years: YearRow[]; pyramids: PyramidRow[]; scenarios: { name: string; years: YearRow[] }[]; strained: number;
  needs: { function: string; need: string; amount: number[]; ratio: number[]; breaks: number | null }[]; workforce: { function: string; people: number[] }[];
  districts: { name: string; now: number; then: number; oldNow: number; oldThen: number }[]; hidden: number; places: string[]; remarks: { where: string; what: string }[];
}
export interface Factor { text: Text; least: number; most: number }
