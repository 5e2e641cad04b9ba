import { Injectable } from '@nestjs/common';
import { InteractionStatus } from '../interactions/interaction.model.js';
import { LiveService } from '../live/live.service.js';
import { NewsFeed } from '../live/news-feed.js';
import { NewsStream } from '../live/news-stream.js';
import type { AnswerPiece } from './answer.model.js';
import { AnswersRepository } from './answers.repository.js';

/** An answer as it is written, from its beginning. */
class AnswerStream extends NewsStream<AnswerPiece> {
  /** Whether anything has been delivered: be it only that there is nothing yet. */
  hasBegun = false;
  /** What has been delivered: all of this version before the offset. */
  version = 0;
  offset = 0;

  constructor(
    userId: string,
    readonly interactionId: string,
    feed: AnswerFeed,
  ) {
    super(userId, 'answerStreamed', feed);
  }
}

/** Shows answers while they are written, whichever process writes them. */
@Injectable()
export class AnswerFeed extends NewsFeed<AnswerStream, AnswerPiece | null> {
  constructor(
    private readonly repository: AnswersRepository,
    live: LiveService,
  ) {
    super(live);
  }

  stream(userId: string, interactionId: string): AnswerStream {
    return new AnswerStream(userId, interactionId, this);
  }

  protected placeOf({ userId, interactionId, version, offset }: AnswerStream): string {
    return `${userId} ${interactionId} ${version} ${offset}`;
  }

  protected read({ userId, interactionId, version, offset }: AnswerStream): Promise<AnswerPiece | null> {
    return this.pieceAfter(userId, interactionId, version, offset);
  }

  protected async deliver(stream: AnswerStream, piece: AnswerPiece | null): Promise<boolean> {
    if (piece && (!stream.hasBegun || piece.done || piece.text !== '')) {
      if (!(await stream.tell(piece))) return false;
      stream.hasBegun = true;
      stream.version = piece.version;
      stream.offset = piece.offset + piece.text.length;
    }
    if (!piece || piece.done) stream.finish();
    return true;
  }

  /** What comes next, which may be nothing yet; null when the answer is gone. */
  private async pieceAfter(
    userId: string,
    interactionId: string,
    knownVersion: number,
    knownOffset: number,
  ): Promise<AnswerPiece | null> {
    const found = await this.repository.progress(userId, interactionId, knownVersion, knownOffset);
    if (!found) return null;
    const { interaction, overtaken, failed } = found;
    // Who has seen it being written is told its end; who comes later, what stands in its place.
    const sawItFail = failed !== null && found.version === knownVersion;
    const version = failed && !sawItFail ? found.standing : found.version;
    const offset = version === knownVersion && !overtaken ? knownOffset : 0;
    const whole = sawItFail ? failed.answer : interaction?.answer;
    const { error = null, errorCode = null } = failed ?? interaction ?? {};
    return {
      interactionId,
      version,
      offset,
      text: interaction ? (whole ?? '').slice(offset) : (found.text ?? ''),
      done: interaction !== null,
      status: sawItFail ? InteractionStatus.FAILED : (interaction?.status ?? InteractionStatus.PENDING),
      error,
      errorCode,
      interaction,
    };
  }
}
