import { idOf, sessionOf, type Converted, type Turn } from './conversation.js';

type Fields = Record<string, unknown>;

/** Which session holds a turn, and under which id. */
interface Place {
  sessionId: string;
  turnId: string;
}

/** The branches of one conversation as sessions, in which each turn is held by the first that has it. */
export class ConversationTree {
  /** By the first and the last message of a turn, between which there is one way. */
  private readonly places = new Map<string, Place>();
  private readonly turnIds = new Set<string>();
  private readonly begun = new Map<string, number>();

  constructor(private readonly id: string) {}

  trunk(
    turns: readonly Turn[],
    times: { startedAt?: string; fallback: string },
    about: Fields,
    isForked: boolean,
  ): Converted {
    const session = sessionOf(this.id, timesOf(turns), times, about);
    this.begun.set(this.id, Date.parse(String(session.startedAt)));
    return {
      session: isForked ? { ...session, treeId: this.id } : session,
      interactions: this.hold(this.id, turns),
    };
  }

  /** Nothing when others have all of it. */
  *fork(id: string, turns: readonly Turn[], about: Fields): Generator<Converted> {
    const own = turns.findIndex((turn) => !this.places.has(keyOf(turn)));
    if (own < 0) return;
    const shared = turns.slice(0, own).map((turn) => this.places.get(keyOf(turn))!);
    const parent = shared.at(-1);
    const parentSessionId = parent?.sessionId ?? this.id;
    // A fork is younger than what it is a fork of, also where a file does not tell when something was said.
    const first = Date.parse(String(turns[own]!.value.occurredAt));
    const begun = Math.max(first, this.begun.get(parentSessionId)! + 1);
    this.begun.set(id, begun);
    const startedAt = new Date(begun).toISOString();
    const lasts = new Map(shared.map(({ sessionId, turnId }) => [sessionId, turnId]));
    yield {
      session: {
        ...sessionOf(id, timesOf(turns.slice(own)), { startedAt, fallback: startedAt }, about),
        startedAt,
        treeId: this.id,
        parentSessionId,
        forkPointId: parent?.turnId,
        inherited: [...lasts].map(([sessionId, lastInteractionId]) => ({ sessionId, lastInteractionId })),
      },
      interactions: this.hold(id, turns.slice(own)),
    };
  }

  /** A turn that begins like another, and goes on otherwise, has ids of its own. */
  private hold(sessionId: string, turns: readonly Turn[]): Turn[] {
    return turns.map((turn) => {
      const isNew = !this.turnIds.has(String(turn.value.id));
      const value = isNew ? turn.value : renamed(turn.value, sessionId);
      this.turnIds.add(String(value.id));
      this.places.set(keyOf(turn), { sessionId, turnId: String(value.id) });
      return { ...turn, value };
    });
  }
}

const keyOf = ({ value, lastId }: Turn): string => `${String(value.id)} ${lastId}`;

const timesOf = (turns: readonly Turn[]) =>
  turns.flatMap(({ value }) => [value.occurredAt, value.completedAt].map((at) => ({ at: String(at) })));

function renamed(value: Fields, sessionId: string): Fields {
  const idFor = (id: unknown) => idOf(sessionId, String(id));
  const steps = (value.steps as Fields[]).map((step) => ({ ...step, id: idFor(step.id) }));
  return { ...value, id: idFor(value.id), steps };
}
