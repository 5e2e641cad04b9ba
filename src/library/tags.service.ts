import { Injectable } from '@nestjs/common';
import { Commands } from '../database/commands.js';
import { LibraryRepository } from './library.repository.js';
import type { TagCount } from './tag.model.js';

@Injectable()
export class TagsService {
  constructor(
    private readonly repository: LibraryRepository,
    private readonly commands: Commands,
  ) {}

  list(userId: string, limit: number): Promise<TagCount[]> {
    return this.repository.tags(userId, limit);
  }

  /** Returns how many sessions had it. */
  async rename(userId: string, tag: string, to: string): Promise<number> {
    return (await this.commands.runLong({ kind: 'replaceTag', userId, tag, to })).changes;
  }

  async remove(userId: string, tag: string): Promise<number> {
    return (await this.commands.runLong({ kind: 'replaceTag', userId, tag })).changes;
  }
}
