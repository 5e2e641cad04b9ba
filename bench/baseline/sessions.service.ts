import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import { Session } from './session.entity.js';

@Injectable()
export class SessionsService {
  constructor(@InjectRepository(Session) private readonly sessions: Repository<Session>) {}

  list(userId: string, first: number): Promise<Session[]> {
    return this.sessions.find({ where: { userId }, order: { startedAt: 'DESC' }, take: first });
  }

  /** The user's active session, unless it has been idle for too long; else a new one. */
  async getOrCreate(manager: EntityManager, userId: string, now: Date): Promise<Session> {
    const active = await manager.findOne(Session, {
      where: { userId, scope: '', endedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    if (active) {
      const idleMilliseconds = now.getTime() - active.lastActivityAt.getTime();
      if (idleMilliseconds < active.idleTimeoutSeconds * 1000) return active;
      active.endedAt = active.lastActivityAt;
      active.endReason = 'IDLE_TIMEOUT';
      await manager.save(active);
    }
    return manager.save(manager.create(Session, { userId, startedAt: now, lastActivityAt: now }));
  }

  async countInteraction(manager: EntityManager, session: Session, now: Date): Promise<void> {
    await manager.update(Session, session.id, {
      interactionCount: () => 'interaction_count + 1',
      userMessageCount: () => 'user_message_count + 1',
      assistantMessageCount: () => 'assistant_message_count + 1',
      lastActivityAt: now,
    });
  }
}
