// What browsers have and TypeScript's library does not know yet, and what the build resolves.
declare module "*.css" {
  const text: string;
  export default text;
}

interface Navigator {
  /** Global Privacy Control, https://www.w3.org/TR/gpc/ */
  readonly globalPrivacyControl?: boolean;
}

interface Document {
  prerendering?: boolean;
}

interface ScriptPolicy {
  createScriptURL(url: string): string;
}

interface Window {
  /** Microsoft's Universal Event Tracking: a queue until its script has loaded. */
  uetq?: { push(...values: unknown[]): unknown };
  /** Meta's pixel. */
  fbq?: (...values: unknown[]) => unknown;
  readonly trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy };
}
