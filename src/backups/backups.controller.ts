import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { NotForKeys } from '../auth/not-for-keys.decorator.js';
import { BackupsService } from './backups.service.js';

class BackupParams {
  @IsUUID('all')
  id: string;
}

@NotForKeys() // a backup is all there is
@Controller('backups')
export class BackupsController {
  constructor(private readonly backups: BackupsService) {}

  @Get(':id')
  @Header('cache-control', 'no-store')
  async read(@CurrentUser() userId: string, @Param() { id }: BackupParams): Promise<StreamableFile> {
    return new StreamableFile(await this.backups.open(userId, id), {
      type: 'application/json',
      disposition: 'attachment; filename="recollect.json"',
    });
  }
}
