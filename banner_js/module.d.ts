import "./suostumus.js";

/** What the collector answers at `/s/SITE.json`. */
export interface Configuration {
  readonly site: string;
  readonly notice: string;
  readonly shown: object;
}

/** An optional part of the script. The server's switches of the same names are for the script that it bakes. */
export type Feature = (core: never) => object;

/** Starts the script, once; afterwards `window.suostumus` is there. */
export function start(configuration: Configuration, features?: readonly Feature[], customer?: string): void;

export const clearing: Feature;
export const downloads: Feature;
export const embeds: Feature;
export const engagement: Feature;
export const errors: Feature;
export const google_consent: Feature;
export const logo: Feature;
export const meta_consent: Feature;
export const microsoft_consent: Feature;
export const navigation: Feature;
export const not_found: Feature;
export const outbound: Feature;
export const scroll: Feature;
export const site_search: Feature;
export const vitals: Feature;
