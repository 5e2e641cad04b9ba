import { Module } from '@nestjs/common';
import './compressed-interactions.entity.js';
import { CompressionRepository } from './compression.repository.js';
import { CompressionService } from './compression.service.js';

@Module({ providers: [CompressionService, CompressionRepository], exports: [CompressionService] })
export class CompressionModule {}
