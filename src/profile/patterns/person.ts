import { FactCategory } from '../fact.model.js';
import { about, fact, I_AM, one, type Pattern } from './pattern.js';
import { isName, languagesOf, objectOf, objectsOf } from './phrases.js';

const { TRAIT, COMMUNICATION_STYLE, VALUE, CHALLENGE, MOOD_PATTERN } = FactCategory;

const GROWN_UP =
  'vegan|vegetarian|pescatarian|left-handed|colou?r-?blind|introverted|extroverted|lactose intolerant|gluten intolerant|dyslexic|bilingual|short-sighted|diabetic';
const KIND_OF_PERSON =
  'introvert|extrovert|night owl|morning person|early bird|perfectionist|homebody|workaholic|minimalist|vegan|vegetarian|cat person|dog person';
const FEELINGS =
  'anxious|sad|lonely|depressed|stressed(?: out)?|overwhelmed|exhausted|tired|burn(?:t|ed) out|down|low|happy|hopeful|optimistic|calm|content|great|restless|unmotivated|insecure|angry|frustrated';
const CONDITIONS =
  'anxiety|insomnia|adhd|add|depression|migraines|asthma|diabetes|arthritis|ptsd|ocd|chronic pain|back pain|high blood pressure|celiac disease|epilepsy|eczema|dyslexia';

/** What somebody is like, holds dear, wants to reach, struggles with, and how they feel. */
export const PERSON: readonly Pattern[] = [
  {
    form: new RegExp(`${I_AM}(?:very |severely |deathly |highly |mildly )?allergic to (.+)`, 'i'),
    found: (text) =>
      objectsOf(text).flatMap((what) =>
        /\b(?:bad|stupid\w*|work|drama|people|mornings?|\w+days?|nonsense|bullshit|effort|commitment|meetings|responsibility|exercise|fun|lies)\b/i.test(
          what,
        )
          ? []
          : fact(TRAIT, `Is allergic to ${what}`, 0.9),
      ),
  },
  {
    form: new RegExp(`${I_AM}(${GROWN_UP})\\b`, 'i'),
    found: (what) => fact(TRAIT, `Is ${what.toLowerCase()}`, 0.85),
  },
  {
    form: new RegExp(
      `${I_AM}(?:a bit of |such |more of )?an? (?:total |bit of an? )?(${KIND_OF_PERSON})\\b`,
      'i',
    ),
    found: (what) =>
      /^vega?n$|^vegetarian$/i.test(what)
        ? fact(TRAIT, `Is ${what.toLowerCase()}`, 0.85)
        : fact(TRAIT, `Is ${one(what.toLowerCase())}`, 0.75),
  },
  {
    form: /^i(?:'m| am) (?:now |only |already )?(\d{2})(?: years old| years of age)\b/i,
    found: (age) => (Number(age) < 13 ? [] : fact(TRAIT, `Is ${age} years old`, 0.8, 'age')),
  },
  {
    form: /^my name(?:'s| is) (\p{L}+)/iu,
    found: (name) => (isName(name) ? fact(TRAIT, `Is called ${name}`, 0.9, 'name') : []),
  },
  {
    form: /^i (?:can )?speak (?:fluent |both |some )?(.+)/i,
    found: (text) => languagesOf(text).flatMap((language) => fact(TRAIT, `Speaks ${language}`, 0.85)),
  },
  {
    form: /^(?:please,? )?(?:just )?call me (\p{L}+)(?:[.!,]|$)/iu,
    found: (name) =>
      isName(name) ? fact(COMMUNICATION_STYLE, `Wants to be called ${name}`, 0.85, 'name') : [],
  },
  {
    form: /^(?:please )?(?:always )?keep (?:your|the|all) (?:answers|replies|responses|explanations) (?:very )?(short|brief|concise|simple)\b/i,
    found: (how) => fact(COMMUNICATION_STYLE, `Prefers ${how.toLowerCase()} answers`, 0.85, 'answers'),
  },
  {
    form: /^(?:please )?always (?:answer|reply|respond|write|speak|talk)(?: to me)? in (\p{L}+)/iu,
    found: (name) =>
      languagesOf(name).flatMap((language) =>
        fact(COMMUNICATION_STYLE, `Wants answers in ${language}`, 0.85, 'language'),
      ),
  },
  {
    form: /^(?:my )?((?!it\b|this\b|that\b|which\b|what\b|and\b|i\b)[\p{L}-]+(?: [\p{L}-]+){0,2}) (?:is|are) (?:really |so |very |super |extremely |incredibly )?important (?:to|for) me\b/iu,
    found: (what) =>
      /\b(?:it|this|that|you|your|they|he|she|here|there)\b/i.test(what)
        ? []
        : fact(VALUE, `Finds ${what.toLowerCase()} important`, 0.75),
  },
  {
    form: /^i (?:really |deeply |truly )?(?:value|believe in) (.+)/i,
    found: (text) => about(objectOf(text, 4), (what) => fact(VALUE, `Values ${what}`, 0.7)),
  },
  {
    form: /^i(?:'m| am|'ve been| have been)? (?:really |also |still |currently )*(?:struggle|struggling|battling|coping) with (.+)/i,
    found: (text) =>
      about(objectOf(text.replace(/^(?:my|some|a lot of|a bit of) /i, ''), 5), (what) =>
        fact(CHALLENGE, `Struggles with ${what}`, 0.75),
      ),
  },
  {
    form: /^i (?:also |still )?suffer from (.+)/i,
    found: (text) => about(objectOf(text, 4), (what) => fact(CHALLENGE, `Suffers from ${what}`, 0.85)),
  },
  {
    form: new RegExp(
      `^i(?: have|'ve got|'ve had| was diagnosed with|'ve been diagnosed with) (?:(?:bad|severe|mild|chronic|terrible) )?(${CONDITIONS})\\b`,
      'i',
    ),
    found: (what) =>
      fact(
        CHALLENGE,
        `Has ${/^(?:adhd|add|ptsd|ocd)$/i.test(what) ? what.toUpperCase() : what.toLowerCase()}`,
        0.8,
      ),
  },
  {
    form: new RegExp(
      `^i(?:'ve been| have been) (?:feeling )?(?:so |really |very |pretty |a bit |quite )?(${FEELINGS}) (lately|these days|recently|for weeks|for months|all the time|every day)\\b`,
      'i',
    ),
    found: (how, since) =>
      fact(MOOD_PATTERN, `Has been ${how.toLowerCase()} ${since.toLowerCase()}`, 0.7, 'mood'),
  },
  {
    form: new RegExp(
      `^i (?:always|often|usually|constantly|generally) feel (?:so |really |very |pretty |a bit |quite )?(${FEELINGS})\\b`,
      'i',
    ),
    found: (how) => fact(MOOD_PATTERN, `Often feels ${how.toLowerCase()}`, 0.7),
  },
];
