import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import type { Template } from './template.model.js';

const byId = statement<Template>(
  'template_by_id',
  `select * from template_model where "userId" = (select as_user($1)) and id = $2`,
);

const ofUser = statement<Template>(
  'templates_of_user',
  `select * from template_model where "userId" = (select as_user($1)) order by name, id`,
);

@Injectable()
export class TemplatesRepository {
  constructor(private readonly database: Database) {}

  async byId(userId: string, id: string): Promise<Template | null> {
    const [template] = await this.database.read(byId, [userId, id]);
    return template ?? null;
  }

  ofUser(userId: string): Promise<Template[]> {
    return this.database.query(ofUser, [userId]);
  }
}
