import { FactCategory } from '../fact.model.js';
import { about, fact, I, I_AM, one, type Found, type Pattern } from './pattern.js';
import { objectOf, occupationOf, placeOf } from './phrases.js';

const { OCCUPATION, LOCATION } = FactCategory;

const lives =
  (certainty: number) =>
  (text: string): Found[] =>
    about(placeOf(text), (place) => fact(LOCATION, `Lives in ${place}`, certainty, 'location'));

/** What somebody works as and studies, and where they live and come from. */
export const WORK_AND_PLACE: readonly Pattern[] = [
  {
    form: new RegExp(`${I}(?:work|started(?: working| work)?|got a job|have a job) as an? (.+)`, 'i'),
    found: (text) =>
      about(occupationOf(text) ?? objectOf(text, 3), (job) =>
        fact(OCCUPATION, `Works as ${one(job)}`, 0.85, 'occupation'),
      ),
  },
  {
    form: /^i(?:'m| am|'ve been| have been) (?:currently |now |still )?working as an? (.+)/i,
    found: (text) =>
      about(occupationOf(text) ?? objectOf(text, 3), (job) =>
        fact(OCCUPATION, `Works as ${one(job)}`, 0.85, 'occupation'),
      ),
  },
  {
    form: new RegExp(`${I_AM}an? (.+)`, 'i'),
    found: (text) =>
      about(occupationOf(text), (job) => fact(OCCUPATION, `Is ${one(job)}`, 0.8, 'occupation')),
  },
  {
    form: /^i(?:'m| am) (?:now |currently |finally )?(retired|unemployed|self-employed|between jobs)\b/i,
    found: (state) => fact(OCCUPATION, `Is ${state.toLowerCase()}`, 0.8, 'occupation'),
  },
  {
    form: new RegExp(`${I}work (at|for) ((?:an? |the )?.+)`, 'i'),
    found: (preposition, text) =>
      about(
        /^\p{Lu}/u.test(text)
          ? placeOf(text)
          : /^an? /i.test(text)
            ? objectOf(text.replace(/^an? /i, ''), 4)
            : null,
        (employer) =>
          fact(
            OCCUPATION,
            `Works ${preposition.toLowerCase()} ${/^a/i.test(text) && !/^\p{Lu}/u.test(text) ? 'a ' : ''}${employer}`,
            0.75,
            'employer',
          ),
      ),
  },
  {
    form: new RegExp(
      `${I}work in ((?:tech|finance|marketing|health ?care|education|it|sales|hr|human resources|construction|retail|hospitality|advertising|publishing|banking|insurance|law|academia|logistics|real estate|consulting|agriculture|software|film|fashion|journalism|customer (?:service|support)|manufacturing|media|research)\\b)`,
      'i',
    ),
    found: (field) => fact(OCCUPATION, `Works in ${field}`, 0.8, 'field'),
  },
  {
    form: new RegExp(
      `${I}(?:own|run|have) ((?:my own|a|an)(?: [\\p{L}-]+){0,2} (?:business|company|shop|store|bakery|caf[eé]|restaurant|startup|studio|farm|gym|salon|agency|bookshop|bookstore))(?! to)(?=$|[.,!;)]| (?:in|with|that|called|named|near|selling|and|for|on|downtown|which|together)(?![\\p{L}]))`,
      'iu',
    ),
    found: (place) => fact(OCCUPATION, `Runs ${place.replace(/^my own/i, 'a')}`, 0.8, 'business'),
  },
  {
    form: new RegExp(`${I}teach (.+)`, 'i'),
    found: (text) =>
      about(objectOf(text, 3), (what) =>
        /^(?:him|her|them|people|my|a\b|an\b)/i.test(what)
          ? []
          : fact(OCCUPATION, `Teaches ${what}`, 0.6, 'teaches'),
      ),
  },
  {
    form: /^i(?:'m| am)? (?:currently |now |also )?(?:study|studying|major(?:ing)? in) (?!for\b|hard\b|at\b|in\b|with\b|to\b|abroad\b|a lot\b)(.+)/i,
    found: (text) =>
      about(objectOf(text.replace(/ (?:at|in) .*/i, ''), 3), (what) =>
        fact(OCCUPATION, `Studies ${what}`, 0.7, 'studies'),
      ),
  },
  {
    form: new RegExp(
      `${I}live (?:in|near|just outside(?: of)?|outside(?: of)?) (?:an? [\\p{L} -]{2,30}? (?:in|near|outside(?: of)?) )?(.+)`,
      'iu',
    ),
    found: lives(0.85),
  },
  { form: new RegExp(`${I_AM}(?:based|living|located|settled) in (.+)`, 'i'), found: lives(0.8) },
  {
    form: /^(?:i|we|i've|we've|i have|we have) (?:just |recently |finally |all )*moved (?:here )?(?:back )?(?:from [^,.]{3,30}? )?to (.+)/i,
    found: (text) => (/\b(?:in (?:19|20)\d\d|for (?:a|the|two|three) )/i.test(text) ? [] : lives(0.7)(text)),
  },
  {
    form: new RegExp(`${I_AM}(?:originally )?from (.+)`, 'i'),
    found: (text) => about(placeOf(text), (place) => fact(LOCATION, `Is from ${place}`, 0.8, 'origin')),
  },
  {
    form: /^i (?:was born|grew up|was raised|was born and raised) in (.+)/i,
    found: (text) => about(placeOf(text), (place) => fact(LOCATION, `Grew up in ${place}`, 0.8, 'home')),
  },
];
