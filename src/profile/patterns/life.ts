import { FactCategory } from '../fact.model.js';
import { about, ADVERBS, fact, I_AM, THEN_AN_END, type Pattern } from './pattern.js';
import { isName, languagesOf, objectOf } from './phrases.js';
import { KIN, KINSHIP } from './people.js';

const { GOAL, RELATIONSHIP, LIFE_EVENT, MILESTONE } = FactCategory;

const AMBITIONS = `become|learn(?! (?:why|what|when|whether|that|more|if|about|from)\\b)|write (?:a|my)(?: [\\p{L}-]+)? (?:book|novel|memoir|screenplay|musical|opera)|run (?:a|the|my)(?: [\\p{L}-]+){0,2} (?:marathon|half-marathon|10k|5k|business|company|farm|bakery)|start (?:a|an|my)(?: own| new)? (?:business|company|family|podcast|blog|band|charity|shop|bakery|farm|career|life|hobby|degree|phd)|buy (?:a|an|my)(?: [\\p{L}-]+){0,2} (?:house|home|flat|apartment|car|boat|bike|farm|motorcycle|van|guitar|piano)|build (?:a|my)(?: own)? (?:house|home|business|company|cabin|boat|career|family|life)|quit (?:my job|smoking|drinking|sugar|gambling)|lose (?:some |more )?(?:weight|\\d+)|travel to|move to|study|climb|publish (?:a|my) (?:book|novel|album)|open (?:a|an|my)(?: own)?(?: [\\p{L}-]+)? (?:shop|store|bookshop|bookstore|bakery|caf[eé]|restaurant|gym|studio|school|salon|bar|gallery)|retire|save (?:money|up|for|enough)|stop (?:smoking|drinking|eating|vaping|biting|procrastinating|worrying|gambling)|get (?:a (?:degree|dog|cat|promotion|master|phd|puppy)|fit|in shape|pregnant|married)|go (?:back )?to (?:college|university|grad school|med school)|adopt (?:a|an|two)|finish (?:my|a) (?:degree|thesis|dissertation|book|novel|studies|phd|training|apprenticeship)|have (?:kids|children|a family)`;
const ACHIEVED =
  "marathon|half[- ]marathon|triathlon|exams?|degree|thesis|dissertation|book|novel|driving test|certification|certificate|award|prize|competition|contest|tournament|championship|race|album|phd|master's|bachelor's|bar exam|medal|scholarship|course";

/** With whom somebody lives, what happened to them, what they achieved and want to reach. */
export const LIFE: readonly Pattern[] = [
  {
    form: new RegExp(
      `${I_AM}(?:happily |recently |newly )?(married|engaged|divorced|widowed|single)(?: to (\\p{L}+))?(?=$|[.,;!]| (?:now|again|and|but|since|for|at the moment|these days|mom|mum|dad|mother|father|parent)(?![\\p{L}]))`,
      'iu',
    ),
    found: (state, name) =>
      fact(
        RELATIONSHIP,
        `Is ${state.toLowerCase()}${name && isName(name) ? ` to ${name}` : ''}`,
        0.85,
        'marital status',
      ),
  },
  {
    form: /^(?:i've|we've|i have|we have) been (?:happily )?married (?:for|since)\b/i,
    found: () => fact(RELATIONSHIP, 'Is married', 0.85, 'marital status'),
  },
  {
    form: /^(?:i|we)(?:'ve got| have| have got) (two|three|four|five|six|[2-6]|an?|one) ((?:(?:little|older|younger|big|small|twin|lovely|beautiful|wonderful|teenage|adult|rescue) )*)(kids?|children|child|sons?|daughters?|sisters?|brothers?|siblings?|dogs?|cats?|grandchildren|grandkids|twins|nieces?|nephews?|horses?|husky|poodle|labrador|beagle)(?=$|[,.!;]| (?:and|who|that|with|named|called|now|at|together|from|aged|back|which|of)\b)/iu,
    found: (number, which, whom) =>
      fact(
        RELATIONSHIP,
        `Has ${number.toLowerCase()} ${which.toLowerCase()}${whom.toLowerCase()}`,
        0.8,
        `has ${whom.toLowerCase().replace(/s$/, '')}`,
      ),
  },
  {
    form: new RegExp(
      `^(?:i|we)(?:'ve| have)? (?:just |recently |finally )*(?:got|gotten|been) (married|divorced|engaged|promoted|fired|laid off|hired)(?! (?:for|by a) )${THEN_AN_END}`,
      'i',
    ),
    found: (what) => fact(LIFE_EVENT, `Got ${what.toLowerCase()}`, 0.75),
  },
  {
    form: /^i(?:'ve| have)? (?:just |recently |finally )*(graduated(?: (?:from|with|in) .+)?)$/i,
    found: (text) => about(objectOf(text.replace(/[.!].*/, ''), 7), (what) => fact(LIFE_EVENT, what, 0.75)),
  },
  {
    form: /^(?:i|we)(?:'ve| have)? (?:just |recently |finally )*(?:adopted|got) (an? (?:new )?(?:puppy|dog|cat|kitten|rescue dog|baby|child|son|daughter))\b/i,
    found: (whom) => fact(LIFE_EVENT, `Got ${whom.toLowerCase()}`, 0.75),
  },
  {
    form: /^(?:i|we)(?:'ve| have)? (?:just |recently )*(?:became|become) (an? (?:father|mother|dad|mom|mum|parent|grandfather|grandmother|grandparent|uncle|aunt|citizen)|parents|grandparents)\b(?! figure)/i,
    found: (whom) => fact(LIFE_EVENT, `Became ${whom.toLowerCase()}`, 0.8),
  },
  {
    form: new RegExp(`^my (${KINSHIP}) (?:just |recently |sadly )*(?:passed away|died)\\b`, 'iu'),
    found: (whom) => fact(LIFE_EVENT, `Lost a ${KIN[whom.toLowerCase()]}`, 0.8),
  },
  {
    form: /^i(?:'ve| have)? (?:just |recently |finally )*(?:started|got) (a new job|my own business|my own company|a business|university|college|grad school)\b/i,
    found: (what) => fact(LIFE_EVENT, `Started ${what.toLowerCase().replace('my own', 'a')}`, 0.75),
  },
  {
    form: new RegExp(
      `^i(?:'ve| have)? (?:just |recently |finally )*(won|finished|completed|passed|published|ran|earned) ((?:my|a|an|the)(?: [\\p{L}'-]+){0,3}? (?:${ACHIEVED}))${THEN_AN_END}`,
      'iu',
    ),
    found: (did, what) => fact(MILESTONE, `${did.toLowerCase()} ${what.replace(/^my /i, 'their ')}`, 0.75),
  },
  {
    form: /^my (?:main |biggest |ultimate |long-term |next |new year's )?(?:goal|dream|aim|ambition|resolution)(?: for [^,]{3,20})? is (?:to )?(.+)/i,
    found: (text) => about(objectOf(text, 9), (what) => fact(GOAL, `Wants to ${what}`, 0.8)),
  },
  {
    form: new RegExp(
      `^i(?:'m| am)? ${ADVERBS}(?:want|hope|plan|planning|hoping|trying|determined) to ((?:${AMBITIONS})(?![\\p{L}]).*)`,
      'iu',
    ),
    // What has no capital may be a place in a program: "move to the next line".
    found: (text) =>
      /^(?:move|travel) to (?!\p{Lu})/u.test(text)
        ? []
        : about(objectOf(text, 8), (what) => fact(GOAL, `Wants to ${what}`, 0.65)),
  },
  {
    form: /^i(?:'m| am|'ve been| have been) (?:currently |also |still )?(saving(?: up)? for|training for|working towards?) (.+)/i,
    found: (how, text) =>
      about(objectOf(text, 6), (what) => fact(GOAL, `Is ${how.toLowerCase()} ${what}`, 0.75)),
  },
  {
    form: /^i(?:'m| am|'ve been| have been) (?:currently |also |still )?learning (?!more\b|a lot\b|so\b|about\b|from\b|to (?:be|let|love|live|trust|accept)\b)((?:how )?(?:to )?.+)/i,
    found: (text) => {
      const [language] = languagesOf(text);
      const skill = /^(?:how )?to (.+)/i.exec(text)?.[1];
      const what = language ?? objectOf(skill ?? text, 4);
      return what ? fact(GOAL, `Is learning ${skill && !language ? `to ${what}` : what}`, 0.75) : [];
    },
  },
];
