import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Query, StreamableFile } from '@nestjs/common';
import { Public } from '../auth/public.decorator.js';
import { UnauthenticatedError } from '../common/errors.js';
import { InputPipe } from '../common/input.pipe.js';
import { Authenticator } from '../graphql/context.js';
import { ExportInput } from './export.input.js';
import { ExportService } from './export.service.js';
import { formats } from './formats.js';

/** Streams of any size: what has been read from the database is sent before more is read. */
@Public() // it asks for the token itself, or takes a ticket in its place
@Controller('export')
export class ExportController {
  private readonly rules = new InputPipe();

  constructor(
    private readonly exports: ExportService,
    private readonly authenticator: Authenticator,
  ) {}

  @Get()
  async ofCaller(
    @Headers('authorization') authorization: string | undefined,
    @Query() { format = 'JSON', sessionId }: Record<string, string | string[] | undefined>,
  ): Promise<StreamableFile> {
    const viewer = await this.authenticator.authenticate(authorization);
    if (!viewer) throw new UnauthenticatedError();
    const sessionIds = sessionId === undefined ? undefined : [sessionId].flat();
    const input = this.rules.transform(
      { format: String(format).toUpperCase(), sessionIds },
      { type: 'query', metatype: ExportInput },
    );
    return this.stream(viewer.userId, input as ExportInput);
  }

  @Get(':ticket')
  async ofTicket(@Param('ticket') ticket: string): Promise<StreamableFile> {
    const { userId, request } = await this.exports.claim(ticket);
    return this.stream(userId, request);
  }

  private async stream(userId: string, request: ExportInput): Promise<StreamableFile> {
    const { contentType, extension } = formats[request.format];
    const pieces = await this.exports.open(userId, request);
    return new StreamableFile(Readable.from(pieces, { objectMode: false, encoding: 'utf8' }), {
      type: contentType,
      disposition: `attachment; filename="recollect.${extension}"`,
    });
  }
}
