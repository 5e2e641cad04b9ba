import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLLocalDate } from 'graphql-scalars';

const DOT = 46;
const UPPER_T = 84;
const UPPER_Z = 90;

/**
 * PostgreSQL prints `2026-11-21 10:46:00.1+00` and its JSON functions `2026-11-21T10:46:00.1+00:00`. Both are
 * rearranged as text, because building a Date per value was the dearest part of reading a page of interactions.
 */
export function rfc3339(value: unknown): string {
  if (typeof value === 'string') {
    if (value.length === 24 && value.charCodeAt(23) === UPPER_Z && value.charCodeAt(10) === UPPER_T)
      return value;
    const zone = value.indexOf('+', 19);
    if (
      zone >= 19 &&
      zone <= 26 &&
      (value.length === zone + 3 || value.endsWith(':00')) &&
      value.startsWith('+00', zone)
    ) {
      const fraction = value.charCodeAt(19) === DOT ? value.slice(20, zone) : '';
      const milliseconds = fraction.length === 3 ? fraction : fraction.padEnd(3, '0').slice(0, 3);
      return `${value.slice(0, 10)}T${value.slice(11, 19)}.${milliseconds}Z`;
    }
  }
  const date = value instanceof Date ? value : new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new GraphQLError('DateTime cannot represent an invalid date.');
  return date.toISOString();
}

function inRange(date: Date): Date {
  const year = date.getUTCFullYear();
  if (year < 1 || year > 9999)
    throw new GraphQLError('DateTime cannot represent a year outside 0001 to 9999.');
  return date;
}

function parseDateTime(value: unknown): Date {
  // The length keeps a megabyte of digits after the point out of the pattern that checks the form.
  if (typeof value !== 'string' || value.length > 40) {
    throw new GraphQLError('DateTime must be text such as 2026-11-21T10:46:00.123Z.');
  }
  try {
    return inRange(GraphQLDateTimeISO.parseValue(value));
  } catch (error) {
    if (error instanceof GraphQLError && error.message.startsWith('DateTime cannot represent a year'))
      throw error;
    throw new GraphQLError('DateTime must be a valid date and time such as 2026-11-21T10:46:00.123Z.');
  }
}

const textLiteral =
  <T>(parse: (value: unknown) => T) =>
  (node: ValueNode): T =>
    parse(node.kind === Kind.STRING ? node.value : undefined);

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'A moment in RFC 3339 form. Answers are in UTC with milliseconds, such as `2026-11-21T10:46:00.123Z`; ' +
    'any offset is accepted; years 0001 to 9999.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: rfc3339,
  parseValue: parseDateTime,
  parseLiteral: textLiteral(parseDateTime),
});

export const JSONScalar = new GraphQLScalarType<unknown, unknown>({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

export const LocalDateScalar = new GraphQLScalarType<string, string>({
  ...GraphQLLocalDate.toConfig(),
  name: 'LocalDate',
  description: 'A day of the calendar without a time zone, such as `2026-11-21`.',
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower case, as PostgreSQL prints it: an id is then equal to itself however it was sent. */
function parseUuid(value: unknown): string {
  const text = typeof value === 'string' && value.length === 36 ? value.toLowerCase() : '';
  if (!UUID.test(text)) throw new GraphQLError('UUID must look like 0198c2f4-7b1e-7cc3-98d5-1c0f4e6a2b7d.');
  return text;
}

export const UUIDScalar = new GraphQLScalarType<string, string>({
  name: 'UUID',
  description: 'A universally unique identifier in its 36-character form.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc9562',
  serialize: String,
  parseValue: parseUuid,
  parseLiteral: textLiteral(parseUuid),
});

/** Beyond 32 bits, where GraphQL's Int ends, and within what every JSON reader holds exactly. */
function integer(name: string, min: number, description: string): GraphQLScalarType<number, number> {
  const check = (value: unknown): number => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw new GraphQLError(`${name} must be a whole number from ${min} to ${Number.MAX_SAFE_INTEGER}.`);
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize: (value) => (typeof value === 'number' ? value : check(Number(value))),
    parseValue: check,
    parseLiteral: (node) => check(node.kind === Kind.INT ? Number(node.value) : undefined),
  });
}

export const RevisionScalar = integer(
  'Revision',
  0,
  "A step of the counter of one user's changes, 0 to 2^53-1: the cursor of everything live.",
);

export const SafeIntScalar = integer(
  'SafeInt',
  Number.MIN_SAFE_INTEGER,
  'A whole number that every JSON reader holds exactly, -(2^53-1) to 2^53-1.',
);
