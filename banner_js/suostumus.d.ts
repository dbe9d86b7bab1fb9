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
  /** Records an e-commerce event, `search` with `{ search_term }`, or `exception` with `{ error_kind }`. Without consent for statistics nothing is sent. */
  track(name: string, properties?: Record<string, unknown>): void;
  /** Calls back whenever the choice changes. The answer stops it. */
  on(name: "change", listener: (choice: Choice | null) => void): () => void;
  /**
   * Calls, also before the script has loaded: `(window.suostumus ??= { q: [] }).q.push(["track", "search", {…}])`.
   * Those that waited are made as soon as the script starts, before it tells the choice for the first time.
   */
  readonly q: { push(...calls: Call[]): unknown };
}

/** A method's name and its values. */
export type Call =
  | readonly ["open"]
  | readonly ["withdraw"]
  | readonly ["track", string, Record<string, unknown>?]
  | readonly ["on", "change", (choice: Choice | null) => void];

declare global {
  interface Window {
    /** Only `q` is there before the script has loaded. */
    suostumus?: Partial<Suostumus> & Pick<Suostumus, "q">;
    dataLayer?: unknown[];
  }
  interface DocumentEventMap {
    "suostumus:change": CustomEvent<Choice | null>;
  }
}
