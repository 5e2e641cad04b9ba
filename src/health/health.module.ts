import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { EmbeddingsModule } from '../embeddings/embeddings.module.js';
import { HealthController } from './health.controller.js';

/** What a load balancer and an orchestrator ask. */
@Module({
  imports: [EmbeddingsModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
})
export class HealthModule {}
