/**
 * `anyrx/testing/laws`: a conformance kit for whoever brings an engine.
 *
 * It knows no test framework: check laws one by one, or all of them and read the report.
 *
 * @module
 */

export { checkLaw, LawBrokenError } from "./check.ts";
export type { LawBackend, LawSubject } from "./check.ts";
export type { Kit } from "./kit.ts";
export type { Law } from "./law.ts";
export { laws } from "./laws.ts";
export { checkLaws } from "./report.ts";
export type { CheckLawsOptions, Exemption, LawReport } from "./report.ts";
export type { Steps } from "./steps.ts";
export { styles } from "./styles.ts";
export type { Style, Styled } from "./styles.ts";
