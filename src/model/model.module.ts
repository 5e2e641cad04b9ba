import { Module } from '@nestjs/common';
import { LanguageModelService } from './language-model.service.js';

@Module({ providers: [LanguageModelService], exports: [LanguageModelService] })
export class ModelModule {}
