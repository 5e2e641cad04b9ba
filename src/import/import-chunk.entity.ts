import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ImportEntity } from './import.entity.js';

/** A row of `import_chunks`: a piece of an uploaded file, which begins at the byte `start`. */
@Entity('import_chunks')
@ForeignKey(() => ImportEntity, ['userId', 'importId'], ['userId', 'id'], {
  name: 'import_chunks_import_fkey',
  onDelete: 'CASCADE',
})
export class ImportChunkEntity {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'import_chunks_pkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'import_id', primaryKeyConstraintName: 'import_chunks_pkey' })
  importId: string;

  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'import_chunks_pkey' })
  start: number;

  @Column('bytea')
  data: Buffer;
}
