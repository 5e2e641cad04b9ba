import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ME, statement } from '../database/statement.js';

const forgotten = statement<object>(
  'export_forgotten_facts',
  `select category, array(select encode(x, 'hex') from unnest(digests) x) as digests, forgotten_at as "forgottenAt"
   from forgotten_facts where user_id = ${ME} order by forgotten_at, category, digests`,
);

const facts = statement<object>('export_facts', `select * from exported_facts(${ME})`);

const usage = statement<Usage>(
  'export_usage',
  `select id, at, kind, model, prompt_tokens as "promptTokens", answer_tokens as "answerTokens",
     session_id as "sessionId", interaction_id as "interactionId"
   from token_usage
   where user_id = ${ME} and (at, id) > ($2, $3) and ($4::uuid[] is null or session_id = any($4))
   order by at, id limit $5`,
);

const backupSchedule = statement<BackupPlan>(
  'export_backup_schedule',
  `select frequency, keep from backup_schedules where user_id = ${ME}`,
);

const templates = statement<object>(
  'export_templates',
  `select * from template_model where "userId" = ${ME} order by "createdAt", id`,
);

const shares = statement<Share>(
  'export_shares',
  `select id, session_id as "sessionId", token_hash is not null as "isLink", email, reader_id as "userId", role,
     case when up_to < 9223372036854775807 then 'SNAPSHOT' else 'LIVE' end as mode, show_metadata as "showMetadata",
     show_context as "showContext", show_steps as "showSteps", password_hash is not null as "hasPassword",
     created_at as "createdAt", accepted_at as "acceptedAt", expires_at as "expiresAt",
     last_access_at as "lastAccessAt", access_count as "accessCount"
   from shares where user_id = ${ME} and id > $2 and ($3::uuid[] is null or session_id = any($3)) order by id limit $4`,
);

const identities = statement<object>(
  'export_identities',
  `select id, channel, external_id as "externalId", created_at as "createdAt", linked_at as "linkedAt"
   from identities where user_id = ${ME} order by created_at, id`,
);

const serviceKeys = statement<object>(
  'export_service_keys',
  `select id, name, to_json(scopes) as scopes, rate_per_minute as "ratePerMinute", created_at as "createdAt",
     expires_at as "expiresAt", last_used_at as "lastUsedAt"
   from service_keys where user_id = ${ME} order by created_at, id`,
);

/** A way of others into a session, without what would let somebody in. */
export interface Share {
  id: string;
}

/** How often the user has a backup made, and how many are kept. */
export interface BackupPlan {
  frequency: string;
  keep: number;
}

interface Usage {
  id: string;
  at: string;
}

/** What an export tells of the user beside sessions. */
@Injectable()
export class AccountExportRepository {
  constructor(private readonly database: Database) {}

  forgottenFacts(userId: string): Promise<object[]> {
    return this.database.query(forgotten, [userId]);
  }

  facts(userId: string): Promise<object[]> {
    return this.database.query(facts, [userId]);
  }

  async backupSchedule(userId: string): Promise<BackupPlan | null> {
    const [row] = await this.database.query(backupSchedule, [userId]);
    return row ?? null;
  }

  templates(userId: string): Promise<object[]> {
    return this.database.query(templates, [userId]);
  }

  /** Those of the given sessions, or all, after one. */
  shares(userId: string, after: string, ids: readonly string[] | null, limit: number): Promise<Share[]> {
    return this.database.query(shares, [userId, after, ids, limit]);
  }

  identities(userId: string): Promise<object[]> {
    return this.database.query(identities, [userId]);
  }

  serviceKeys(userId: string): Promise<object[]> {
    return this.database.query(serviceKeys, [userId]);
  }

  usage(userId: string, after: Usage, ids: readonly string[] | null, limit: number): Promise<Usage[]> {
    return this.database.query(usage, [userId, after.at, after.id, ids, limit]);
  }
}
