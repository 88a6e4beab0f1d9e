// One way to load: loading, there, kept from before, refused or failed; asked again on demand.
import { ask, Trouble } from "./api";

export class Load<T> {
  data = $state.raw<T | null>(null);
  trouble = $state.raw<Trouble | null>(null);
  keptAt = $state<string | null>(null);
  #path: () => string | null;
  #asked = 0;

  constructor(path: () => string | null) {
    this.#path = path;
    $effect(() => void this.again());
  }

  again = async (): Promise<void> => {
    const path = this.#path();
    if (!path) return;
    const turn = ++this.#asked;
    try {
      const answer = await ask<T>(path);
      if (turn !== this.#asked) return;
      this.data = answer.data;
      this.keptAt = answer.keptAt;
      this.trouble = null;
    } catch (error) {
      if (turn === this.#asked) this.trouble = error instanceof Trouble ? error : new Trouble(-1, String(error));
    }
  };
}
