import { FactCategory } from '../fact.model.js';
import { about, fact, I, I_AM, type Found, type Pattern } from './pattern.js';
import { isActivity, objectOf, objectsOf } from './phrases.js';

const { INTEREST, PREFERENCE, DISLIKE, COMMUNICATION_STYLE } = FactCategory;

const SPORTS =
  'soccer|football|basketball|tennis|volleyball|baseball|hockey|golf|chess|cricket|rugby|badminton|squash|guitar|piano|violin|drums|cello|flute|bass|ukulele|trumpet|saxophone|clarinet|harp|video games|board games|poker';

const taste =
  (verb: string, certainty: number) =>
  (objects: string): Found[] =>
    objectsOf(objects).flatMap((object) =>
      fact(isActivity(object) ? INTEREST : PREFERENCE, `${verb} ${object}`, certainty),
    );
const interest =
  (verb: string, certainty: number) =>
  (objects: string): Found[] =>
    objectsOf(objects).flatMap((object) => fact(INTEREST, `${verb} ${object}`, certainty));

/** What somebody likes to do, likes and does not like, and how they want to be answered. */
export const TASTES: readonly Pattern[] = [
  { form: new RegExp(`${I}(?:love|adore) (?!to )(.+)`, 'i'), found: taste('Loves', 0.7) },
  { form: new RegExp(`${I}like (?!to |how|the )(.+)`, 'i'), found: taste('Likes', 0.6) },
  { form: new RegExp(`${I}enjoy (.+)`, 'i'), found: interest('Enjoys', 0.7) },
  {
    form: new RegExp(
      `${I}(love|like) to (?!see|hear|know|think|say|be|have|get|do|go|make|take|talk|chat|help|meet|keep|try)(.+)`,
      'i',
    ),
    found: (verb, text) =>
      about(objectOf(text, 5), (what) => fact(INTEREST, `${verb.toLowerCase()}s to ${what}`, 0.65)),
  },
  {
    form: new RegExp(
      `${I_AM}(?:very |quite |pretty |super )?(?:into|passionate about|fond of|crazy about|interested in|keen on|obsessed with|a (?:big|huge|massive) fan of) (.+)`,
      'i',
    ),
    found: interest('Is into', 0.7),
  },
  {
    form: new RegExp(`${I}play (?:the )?(${SPORTS})\\b`, 'i'),
    found: (what) => fact(INTEREST, `Plays ${what.toLowerCase()}`, 0.75),
  },
  { form: new RegExp(`${I}collect (.+)`, 'i'), found: interest('Collects', 0.75) },
  { form: /^my (?:main |favou?rite |biggest )?hobb(?:y is|ies are) (.+)/i, found: interest('Enjoys', 0.85) },
  {
    form: /^i prefer ((?:short|brief|concise|detailed|long|simple|direct|honest|blunt|formal|informal|step-by-step)\b[^,.!]{0,20}\b(?:answers|replies|responses|explanations))/i,
    found: (what) => fact(COMMUNICATION_STYLE, `Prefers ${what.toLowerCase()}`, 0.85, 'answers'),
  },
  {
    form: /^i (?:usually |generally |much )?prefer (.+?) (?:to|over|rather than) (.+)/i,
    found: (one, other) =>
      about(objectOf(one, 4), (preferred) =>
        about(objectOf(other, 4), (less) => fact(PREFERENCE, `Prefers ${preferred} to ${less}`, 0.8)),
      ),
  },
  {
    form: /^my (?:(?:all[- ]time|absolute|personal) )?favou?rite ([\p{L}-]+(?: [\p{L}-]+)?) (?:is|are|has always been|will always be) (?!when|that|how|to\b|the one|this|probably)(.+)/iu,
    found: (kind, text) =>
      about(objectOf(text.replace(/^the (?=\p{Lu})/u, ''), 5), (what) =>
        /^(?:part|thing|moment|one|memory|bit|way|time)s?\b/i.test(kind)
          ? []
          : fact(
              PREFERENCE,
              `Has ${what} as favourite ${kind.toLowerCase()}`,
              0.85,
              `favourite ${kind.toLowerCase()}`,
            ),
      ),
  },
  {
    form: new RegExp(
      `${I}(?:hate|despise|loathe|detest|dislike|can't stand|cannot stand|can't bear|don't like|do not like|don't enjoy|do not enjoy) (?!to |the |how|when|being |having )(.+)`,
      'i',
    ),
    found: (text) => objectsOf(text).flatMap((what) => fact(DISLIKE, `Dislikes ${what}`, 0.7)),
  },
  {
    form: /^i(?:'m| am) not (?:really |much )?(?:a (?:big |huge )?fan of|into|keen on|fond of) (.+)/i,
    found: (text) => objectsOf(text).flatMap((what) => fact(DISLIKE, `Dislikes ${what}`, 0.65)),
  },
];
