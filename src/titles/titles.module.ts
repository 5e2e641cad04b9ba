import { Module } from '@nestjs/common';
import { ModelModule } from '../model/model.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { TitleWriter } from './title-writer.js';
import { TitlesRepository } from './titles.repository.js';
import { TitlesService } from './titles.service.js';

@Module({
  imports: [ModelModule, UsageModule],
  providers: [TitlesService, TitleWriter, TitlesRepository],
  exports: [TitlesService],
})
export class TitlesModule {}
