import { Field, Float, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Interaction, MessageRole } from '../interactions/interaction.model.js';

export enum RecallMethod {
  WORDS = 'WORDS',
  MEANING = 'MEANING',
}
registerEnumType(RecallMethod, {
  name: 'RecallMethod',
  description: 'How something was found.',
  valuesMap: {
    WORDS: {
      description: 'By words of the query, in it or said around it, or by the day that the query names.',
    },
    MEANING: { description: 'By its embedding, which is among the 100 nearest to that of the query.' },
  },
});

@ObjectType({ description: 'A part of a text, in UTF-16 units as JavaScript counts them.' })
export class TextRange {
  @Field(() => Int, { description: 'Where it begins.' })
  start: number;

  @Field(() => Int, { description: 'Where it has ended.' })
  end: number;
}

@ObjectType({ description: 'A piece of a text that holds words asked for.' })
export class Highlight {
  @Field({ description: 'The piece, as it stands in the text.' })
  text: string;

  @Field(() => [TextRange], { description: 'The words within the piece.' })
  ranges: TextRange[];
}

@ObjectType({ description: 'Something said that was recalled: a question or an answer.' })
export class RecallHit {
  @Field(() => Interaction, { description: 'The interaction it was said in.' })
  interaction: Interaction;

  @Field(() => MessageRole, {
    description: 'Which of its texts: USER for the question, ASSISTANT for the answer.',
  })
  role: MessageRole;

  @Field(() => Float, {
    description:
      'How well it answers the query, more is better; comparable among the hits of one query only.',
  })
  score: number;

  @Field(() => [RecallMethod], {
    description:
      'How it was found. Where no hit was found by MEANING, embeddings are off, fail, or are not made yet.',
  })
  foundBy: RecallMethod[];

  @Field(() => [Highlight], {
    description:
      'Up to three pieces of the text with the words asked for. Empty when it was found by what was said around it.',
  })
  highlights: Highlight[];

  @Field(() => [Interaction], {
    description: 'Interactions of the same session around it, in the order of the log, without its own.',
  })
  neighbours: Interaction[];
}
