import { FactCategory } from './fact.model.js';
import { isActivity, isName, languagesOf, objectOf, objectsOf, occupationOf, placeOf } from './phrases.js';
import type { Statement } from './statement-key.js';

/** A statement and how certain its wording makes it. */
export type Found = Statement & { certainty: number };

/** A form of statement, and what it says of the user. It is matched at the start of a clause of the user's own. */
interface Pattern {
  form: RegExp;
  found: (...groups: string[]) => Found[];
}

const fact = (category: FactCategory, text: string, certainty: number, slot?: string | null): Found[] => [
  { category, text: text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase()), certainty, ...(slot !== undefined && { slot }) },
];
/** The fact about an object, if the object says something. */
const about = (object: string | null, make: (object: string) => Found[]): Found[] => (object === null ? [] : make(object));

const {
  INTEREST,
  TRAIT,
  COMMUNICATION_STYLE,
  MOOD_PATTERN,
  GOAL,
  VALUE,
  PREFERENCE,
  DISLIKE,
  RELATIONSHIP,
  IMPORTANT_PERSON,
  OCCUPATION,
  LOCATION,
  LIFE_EVENT,
  CHALLENGE,
  MILESTONE,
} = FactCategory;

const KIN: Record<string, string> = {
  mom: 'mother', mum: 'mother', mommy: 'mother', mother: 'mother', dad: 'father', father: 'father', wife: 'wife',
  husband: 'husband', fiancé: 'fiancé', fiancée: 'fiancée', partner: 'partner', girlfriend: 'girlfriend',
  boyfriend: 'boyfriend', boss: 'boss', manager: 'manager', sister: 'sister', brother: 'brother', son: 'son',
  daughter: 'daughter', aunt: 'aunt', uncle: 'uncle', cousin: 'cousin', niece: 'niece', nephew: 'nephew',
  grandmother: 'grandmother', grandma: 'grandmother', grandfather: 'grandfather', grandpa: 'grandfather',
  'best friend': 'best friend', friend: 'friend', colleague: 'colleague', coworker: 'colleague', 'co-worker': 'colleague',
  roommate: 'roommate', flatmate: 'flatmate', neighbor: 'neighbour', neighbour: 'neighbour', therapist: 'therapist',
  mentor: 'mentor', coach: 'coach', dog: 'dog', puppy: 'dog', cat: 'cat', kitten: 'cat', horse: 'horse', parrot: 'parrot',
};
/** Of these there is one at a time. */
const ONLY = /^(?:mother|father|wife|husband|fiancée?|partner|girlfriend|boyfriend|boss)$/;
const PET = /^(?:dog|cat|horse|parrot)$/;
const KINSHIP = Object.keys(KIN).sort((one, other) => other.length - one.length).join('|');
const ADVERBS = String.raw`(?:(?:really|absolutely|also|just|still|truly|do|totally|simply|always|especially|particularly|currently|recently|finally|actually|even|so|only|already|both|very much|now) )*`;
const I_AM = String.raw`^i(?:'m| am) ${ADVERBS}`;
const I = String.raw`^i ${ADVERBS}`;
const GROWN_UP = 'vegan|vegetarian|pescatarian|left-handed|colou?r-?blind|introverted|extroverted|lactose intolerant|gluten intolerant|dyslexic|bilingual|short-sighted|diabetic';
const KIND_OF_PERSON = 'introvert|extrovert|night owl|morning person|early bird|perfectionist|homebody|workaholic|minimalist|vegan|vegetarian|cat person|dog person';
const FEELINGS = 'anxious|sad|lonely|depressed|stressed(?: out)?|overwhelmed|exhausted|tired|burn(?:t|ed) out|down|low|happy|hopeful|optimistic|calm|content|great|restless|unmotivated|insecure|angry|frustrated';
const AMBITIONS = 'become|learn|write a|run (?:a|the)|start (?:a|an|my)|buy a|buy my|build (?:a|my)|quit|lose|travel to|move to|study|climb|publish|open (?:a|an|my)|retire|save|stop|get (?:a (?:degree|dog|cat|promotion|master|phd|puppy)|fit|in shape|pregnant|married)|go (?:back )?to (?:college|university|grad school|med school)|adopt|finish (?:a|my)|have (?:kids|children|a family)';
const CONDITIONS = 'anxiety|insomnia|adhd|add|depression|migraines|asthma|diabetes|arthritis|ptsd|ocd|chronic pain|back pain|high blood pressure|celiac disease|epilepsy|eczema|dyslexia';
const ACHIEVED = 'marathon|half[- ]marathon|triathlon|exams?|degree|thesis|dissertation|book|novel|driving test|certification|certificate|award|prize|competition|contest|tournament|championship|race|album|phd|master\'s|bachelor\'s|bar exam|medal|scholarship|course';
const SPORTS = 'soccer|football|basketball|tennis|volleyball|baseball|hockey|golf|chess|cricket|rugby|badminton|squash|guitar|piano|violin|drums|cello|flute|bass|ukulele|trumpet|saxophone|clarinet|harp|video games|board games|poker';

const taste = (verb: string, certainty: number) => (objects: string): Found[] =>
  objectsOf(objects).flatMap((object) =>
    fact(isActivity(object) ? INTEREST : PREFERENCE, `${verb} ${object}`, certainty),
  );
const interest = (verb: string, certainty: number) => (objects: string): Found[] =>
  objectsOf(objects).flatMap((object) => fact(INTEREST, `${verb} ${object}`, certainty));
const lives = (certainty: number) => (text: string): Found[] =>
  about(placeOf(text), (place) => fact(LOCATION, `Lives in ${place}`, certainty, 'location'));

const PATTERNS: Pattern[] = [
  // ------------------------------------------------------------------------------------------------- occupation
  { form: new RegExp(`${I}(?:work|worked|started(?: working| work)?|got a job|have a job) as an? (.+)`, 'i'),
    found: (text) => about(occupationOf(text) ?? objectOf(text, 3), (job) => fact(OCCUPATION, `Works as a ${job}`, 0.85, 'occupation')) },
  { form: /^i(?:'m| am|'ve been| have been) (?:currently |now |still )?working as an? (.+)/i,
    found: (text) => about(occupationOf(text) ?? objectOf(text, 3), (job) => fact(OCCUPATION, `Works as a ${job}`, 0.85, 'occupation')) },
  { form: new RegExp(`${I_AM}an? (.+)`, 'i'),
    found: (text) => about(occupationOf(text), (job) => fact(OCCUPATION, `Is a ${job}`, 0.8, 'occupation')) },
  { form: /^i(?:'m| am) (?:now |currently |finally )?(retired|unemployed|self-employed|between jobs)\b/i,
    found: (state) => fact(OCCUPATION, `Is ${state.toLowerCase()}`, 0.8, 'occupation') },
  { form: new RegExp(`${I}work (at|for) ((?:an? |the )?.+)`, 'i'),
    found: (preposition, text) => about(/^\p{Lu}/u.test(text) ? placeOf(text) : /^an? /i.test(text) ? objectOf(text.replace(/^an? /i, ''), 4) : null,
      (employer) => fact(OCCUPATION, `Works ${preposition.toLowerCase()} ${/^a/i.test(text) && !/^\p{Lu}/u.test(text) ? 'a ' : ''}${employer}`, 0.75, 'employer')) },
  { form: new RegExp(`${I}work in ((?:tech|finance|marketing|health ?care|education|it|sales|hr|human resources|construction|retail|hospitality|advertising|publishing|banking|insurance|law|academia|logistics|real estate|consulting|agriculture|software|film|fashion|journalism|customer (?:service|support)|manufacturing|media|research)\\b)`, 'i'),
    found: (field) => fact(OCCUPATION, `Works in ${field}`, 0.8, 'field') },
  { form: new RegExp(`${I}(?:own|run|have) ((?:my own|a|an)(?: [\\p{L}-]+){0,2} (?:business|company|shop|store|bakery|caf[eé]|restaurant|startup|studio|farm|gym|salon|agency|bookshop|bookstore))(?![\\p{L}])`, 'iu'),
    found: (place) => fact(OCCUPATION, `Runs ${place.replace(/^my own/i, 'a')}`, 0.8, 'business') },
  { form: new RegExp(`${I}teach (.+)`, 'i'),
    found: (text) => about(objectOf(text, 3), (what) => (/^(?:him|her|them|people|my|a\b|an\b)/i.test(what) ? [] : fact(OCCUPATION, `Teaches ${what}`, 0.6, 'teaches'))) },
  { form: /^i(?:'m| am)? (?:currently |now |also )?(?:study|studying|major(?:ing)? in) (?!for\b|hard\b|at\b|in\b|with\b|to\b|abroad\b|a lot\b)(.+)/i,
    found: (text) => about(objectOf(text.replace(/ (?:at|in) .*/i, ''), 3), (what) => fact(OCCUPATION, `Studies ${what}`, 0.7, 'studies')) },
  // --------------------------------------------------------------------------------------------------- location
  { form: new RegExp(`${I}live (?:in|near|just outside(?: of)?|outside(?: of)?) (?:an? [\\p{L} -]{2,30}? (?:in|near|outside(?: of)?) )?(.+)`, 'iu'), found: lives(0.85) },
  { form: new RegExp(`${I_AM}(?:based|living|located|settled) in (.+)`, 'i'), found: lives(0.8) },
  { form: /^(?:i|we|i've|we've|i have|we have) (?:just |recently |finally |all )*moved (?:here )?(?:back )?(?:from [^,.]{3,30}? )?to (.+)/i,
    found: (text) => (/\b(?:in (?:19|20)\d\d|for (?:a|the|two|three) )/i.test(text) ? [] : lives(0.7)(text)) },
  { form: new RegExp(`${I_AM}(?:originally )?from (.+)`, 'i'),
    found: (text) => about(placeOf(text), (place) => fact(LOCATION, `Is from ${place}`, 0.8, 'origin')) },
  { form: /^i (?:was born|grew up|was raised|was born and raised) in (.+)/i,
    found: (text) => about(placeOf(text), (place) => fact(LOCATION, `Grew up in ${place}`, 0.8, 'home')) },
  // --------------------------------------------------------------------------------------------------- interests
  { form: new RegExp(`${I}(?:love|adore) (?!to )(.+)`, 'i'), found: taste('Loves', 0.7) },
  { form: new RegExp(`${I}like (?!to |how|the )(.+)`, 'i'), found: taste('Likes', 0.6) },
  { form: new RegExp(`${I}enjoy (.+)`, 'i'), found: interest('Enjoys', 0.7) },
  { form: new RegExp(`${I}(love|like) to (?!see|hear|know|think|say|be|have|get|do|go|make|take|talk|chat|help|meet|keep|try)(.+)`, 'i'),
    found: (verb, text) => about(objectOf(text, 5), (what) => fact(INTEREST, `${verb.toLowerCase()}s to ${what}`, 0.65)) },
  { form: new RegExp(`${I_AM}(?:very |quite |pretty |super )?(?:into|passionate about|fond of|crazy about|interested in|keen on|obsessed with|a (?:big|huge|massive) fan of) (.+)`, 'i'),
    found: interest('Is into', 0.7) },
  { form: new RegExp(`${I}play (?:the )?(${SPORTS})\\b`, 'i'), found: (what) => fact(INTEREST, `Plays ${what.toLowerCase()}`, 0.75) },
  { form: new RegExp(`${I}collect (.+)`, 'i'), found: interest('Collects', 0.75) },
  { form: /^my (?:main |favou?rite |biggest )?hobb(?:y is|ies are) (.+)/i, found: interest('Enjoys', 0.85) },
  // ---------------------------------------------------------------------------------------- likes and dislikes
  { form: /^i prefer ((?:short|brief|concise|detailed|long|simple|direct|honest|blunt|formal|informal|step-by-step)\b[^,.!]{0,20}\b(?:answers|replies|responses|explanations))/i,
    found: (what) => fact(COMMUNICATION_STYLE, `Prefers ${what.toLowerCase()}`, 0.85, 'answers') },
  { form: /^i (?:usually |generally |much )?prefer (.+?) (?:to|over|rather than) (.+)/i,
    found: (one, other) => about(objectOf(one, 4), (preferred) => about(objectOf(other, 4), (less) => fact(PREFERENCE, `Prefers ${preferred} to ${less}`, 0.8))) },
  { form: /^my (?:(?:all[- ]time|absolute|personal) )?favou?rite ([\p{L}-]+(?: [\p{L}-]+)?) (?:is|are|has always been|will always be) (?!when|that|how|to\b|the one|this|probably)(.+)/iu,
    found: (kind, text) => about(objectOf(text.replace(/^the (?=\p{Lu})/u, ''), 5), (what) =>
      /^(?:part|thing|moment|one|memory|bit|way|time)s?\b/i.test(kind) ? [] : fact(PREFERENCE, `Has ${what} as favourite ${kind.toLowerCase()}`, 0.85, `favourite ${kind.toLowerCase()}`)) },
  { form: new RegExp(`${I}(?:hate|despise|loathe|detest|dislike|can't stand|cannot stand|can't bear|don't like|do not like|don't enjoy|do not enjoy) (?!to |the |how|when|being |having )(.+)`, 'i'),
    found: (text) => objectsOf(text).flatMap((what) => fact(DISLIKE, `Dislikes ${what}`, 0.7)) },
  { form: /^i(?:'m| am) not (?:really |much )?(?:a (?:big |huge )?fan of|into|keen on|fond of) (.+)/i,
    found: (text) => objectsOf(text).flatMap((what) => fact(DISLIKE, `Dislikes ${what}`, 0.65)) },
  // ------------------------------------------------------------------------------------------------------ traits
  { form: new RegExp(`${I_AM}(?:very |severely |deathly |highly |mildly )?allergic to (.+)`, 'i'),
    found: (text) => objectsOf(text).flatMap((what) => (/\b(?:bad|stupid|work|drama|people|mornings?|nonsense|bullshit|effort)\b/i.test(what) ? [] : fact(TRAIT, `Is allergic to ${what}`, 0.9))) },
  { form: new RegExp(`${I_AM}(${GROWN_UP})\\b`, 'i'), found: (what) => fact(TRAIT, `Is ${what.toLowerCase()}`, 0.85) },
  { form: new RegExp(`${I_AM}(?:a bit of |such |more of )?an? (?:total |bit of an? )?(${KIND_OF_PERSON})\\b`, 'i'),
    found: (what) => (/^vega?n$|^vegetarian$/i.test(what) ? fact(TRAIT, `Is ${what.toLowerCase()}`, 0.85) : fact(TRAIT, `Is a ${what.toLowerCase()}`, 0.75)) },
  { form: /^i(?:'m| am) (?:now |only |already )?(\d{2})(?: years old| years of age)\b/i,
    found: (age) => (Number(age) < 13 ? [] : fact(TRAIT, `Is ${age} years old`, 0.8, 'age')) },
  { form: /^my name(?:'s| is) (\p{L}+)/iu, found: (name) => (isName(name) ? fact(TRAIT, `Is called ${name}`, 0.9, 'name') : []) },
  { form: /^i (?:can )?speak (?:fluent |both |some )?(.+)/i,
    found: (text) => languagesOf(text).flatMap((language) => fact(TRAIT, `Speaks ${language}`, 0.85)) },
  { form: /^(?:please,? )?(?:just )?call me (\p{L}+)(?:[.!,]|$)/iu,
    found: (name) => (isName(name) ? fact(COMMUNICATION_STYLE, `Wants to be called ${name}`, 0.85, 'name') : []) },
  { form: /^(?:please )?(?:always )?keep (?:your|the|all) (?:answers|replies|responses|explanations) (?:very )?(short|brief|concise|simple)\b/i,
    found: (how) => fact(COMMUNICATION_STYLE, `Prefers ${how.toLowerCase()} answers`, 0.85, 'answers') },
  { form: /^(?:please )?always (?:answer|reply|respond|write|speak|talk)(?: to me)? in (\p{L}+)/iu,
    found: (name) => languagesOf(name).flatMap((language) => fact(COMMUNICATION_STYLE, `Wants answers in ${language}`, 0.85, 'language')) },
  // ------------------------------------------------------------------------------------------------------- goals
  { form: /^my (?:main |biggest |ultimate |long-term |next |new year's )?(?:goal|dream|aim|ambition|resolution)(?: for [^,]{3,20})? is (?:to )?(.+)/i,
    found: (text) => about(objectOf(text, 9), (what) => fact(GOAL, `Wants to ${what}`, 0.8)) },
  { form: new RegExp(`^i(?:'m| am)? ${ADVERBS}(?:want|hope|plan|planning|hoping|trying|determined) to ((?:${AMBITIONS})\\b.*)`, 'i'),
    found: (text) => about(objectOf(text, 8), (what) => fact(GOAL, `Wants to ${what}`, 0.65)) },
  { form: /^i(?:'m| am|'ve been| have been) (?:currently |also |still )?(saving(?: up)? for|training for|working towards?) (.+)/i,
    found: (how, text) => about(objectOf(text, 6), (what) => fact(GOAL, `Is ${how.toLowerCase()} ${what}`, 0.75)) },
  { form: /^i(?:'m| am|'ve been| have been) (?:currently |also |still )?learning (?!more\b|a lot\b|so\b|about\b|from\b|to (?:be|let|love|live|trust|accept)\b)((?:how )?(?:to )?.+)/i,
    found: (text) => {
      const [language] = languagesOf(text);
      const skill = /^(?:how )?to (.+)/i.exec(text)?.[1];
      const what = language ?? objectOf(skill ?? text, 4);
      return what ? fact(GOAL, `Is learning ${skill && !language ? `to ${what}` : what}`, 0.75) : [];
    } },
  // ------------------------------------------------------------------------------------------------------ values
  { form: /^(?:my )?((?!it\b|this\b|that\b|which\b|what\b|and\b|i\b)[\p{L}-]+(?: [\p{L}-]+){0,2}) (?:is|are) (?:really |so |very |super |extremely |incredibly )?important (?:to|for) me\b/iu,
    found: (what) => (/\b(?:it|this|that|you|your|they|he|she|here|there)\b/i.test(what) ? [] : fact(VALUE, `Finds ${what.toLowerCase()} important`, 0.75)) },
  { form: /^i (?:really |deeply |truly )?(?:value|believe in) (.+)/i,
    found: (text) => about(objectOf(text, 4), (what) => fact(VALUE, `Values ${what}`, 0.7)) },
  // ----------------------------------------------------------------------------------------------- relationships
  { form: new RegExp(`${I_AM}(?:happily |recently |newly )?(married|engaged|divorced|widowed|single)(?: to (\\p{L}+))?(?![\\p{L}-])(?! (?:handed|minded|about|in|with))`, 'iu'),
    found: (state, name) => fact(RELATIONSHIP, `Is ${state.toLowerCase()}${name && isName(name) ? ` to ${name}` : ''}`, 0.85, 'marital status') },
  { form: /^(?:i've|we've|i have|we have) been (?:happily )?married (?:for|since)\b/i, found: () => fact(RELATIONSHIP, 'Is married', 0.85, 'marital status') },
  { form: /^(?:i|we)(?:'ve got| have| have got) (two|three|four|five|six|[2-6]|an?|one) ((?:(?:little|older|younger|big|small|twin|lovely|beautiful|wonderful|teenage|adult|rescue) )*)(kids?|children|child|sons?|daughters?|sisters?|brothers?|siblings?|dogs?|cats?|grandchildren|grandkids|twins|nieces?|nephews?|horses?|husky|poodle|labrador|beagle)(?=$|[,.!;]| (?:and|who|that|with|named|called|now|at|together|from|aged|back|which|of)\b)/iu,
    found: (number, which, whom) => fact(RELATIONSHIP, `Has ${number.toLowerCase()} ${which.toLowerCase()}${whom.toLowerCase()}`, 0.8, `has ${whom.toLowerCase().replace(/s$/, '')}`) },
  // -------------------------------------------------------------------------------------------------- life events
  { form: /^(?:i|we)(?:'ve| have)? (?:just |recently |finally )*(?:got|gotten|been|was|were) (married|divorced|engaged|promoted|fired|laid off|hired)\b(?! (?:for|to do|by a))/i,
    found: (what) => fact(LIFE_EVENT, `Got ${what.toLowerCase()}`, 0.75) },
  { form: /^i(?:'ve| have)? (?:just |recently |finally )*(graduated(?: (?:from|with|in) .+)?)$/i,
    found: (text) => about(objectOf(text.replace(/[.!].*/, ''), 7), (what) => fact(LIFE_EVENT, what, 0.75)) },
  { form: /^(?:i|we)(?:'ve| have)? (?:just |recently |finally )*(?:adopted|got) (an? (?:new )?(?:puppy|dog|cat|kitten|rescue dog|baby|child|son|daughter))\b/i,
    found: (whom) => fact(LIFE_EVENT, `Got ${whom.toLowerCase()}`, 0.75) },
  { form: /^(?:i|we)(?:'ve| have)? (?:just |recently )*(?:became|become) (an? (?:father|mother|dad|mom|mum|parent|grandfather|grandmother|grandparent|uncle|aunt|citizen)|parents|grandparents)\b/i,
    found: (whom) => fact(LIFE_EVENT, `Became ${whom.toLowerCase()}`, 0.8) },
  { form: new RegExp(`^my (${KINSHIP}) (?:just |recently |sadly )*(?:passed away|died)\\b`, 'iu'),
    found: (whom) => fact(LIFE_EVENT, `Lost a ${KIN[whom.toLowerCase()]}`, 0.8) },
  { form: /^i(?:'ve| have)? (?:just |recently |finally )*(?:started|got) (a new job|my own business|my own company|a business|university|college|grad school)\b/i,
    found: (what) => fact(LIFE_EVENT, `Started ${what.toLowerCase().replace('my own', 'a')}`, 0.75) },
  { form: new RegExp(`^i(?:'ve| have)? (?:just |recently |finally )*(won|finished|completed|passed|published|ran|earned) ((?:my|a|an|the)(?: [\\p{L}'-]+){0,3}? (?:${ACHIEVED})(?![\\p{L}]))`, 'iu'),
    found: (did, what) => fact(MILESTONE, `${did.toLowerCase()} ${what.replace(/^my /i, 'their ')}`, 0.75) },
  // --------------------------------------------------------------------------------------------------- challenges
  { form: /^i(?:'m| am|'ve been| have been)? (?:really |also |still |currently )*(?:struggle|struggling|battling|coping) with (.+)/i,
    found: (text) => about(objectOf(text.replace(/^(?:my|some|a lot of|a bit of) /i, ''), 5), (what) => fact(CHALLENGE, `Struggles with ${what}`, 0.75)) },
  { form: /^i (?:also |still )?suffer from (.+)/i, found: (text) => about(objectOf(text, 4), (what) => fact(CHALLENGE, `Suffers from ${what}`, 0.85)) },
  { form: new RegExp(`^i(?: have|'ve got|'ve had| was diagnosed with|'ve been diagnosed with) (?:(?:bad|severe|mild|chronic|terrible) )?(${CONDITIONS})\\b`, 'i'),
    found: (what) => fact(CHALLENGE, `Has ${/^(?:adhd|add|ptsd|ocd)$/i.test(what) ? what.toUpperCase() : what.toLowerCase()}`, 0.8) },
  { form: new RegExp(`^i(?:'ve been| have been) (?:feeling )?(?:so |really |very |pretty |a bit |quite )?(${FEELINGS}) (lately|these days|recently|for weeks|for months|all the time|every day)\\b`, 'i'),
    found: (how, since) => fact(MOOD_PATTERN, `Has been ${how.toLowerCase()} ${since.toLowerCase()}`, 0.7, 'mood') },
  { form: new RegExp(`^i (?:always|often|usually|constantly|generally) feel (?:so |really |very |pretty |a bit |quite )?(${FEELINGS})\\b`, 'i'),
    found: (how) => fact(MOOD_PATTERN, `Often feels ${how.toLowerCase()}`, 0.7) },
];

const PERSON = new RegExp(`\\b[Mm]y ((?:older |younger |little |big |twin )?)(${KINSHIP})(?:,| is called| is named|'s name is| called| named)? (\\p{Lu}\\p{Ll}+(?:-\\p{Lu}\\p{Ll}+)?)(?![\\p{L}])`, 'gu');
const SPOUSE = /\bmy (wife|husband|girlfriend|boyfriend|fiancée?|kids|children|son|daughter)\b(?!-)/giu;

/** What one clause says, which begins with the user as its subject, or with something of the user's. */
export function factsIn(clause: string): Found[] {
  const found: Found[] = [];
  for (const { form, found: read } of PATTERNS) {
    const match = form.exec(clause);
    if (match) found.push(...read(...match.slice(1)));
  }
  return [...found, ...peopleIn(clause)];
}

function peopleIn(clause: string): Found[] {
  const found: Found[] = [];
  for (const [, which, kin, name] of clause.matchAll(PERSON)) {
    const who = KIN[kin!.toLowerCase()]!;
    if (!isName(name!)) continue;
    const category = PET.test(who) ? RELATIONSHIP : IMPORTANT_PERSON;
    found.push(...fact(category, `Has a ${which!.toLowerCase()}${who} called ${name}`, 0.8, ONLY.test(who) ? who : null));
  }
  for (const [, kin] of clause.matchAll(SPOUSE)) {
    const whom = kin!.toLowerCase();
    found.push(...fact(RELATIONSHIP, /^(?:kids|children)$/.test(whom) ? 'Has children' : `Has a ${whom}`, 0.7, null));
  }
  return found;
}
