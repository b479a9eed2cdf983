/**
 * Error conditions: by what errors are chosen, out of a group of them.
 *
 * @module
 */

import { hasBrand, ownBrand, TASK_GROUP_ERROR } from "./brand.ts";
import { brief } from "./brief.ts";

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/**
 * Which errors are meant: those of a class, or of one of several; or those that a predicate likes, such as `isTimeoutError`.
 *
 * A class of anyrx means the errors of any copy of the library, as its guard does; any other class means `instanceof`.
 */
export type ErrorCondition = ErrorClass | readonly ErrorClass[] | ((error: unknown) => boolean);

/** Whether an error is meant. */
export type Predicate = (error: unknown) => boolean;

/**
 * The predicate that `condition` stands for.
 *
 * @param action - For the message when it stands for none.
 */
export function predicateOf(action: string, condition: ErrorCondition): Predicate {
  if (typeof condition === "function") return isClass(condition) ? ofClass(action, condition) : condition;
  if (!Array.isArray(condition)) throw refusal(action, condition, "neither a class of errors nor a predicate");
  const predicates = condition.map((type: unknown) => {
    if (typeof type !== "function" || !isClass(type)) throw refusal(action, type, "no class of errors");
    return ofClass(action, type);
  });
  return (error) => predicates.some((likes) => likes(error));
}

function ofClass(action: string, type: ErrorClass): Predicate {
  const { prototype } = type as { prototype: object };
  if (hasBrand(prototype, TASK_GROUP_ERROR)) {
    throw new TypeError(
      `Cannot ${action} by the class ${type.name}: what is in a group is looked at error by error, never a group as such; name the classes of the errors`,
    );
  }
  const brand = ownBrand(prototype);
  return brand === null ? (error) => error instanceof type : (error) => hasBrand(error, brand);
}

// Of the functions that are no errors' classes, a predicate can be called without `new`.
function isClass(value: object): value is ErrorClass {
  const { prototype } = value as { prototype?: unknown };
  if (typeof prototype !== "object" || prototype === null) return false;
  return value === Error || prototype instanceof Error || /^class\b/.test(Function.prototype.toString.call(value));
}

function refusal(action: string, condition: unknown, what: string): TypeError {
  const shown = typeof condition === "string" ? JSON.stringify(condition) : brief(condition);
  return new TypeError(
    `Cannot ${action} by ${shown}: it is ${what}; pass a class, an array of classes, or (error) => boolean`,
  );
}
