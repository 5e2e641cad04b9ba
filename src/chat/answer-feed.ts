import { setImmediate, setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InteractionStatus } from '../interactions/interaction.model.js';
import { LiveService } from '../live/live.service.js';
import { NewsStream } from '../live/news-stream.js';
import type { AnswerPiece } from './answer.model.js';
import { AnswersRepository } from './answers.repository.js';

const RETRY_MS = 1000;

/** An answer as it is written, from its beginning. */
class AnswerStream extends NewsStream<AnswerPiece> {
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

/**
 * Shows answers while they are written, whichever process writes them. The table of pieces is the truth and hints say
 * when to look, as with changes; each stream reads at its own pace from where it is, so nothing is held for it.
 */
@Injectable()
export class AnswerFeed {
  private readonly logger = new Logger(AnswerFeed.name);
  private readonly reads = new Map<string, Promise<AnswerPiece | null>>();
  private readonly byUser = new Map<string, Set<AnswerStream>>();

  constructor(
    private readonly repository: AnswersRepository,
    live: LiveService,
  ) {
    live.onHint((userId) =>
      this.wake(userId === null ? this.byUser.values() : [this.byUser.get(userId) ?? []]),
    );
    live.onUserGone((userId) => this.wake([this.byUser.get(userId) ?? []]));
  }

  stream(userId: string, interactionId: string): AnswerStream {
    return new AnswerStream(userId, interactionId, this);
  }

  enter(stream: AnswerStream): void {
    let streams = this.byUser.get(stream.userId);
    if (!streams) this.byUser.set(stream.userId, (streams = new Set()));
    streams.add(stream);
    void this.follow(stream);
  }

  leave(stream: AnswerStream): void {
    const streams = this.byUser.get(stream.userId);
    if (streams?.delete(stream) && streams.size === 0) this.byUser.delete(stream.userId);
  }

  private wake(groups: Iterable<Iterable<AnswerStream>>): void {
    for (const streams of groups) for (const stream of streams) stream.wake();
  }

  private async follow(stream: AnswerStream): Promise<void> {
    let first = true;
    for (;;) {
      await stream.sink.drained();
      if (!stream.open) return;
      // Before the read, not after: what is told meanwhile may be of something that the read does not see.
      stream.expectNews();
      const piece = await this.next(stream);
      if (!stream.open || piece === null) return this.end(stream);
      if (piece && (first || piece.done || piece.text !== '')) {
        const payload = await stream.sink.render(piece, stream.rootField);
        if (!stream.open) return;
        if (!stream.sink.push(payload)) continue;
        first = false;
        stream.version = piece.version;
        stream.offset = piece.offset + piece.text.length;
        if (piece.done) return this.end(stream);
      }
      if (piece) await stream.news;
    }
  }

  private end(stream: AnswerStream): void {
    if (!stream.open) return;
    stream.stop();
    stream.sink.end();
  }

  /** What comes next, which may be nothing yet; null when it was deleted, undefined when it could not be read. */
  private async next(stream: AnswerStream): Promise<AnswerPiece | null | undefined> {
    try {
      return await this.read(stream);
    } catch (error) {
      this.logger.warn(`An answer could not be read: ${(error as Error).message}`);
      await setTimeout(RETRY_MS, undefined, { ref: false });
      return undefined;
    }
  }

  /** Streams that are woken together and have come as far are answered by one read. */
  private read({ userId, interactionId, version, offset }: AnswerStream): Promise<AnswerPiece | null> {
    const key = `${userId} ${interactionId} ${version} ${offset}`;
    let read = this.reads.get(key);
    if (!read) {
      read = setImmediate().then(() => {
        this.reads.delete(key); // whoever is woken from now on needs another
        return this.pieceAfter(userId, interactionId, version, offset);
      });
      this.reads.set(key, read);
    }
    return read;
  }

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
