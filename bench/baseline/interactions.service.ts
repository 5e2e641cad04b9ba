import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { PubSub } from 'graphql-subscriptions';
import { DataSource, Repository } from 'typeorm';
import { Interaction } from './interaction.entity.js';
import type { RecordInteractionInput } from './record-interaction.input.js';
import { SessionsService } from './sessions.service.js';

@Injectable()
export class InteractionsService {
  private readonly pubSub = new PubSub();

  constructor(
    @InjectRepository(Interaction) private readonly interactions: Repository<Interaction>,
    private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
  ) {}

  recent(userId: string, limit: number): Promise<Interaction[]> {
    return this.interactions.find({ where: { userId }, order: { occurredAt: 'DESC' }, take: limit });
  }

  async record(userId: string, input: RecordInteractionInput): Promise<Interaction> {
    const interaction = await this.dataSource.transaction(async (manager) => {
      const now = new Date();
      const session = await this.sessions.getOrCreate(manager, userId, now);
      const created = manager.create(Interaction, {
        ...input,
        userId,
        sessionId: session.id,
        occurredAt: now,
      });
      await manager.save(created);
      await this.sessions.countInteraction(manager, session, now);
      return created;
    });
    await this.pubSub.publish(topicOf(userId), { interactionAdded: interaction });
    return interaction;
  }

  /** A topic for each user: with one for all and a filter, every event would ask every subscriber. */
  added(userId: string): AsyncIterableIterator<unknown> {
    return this.pubSub.asyncIterableIterator(topicOf(userId));
  }
}

function topicOf(userId: string): string {
  return `interactionAdded.${userId}`;
}
