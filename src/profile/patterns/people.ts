import { FactCategory } from '../fact.model.js';
import { fact, type Found } from './pattern.js';
import { isName } from './phrases.js';

const { IMPORTANT_PERSON, RELATIONSHIP } = FactCategory;

/** What people call those around them, and one word for each. */
export const KIN: Record<string, string> = {
  mom: 'mother',
  mum: 'mother',
  mommy: 'mother',
  mother: 'mother',
  dad: 'father',
  father: 'father',
  wife: 'wife',
  husband: 'husband',
  fiancé: 'fiancé',
  fiancée: 'fiancée',
  partner: 'partner',
  girlfriend: 'girlfriend',
  boyfriend: 'boyfriend',
  boss: 'boss',
  manager: 'manager',
  sister: 'sister',
  brother: 'brother',
  son: 'son',
  daughter: 'daughter',
  aunt: 'aunt',
  uncle: 'uncle',
  cousin: 'cousin',
  niece: 'niece',
  nephew: 'nephew',
  grandmother: 'grandmother',
  grandma: 'grandmother',
  grandfather: 'grandfather',
  grandpa: 'grandfather',
  'best friend': 'best friend',
  friend: 'friend',
  colleague: 'colleague',
  coworker: 'colleague',
  'co-worker': 'colleague',
  roommate: 'roommate',
  flatmate: 'flatmate',
  neighbor: 'neighbour',
  neighbour: 'neighbour',
  therapist: 'therapist',
  mentor: 'mentor',
  coach: 'coach',
  dog: 'dog',
  puppy: 'dog',
  cat: 'cat',
  kitten: 'cat',
  horse: 'horse',
  parrot: 'parrot',
};
export const KINSHIP = Object.keys(KIN)
  .sort((one, other) => other.length - one.length)
  .join('|');

/** Of these there is one at a time. */
const ONLY = /^(?:mother|father|wife|husband|fiancée?|partner|girlfriend|boyfriend|boss)$/;
const PET = /^(?:dog|cat|horse|parrot)$/;

const PERSON = new RegExp(
  `\\b[Mm]y ((?:older |younger |little |big |twin )?)(${KINSHIP})(?:,| is called| is named|'s name is| called| named)? (\\p{Lu}\\p{Ll}+(?:-\\p{Lu}\\p{Ll}+)?)(?![\\p{L}])`,
  'gu',
);
const SPOUSE = /\bmy (wife|husband|girlfriend|boyfriend|fiancée?|kids|children|son|daughter)\b(?!-| of a)/giu;

/** Those whom a clause names, or implies, wherever they stand in it. */
export function peopleIn(clause: string): Found[] {
  const found: Found[] = [];
  for (const [, which, kin, name] of clause.matchAll(PERSON)) {
    const who = KIN[kin!.toLowerCase()]!;
    if (!isName(name!)) continue;
    const category = PET.test(who) ? RELATIONSHIP : IMPORTANT_PERSON;
    found.push(
      ...fact(
        category,
        `Has a ${which!.toLowerCase()}${who} called ${name}`,
        0.8,
        ONLY.test(who) ? who : null,
      ),
    );
  }
  for (const [, kin] of clause.matchAll(SPOUSE)) {
    const whom = kin!.toLowerCase();
    found.push(
      ...fact(RELATIONSHIP, /^(?:kids|children)$/.test(whom) ? 'Has children' : `Has a ${whom}`, 0.7, null),
    );
  }
  return found;
}
