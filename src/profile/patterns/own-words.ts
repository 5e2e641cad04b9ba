import { sentencesOf } from '../../common/sentences.js';

/** What is longer is pasted or dictated: whose words these are is not known. */
const LONGEST = 2_000;

/** The user asks for a text, in which "I" is somebody else. */
const FOR_A_TEXT =
  /\b(?:translat\w*|proofread|rewrite|rephrase|paraphrase|role-?play\w*|pretend\w*|imagine|suppos(?:e|ing)|picture (?:this|a|the)|thought experiment|(?:example|sample|test) (?:input|sentence|message|text)|spell[- ]?check|convert (?:this|the)|act as|persona|fiction\w*|in the style of|(?:correct|fix|check) (?:the|my|this) (?:grammar|spelling|sentence|text|english)|(?:write|draft|compose|generate|create|make up)\b[^.?!]{0,60}\b(?:story|poem|song|lyrics|essay|letter|e-?mail|message|post|tweet|bio|speech|dialog(?:ue)?|script|scene|character|cover letter|prompt|paragraph|sentence|joke|ad))\b/i;

/** Who speaks is written before what they say: a conversation is pasted. */
const TRANSCRIPT =
  /(?:^|[\n.!?]\s*)(?:user|human|person|assistant|system|ai|bot|chatgpt|customer|agent|interviewer|interviewee|speaker|[qa])\s*\d?:\s/i;

/** Quoted words of some length are somebody's, whoever's; a line that begins with ">" is a reply's. */
const QUOTED = /["“„«][^"”“»]{12,}["”“»]|(?<![\p{L}\p{N}])['‘][^'’\n]{12,}['’](?![\p{L}\p{N}])/gu;
const QUOTED_LINE = /^\s*(?:>|\|).*$/gm;

/** What makes a sentence no statement of how things are: doubt, condition, wish, somebody else's words, mockery. */
const NO_STATEMENT = new RegExp(
  [
    String.raw`\b(?:if|unless|whether|would|wouldn't|could|couldn't|might|maybe|perhaps|probably|possibly|supposedly|allegedly|wish|wished|dreamt|dreamed|almost|nearly|hardly|barely|kinda|supposed to|as though|as if|what if|let's say|say that|hypothetically|assum(?:e|es|ed|ing)|for example|for instance|e\.g)\b`,
    String.raw`\b(?:he|she|they|it|who|mom|mum|dad|mother|father|friend|brother|sister|boss|wife|husband|teacher|doctor|guy|somebody|someone|everyone|people|quote|lyric|book|movie|song|sign|article|email|message)(?:'s| is| was| were| had| has)? (?:says?|said|told|tells?|asked|asks|claim(?:s|ed)?|thinks?|thought|insist(?:s|ed)?|wrote|writes|goes|like,|believes?|believed|joked|joking|pretend(?:s|ed)?|reads?|called me|calls me)\b`,
    String.raw`\b(?:according to|apparently|quote unquote|used to|no longer|not any ?more|anymore|years? ago i|when i was|as a (?:kid|child|teen(?:ager)?|boy|girl)|back then|my character)\b|\bin (?:the|this|my|our|a) (?:game|play|movie|film|show|series|novel|story|book|dream|simulation|scene|campaign)\b|^say,? (?:that )?(?:i|my)\b`,
    String.raw`\b(?:yeah,? right|sure,? i|oh,? (?:great|sure|yeah|joy|wonderful)|of course i(?:'m| am| love)|as if|not!|just what i needed|lol|lmao|rofl|ha ?ha\w*|kidding|joking|jk|sarcas\w*|ironic\w*)\b|(?:^|\s)/s\b|[🙄🤡😏]|^(?:great|nice|cool|lovely|fantastic|brilliant|perfect|wonderful|awesome|super)[,.!…-]+\s*(?:i|my)\b|\.\.|[…,]\s*not[.!]*$`,
  ].join('|'),
  'iu',
);

/** A sentence's beginning that tells nothing: greetings and connectives. */
const LEAD =
  /^(?:(?:well|hi|hey|hello|ok|okay|so|and|but|oh|yes|yeah|yep|yup|wow|thanks|thank you|btw|by the way|actually|honestly|also|anyway|fyi|you know|to be honest|tbh|basically|currently|these days|nowadays|right now|at the moment|for now|personally|in fact|plus|absolutely|definitely|totally|sure|cool|great|nice|haven't told you|just so you know|as you know|just fyi|guess what|[\p{Lu}]\p{Ll}+(?!:))(?:[,!.:;–—-]+\s*|\s+(?=(?:i|my|i'm|i've)\b)))+/iu;

/** Where a clause of one's own begins: what stands before is another statement. */
const CLAUSES =
  /(?:[,;]|\s[–—-]|\s-)\s+(?=(?:and |but |so |because |since |as |plus )?(?:i|my|we)\b)|\s(?=(?:and|but|because) (?:i(?:'m|'ve| am| have| live| work| love| like| hate)|my)\b)|(?<=\b(?:about me|myself|background|context|facts?|update|note|fyi|btw):)\s+(?=(?:i|my)\b)/iu;
const CONNECTIVE = /^(?:and|but|so|because|since|as|plus)\s+/i;

/**
 * The clauses of a text in which the user states something as being so, straight quotes and spaces, without what leads
 * into them. Rather too few than one too many: a question, a doubt, a quotation or a joke says nothing for certain.
 */
export function ownStatements(text: string): string[] {
  if (text.length > LONGEST || FOR_A_TEXT.test(text) || TRANSCRIPT.test(text)) return [];
  const plain = text.replace(QUOTED_LINE, ' ').replace(QUOTED, ' … ').replace(/[’‘]/g, "'");
  return sentencesOf(plain).flatMap((sentence) => {
    if (/[?？]/.test(sentence) || sentence.includes('…') || NO_STATEMENT.test(sentence)) return [];
    return sentence
      .split(CLAUSES)
      .map((clause) => clause.trim().replace(CONNECTIVE, '').replace(LEAD, '').trim());
  });
}
