// What GET /api/commands answers.
import type { Text } from "../../lib/api";
import { say } from "../../lib/words.svelte";

export type Value = string | number | boolean;
export interface Limits { safe: Value; allowed?: Value[]; min?: number; max?: number; step?: number; unit: string; label: Text; words: Record<string, Text> }
export interface ActuatorRow {
  id: string; name: Text; device: string; settings: Record<string, Limits>; values: Record<string, Value>; link: "connected" | "lost" | "never"; safe: boolean;
  heardAt: string | null; needsTwo: boolean; hourly: number;
}
export interface StopRow { id: string; kind: string; by: string; reason: string; at: string; liftedBy: string[] }
export interface KindRow { kind: string; purposes: string[]; stop: StopRow | null; actuators: ActuatorRow[] }
export interface CommandRow {
  id: string; actuator: string; name: Text; kind: string; property: string; value: Value; said: Text; reason: string; by: string; at: string; expires: string; approvedBy: string[];
  state: string; why: Text; since: string; signed: string;
}
export interface Board { city: string; account: string; keys: string[]; longest: number; kinds: KindRow[]; interlocks: { name: Text; clearance: number }[]; commands: CommandRow[] }

/** A class of devices in the reader's words; one that nobody translated by its own name. */
export const kindName = (kind: string): string => {
  const word = say(`portal.operation.kind.${kind}`);
  return word.startsWith("portal.") ? kind : word;
};
