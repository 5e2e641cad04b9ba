import { wordsOf } from '../../common/sentences.js';

const list = (words: string): Set<string> => new Set(words.trim().split(/\s+/));

const OCCUPATIONS = list(`
  accountant actor actress analyst animator anthropologist architect artist astronomer attorney auditor author baker
  banker barber barista bartender biologist blacksmith bookkeeper botanist builder butcher caregiver carpenter cashier
  chef chemist choreographer cleaner clerk coach composer conductor consultant contractor cook copywriter counselor
  counsellor curator dancer dentist dermatologist designer detective developer dietitian diplomat director doctor
  driver economist editor electrician engineer entrepreneur farmer filmmaker firefighter fisherman florist freelancer
  gardener geologist goldsmith hairdresser historian housekeeper illustrator instructor interpreter janitor jeweller
  jeweler journalist judge lawyer lecturer librarian lifeguard locksmith machinist manager marketer mathematician
  mechanic midwife miner model musician nanny neurologist notary novelist nurse nutritionist operator optician
  optometrist painter paralegal paramedic pastor pathologist pediatrician pharmacist philosopher photographer
  physician physicist physiotherapist pilot plumber poet policeman policewoman politician postman potter priest
  principal producer professor programmer psychiatrist psychologist psychotherapist radiologist realtor receptionist
  recruiter reporter researcher sailor salesman salesperson saleswoman scientist sculptor secretary seamstress singer
  soldier solicitor statistician steward stewardess student surgeon surveyor tailor teacher technician therapist trader
  trainer translator tutor veterinarian vet violinist waiter waitress welder writer zoologist`);

/** With these before it, an occupation is a way to put it. */
const NO_OCCUPATION =
  /\b(?:terrible|bad|good|great|better|best|big|huge|horrible|lousy|decent|natural|fast|slow|heavy|real|former|ex|would-be|wannabe|aspiring|future|lifelong|role|visual|slow)\b/i;

/** What a sentence says after its object. */
const TAIL =
  /\s*(?:[,;:.!()]|\s[–—-]\s|\s+(?:because|since|but|so|which|who|whom|that|when|whenever|while|after|before|until|as|even|though|although|however|where|ever|these days|nowadays|lately|recently|right now|at the moment|at the minute|now|too|as well|also|a lot|a bit|very much|a ton|most|more than|thanks|and (?:i|i'm|i've|my|it|it's|we|he|she|they|that|this|the|have|am|was|has|love|like|enjoy|hope|want|then|also|so|now|always)|for (?:the|a|an|about|over|almost|nearly|\d|some|many|years|months|weeks|now|work|my|me|him|her)|(?:in|at|on|with|of|from|about|for|like|by) (?:this|that|these|those|it|them|you|him|her|here|there|all|such|your|his|their|its|my|our|me|us|everyone|someone|fun)|every (?:day|week|weekend|morning|evening|night|year|summer|winter|month|time)|on (?:the )?weekends?|today|tonight|yesterday|tomorrow|this (?:week|month|year|morning|weekend|summer|winter)|last (?:week|month|year|night|weekend|summer|winter)|next (?:week|month|year|weekend|summer|winter))(?![\p{L}\p{N}'])).*$/iu;

/** Objects that only the conversation explains. */
const VAGUE =
  /^(?:to\b|not\b|i\b|he|she|they|we|how|what|when|where|why|who|it|this|that|these|those|one|ones|some|any|all|both|either|neither|none|more|most|many|much|other|others|another|else|such|so|too|very|really|just|also|even|only|being|having|seeing|hearing|knowing|getting|going|doing|making|trying|feeling|thinking|talking|chatting|telling|saying|looking|things?|stuff|something|anything|everything|nothing|someone|everyone|people who|here|there|him|her|them|you|me|us|our|your|his|their|its|my|the|an? (?:lot|bit|ton|few|little|couple|good|great|nice)|(?:playing|working|helping|living|using|reading about|watching)$)\b/iu;
const POINTING =
  /(?:^|\s)(?:it|this|that|these|those|you|your|yours|him|his|her|hers|them|their|its|here|there|our|us|me)(?:$|[\s'])/iu;

/** What is the same for everybody in spite of its article. */
const THE =
  /^the (?:ocean|sea|beach|mountains?|outdoors|rain|snow|cold|heat|sun|summer|winter|autumn|fall|spring|countryside|city|gym|dark|piano|guitar|violin|drums|cello|flute|theat(?:re|er)|opera|news|wilderness|desert|forest|woods)$/i;

const NO_NAME = list(`
  I I'm I've I'd I'll A An The And But So Or If My Our Your His Her Their It Its This That These Those There Here What When Where Who
  Why How Is Was Are Were Am Be Has Have Had Do Does Did Can Could Will Would Should May Might Must Not No Yes Oh
  Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September
  October November December English French German Spanish Italian Chinese Japanese American British Canadian Christmas
  Easter Thanksgiving Halloween God Jesus Just Really Also Then Now He
  She They We You Said Says IT HR QA PR CS Sales Marketing Support Finance Legal Engineering`);

/** What one moves to, and does not live in. */
const NO_PLACE = list(`
  Kubernetes React Angular Vue AWS Azure GCP Postgres PostgreSQL MySQL MongoDB Redis Linux Ubuntu Windows Mac macOS Python
  Java JavaScript TypeScript Rust Go Docker Podman GitHub GitLab Bitbucket Slack Teams Discord Notion Obsidian Jira Android
  iOS iPhone Node Deno Bun Chrome Firefox Safari Gmail Outlook Vim Emacs Excel Sheets Cloudflare Vercel Netlify Kafka
  Mars Narnia Hogwarts Plan Phase Step Chapter Section Version Level`);
/** Without a capital it may be anything: what it usually is. */
const NO_PLAIN_PLACE =
  /^(?:reality|fact|science|theory|truth|denial|poverty|luxury|isolation|silence|hell|heaven|paradise|exile|town|school|college|hospital|jail|prison|traffic|bed|space|shock|pain|love|general|person|part|need|charge|foster|one|two|three|four|five|six|seven|eight|nine|ten|twenty)\b/u;

const LANGUAGES = list(`
  Arabic Bengali Bulgarian Cantonese Catalan Chinese Croatian Czech Danish Dutch English Estonian Farsi Finnish French
  German Greek Hebrew Hindi Hungarian Icelandic Indonesian Irish Italian Japanese Korean Latin Latvian Lithuanian Malay
  Mandarin Norwegian Persian Polish Portuguese Punjabi Romanian Russian Serbian Slovak Slovenian Spanish Swahili Swedish
  Tagalog Tamil Telugu Thai Turkish Ukrainian Urdu Vietnamese Welsh`);

/** Words that need more behind them. */
const UNFINISHED =
  /\b(?:and|or|the|an?|of|to|in|on|at|with|for|from|my|by|than|i|some|very|really|better|more|good|something|get|be|do)$/i;
/** What is cut off here is what tells which one is meant. */
const DEFINED_BY_TAIL = /^\s+(?:that|which|who|whom|where|when)\b/i;
/** "A safe, inviting place" without its end. */
const ADJECTIVE_LEFT = /(?:^|\s)(?:an?|the) [\p{L}-]+$/iu;

/** The part of a clause that is its object, without what follows it; null when that alone says nothing. */
export function objectOf(text: string, mostWords = 6): string | null {
  const tail = TAIL.exec(text)?.[0] ?? '';
  const object = text
    .slice(0, text.length - tail.length)
    .replace(/["“”]/g, '')
    .trim();
  const words = object.split(/\s+/).length;
  if (object.length < 3 || object.length > 80 || words > mostWords) return null;
  if ((VAGUE.test(object) && !THE.test(object)) || POINTING.test(object) || UNFINISHED.test(object))
    return null;
  if (DEFINED_BY_TAIL.test(tail) && words < 3) return null;
  if (tail.startsWith(',') && ADJECTIVE_LEFT.test(object) && words > 2) return null;
  return object.replace(/\bmy\b/gi, 'their').replace(/\bmyself\b/gi, 'themselves');
}

/** The objects of an enumeration, as far as it goes; "fish and chips" is none. */
export function objectsOf(text: string): string[] {
  const gerunds = /^\p{L}+ing\b[^,]* and \p{L}+ing\b/iu.test(text);
  if (!gerunds && !/^[^,]{3,40},[^,]{3,40}(?:,| and )/.test(text)) {
    const object = objectOf(text);
    return object ? [object] : [];
  }
  const objects: string[] = [];
  for (const part of text.split(/,\s*(?:and\s+)?|\s+and\s+/)) {
    const object = objectOf(part.trim(), 4);
    if (object) objects.push(object);
    if (object?.length !== part.trim().replace(/[.!]+$/, '').length) break;
  }
  return objects;
}

/** Whether an object is something to do. */
export function isActivity(object: string): boolean {
  return (
    /^\p{L}{2,}ing\b/iu.test(object) &&
    !/^(?:spring|king|ring|wedding|morning|evening|clothing|string)\b/i.test(object)
  );
}

/** The occupation at the start of a text, with what describes it: "pediatric nurse". */
export function occupationOf(text: string): string | null {
  const [phrase = ''] = text.split(
    /[,;:.!()]|\s(?:and|or|at|in|for|with|of|from|by|who|but|so|on|to|specialized|specializing|working|here|now|myself)\b/i,
  );
  const words = phrase.trim().split(/\s+/);
  if (words.length > 4 || NO_OCCUPATION.test(phrase)) return null;
  return OCCUPATIONS.has(words.at(-1)!.toLowerCase()) ? words.join(' ') : null;
}

/** The name of a place at the start of a text; in a text without capitals, one or two words alone. */
export function placeOf(text: string): string | null {
  const named =
    /^(?:the )?\p{Lu}[\p{L}'.-]*(?:,? (?:(?:de|da|do|la|le|du|of|am|an der|upon) )?\p{Lu}[\p{L}'.-]*){0,3}/u.exec(
      text,
    )?.[0];
  if (named !== undefined) {
    const place = named.replace(/[.,'-]+$/, '');
    const words = place.replace(/^the /, '').split(/[ ,]+/);
    if (NO_PLACE.has(words[0]!)) return null;
    const end = words.findIndex((word) => NO_NAME.has(word.replace(/'s$/, '')));
    if (end === 0) return null;
    return end < 0 ? place : place.slice(0, place.indexOf(words[end]!)).replace(/[ ,]+$/, '');
  }
  const plain =
    /^((?!(?:a|an|the|my|our|this|that|peace|fear|hope|the)\b)\p{Ll}{3,}(?: \p{Ll}{3,})?)(?:[.,!]|$)/u.exec(
      text,
    )?.[1];
  return plain &&
    objectOf(plain) &&
    !NO_PLAIN_PLACE.test(plain) &&
    !/\b(?:now|too|alone|together|there|here|with|near)\b/.test(plain)
    ? plain.replace(/(^| )\p{Ll}/gu, (letter) => letter.toUpperCase())
    : null;
}

/** Whether a word can be somebody's name. */
export function isName(word: string): boolean {
  return /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(word) && !NO_NAME.has(word) && !LANGUAGES.has(word);
}

/** The languages that a text begins with. */
export function languagesOf(text: string): string[] {
  const found: string[] = [];
  for (const word of wordsOf(text)) {
    const name = word.charAt(0).toUpperCase() + word.slice(1);
    if (LANGUAGES.has(name)) found.push(name);
    else if (!/^(?:and|a|little|some|both|fluent|basic|good)$/i.test(word)) break;
  }
  return found;
}
