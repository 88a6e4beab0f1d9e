// What every room shares: the city, its words for things, its clock, and what arrives live.
import { get, Trouble, type City, type Entity, type Terms } from "./api";
import { useZone } from "./format";

/** A change, with its place in the city's log; `opened` when the line opens, at first or again, and something may have changed unheard. */
export interface Live { seq: number; kind: string; id: string; type: string; entity: Entity | null; touched: string[] }
interface Time { now: string; speed: number; seq?: number }

class Shared {
  city = $state.raw<City | null>(null);
  terms = $state.raw<Terms>({});
  now = $state(new Date());
  connected = $state(true);
  #anchor = { city: Date.now(), page: performance.now(), speed: 1 };
  #listeners = new Set<(change: Live) => void>();

  async open(): Promise<void> {
    const [city, terms] = await Promise.all([get<City>("/api/city"), get<Terms>("/api/terms")]).catch(this.#ended);
    this.city = city;
    this.terms = terms;
    useZone(city.timezone);
    this.#setClock(city.clock);
    setInterval(() => this.#tick(), 1000);
    this.#listen();
  }

  /** The session of this browser has ended: it forgets its cookie, and the page says so. */
  #ended = async (error: unknown): Promise<never> => {
    if (error instanceof Trouble && error.status === 401) {
      await fetch("/api/session", { method: "DELETE" });
      location.assign("/signin?ended=1");
    }
    throw error;
  };

  #setClock(clock: Time): void {
    this.#anchor = { city: Date.parse(clock.now), page: performance.now(), speed: clock.speed };
    this.#tick();
  }

  #tick(): void {
    const { city, page, speed } = this.#anchor;
    this.now = new Date(city + (performance.now() - page) * speed);
  }

  #listen(): void {
    const source = new EventSource("/api/events");
    let fresh = false;
    source.onopen = () => (this.connected = fresh = true);
    source.onerror = () => (this.connected = false);
    addEventListener("offline", () => (this.connected = false));
    addEventListener("online", () => (this.connected = source.readyState === EventSource.OPEN));
    source.addEventListener("clock", (event) => {
      const time: Time = JSON.parse(event.data);
      this.#setClock(time);
      if (fresh) this.#tell({ seq: time.seq ?? 0, kind: "opened", id: "", type: "", entity: null, touched: [] });
      fresh = false;
    });
    source.addEventListener("change", (event) => {
      this.#tell(JSON.parse(event.data));
    });
  }

  #tell(change: Live): void {
    for (const listener of this.#listeners) listener(change);
  }

  onChange(listener: (change: Live) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export const shared = new Shared();
