/** The public interface of the script: `window.suostumus`. */
export interface Choice {
  /** The purposes agreed to; empty after a refusal or a withdrawal. */
  readonly purposes: readonly string[];
}

export interface Suostumus {
  /** Shows the choices, whatever was chosen before. */
  open(): void;
  /** The choice in this browser; null while there is none. */
  choice(): Choice | null;
  /** Ends the consent: everything collected under it is deleted. */
  withdraw(): void;
  /** Records an e-commerce event, or `search` with `{ search_term }`. Without consent for statistics nothing is sent. */
  track(name: string, properties?: Record<string, unknown>): void;
  /** Calls back whenever the choice changes. The answer stops it. */
  on(name: "change", listener: (choice: Choice | null) => void): () => void;
}

declare global {
  interface Window {
    suostumus?: Suostumus;
    dataLayer?: unknown[];
  }
  interface DocumentEventMap {
    "suostumus:change": CustomEvent<Choice | null>;
  }
}
