/**
 * One named SQL statement: the name is the prepared statement's, the metric's label and the test registry's
 * entry in one. `Row` is what each result row looks like: the select list names columns as the models do.
 */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Carries the row type only; never set. */
  readonly row?: Row;
}

/** Every statement of the program, by name: one spec prepares each against the migrated schema. */
export const statements = new Map<string, Statement<unknown>>();

/** Declares a statement, once, at module level. Throws when the name is taken. */
export function statement<Row>(name: string, text: string): Statement<Row> {
  if (statements.has(name)) throw new Error(`Two statements are called ${name}.`);
  const value = Object.freeze({ name, text });
  statements.set(name, value);
  return value;
}

/**
 * Whose rows a statement reads: its first value. As a condition of every table by itself, because row-level security then
 * looks at nothing before as_user() has run; as a subquery, because that runs once.
 */
export const ME = '(select as_user($1))';
