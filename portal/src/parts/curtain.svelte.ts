// Which curtain is open, and where to return to when it closes.
export const curtain = $state<{ of: string | null }>({ of: null });
let from: HTMLElement | null = null;

export function openCurtain(of: string, opener: HTMLElement): void {
  from = opener;
  curtain.of = of;
}

export function closeCurtain(): void {
  curtain.of = null;
  from?.focus();
}
