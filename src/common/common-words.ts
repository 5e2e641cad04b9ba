import { termOf } from './sentences.js';

/** Words that say little, in the languages most talked: grammar, and in English what fills a conversation. */
const COMMON = new Set(
  (
    'a about after again all also always am an and another any anything are around as at away back be because been ' +
    'before being best better big bit both but by came can cannot come could day days definitely did didn do does doesn ' +
    'doing don done down each else enough even ever every everyone everything far feel felt few find first for found ' +
    'from get getting give glad go going gonna good got great guess had happy has hasn have haven having he hear heard ' +
    'hello help her here hers hey hi him his hope how i idea if important in instead into is isn it its just keep kind ' +
    'know last later learn let life like little ll look looking lot lots love loved made make makes making many may ' +
    'maybe me mean means might mind mine more most much must my need never new next nice no nothing now of off oh ok ' +
    'okay old on once one ones only or other others our out over own part people please pretty probably put quite re ' +
    'really right said same saw say see seem seems shall she should show since so some someone something soon sorry ' +
    'special still stuff such super sure t take taking talk tell than thank thanks that the their them then there these ' +
    'they thing things think thinking this those though thought through time times to today together told too took ' +
    'totally try trying two until up us use used using ve very want wanted was wasn way we week weeks well went were what ' +
    'when where which while who whole why will with without won wonderful work would wow yeah year years yes yesterday yet ' +
    "you your yours don't can't won't didn't doesn't isn't wasn't aren't couldn't wouldn't shouldn't haven't hasn't " +
    'absolutely actually amazing awesome cool ' +
    'der die das und ist nicht ich sie wir mit auf für ein eine zu den von dem des im auch es sich war ' +
    'que de la el en los las un una por con para es se lo al del no si más ' +
    'le les des et est une dans pour pas qui sur il elle nous vous je du au ce ne plus mais ' +
    'o e da do em um uma não com os as di che è per non sono gli и в не на я что с это как'
  )
    .split(' ')
    .map(termOf),
);

export const isCommon = (term: string): boolean => COMMON.has(term);
