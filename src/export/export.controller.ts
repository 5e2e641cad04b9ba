import { Readable } from 'node:stream';
import { Controller, Get, Head, Header, HttpCode, Param, Query, StreamableFile } from '@nestjs/common';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Public } from '../auth/public.decorator.js';
import { InputPipe } from '../common/input.pipe.js';
import { ExportInput } from './export.input.js';
import { ExportService } from './export.service.js';
import { formats } from './formats.js';

/** Streams of any size: what has been read from the database is sent before more is read. */
@Controller('export')
export class ExportController {
  private readonly rules = new InputPipe();

  constructor(private readonly exports: ExportService) {}

  @Get()
  @Header('cache-control', 'no-store')
  ofCaller(
    @CurrentUser() userId: string,
    @Query() { format = 'JSON', sessionId, after }: Record<string, string | string[] | undefined>,
  ): Promise<StreamableFile> {
    const sessionIds = sessionId === undefined ? undefined : [sessionId].flat();
    const input = this.rules.transform(
      { format: String(format).toUpperCase(), sessionIds, afterSessionId: after },
      { type: 'query', metatype: ExportInput },
    );
    return this.stream(userId, input as ExportInput);
  }

  /** Who looks before they fetch, such as previews of links, would use the ticket up. */
  @Public()
  @Head(':ticket')
  @HttpCode(405)
  @Header('allow', 'GET')
  refuseHead(): void {
    return;
  }

  @Public() // the ticket says for whom
  @Get(':ticket')
  @Header('cache-control', 'no-store')
  async ofTicket(@Param('ticket') ticket: string): Promise<StreamableFile> {
    const { userId, id, request } = await this.exports.claim(ticket);
    return this.stream(userId, request, id);
  }

  private async stream(userId: string, request: ExportInput, id?: string): Promise<StreamableFile> {
    const { contentType, extension } = formats[request.format];
    const pieces = await this.exports.open(userId, request, id);
    return new StreamableFile(Readable.from(pieces, { objectMode: false, encoding: 'utf8' }), {
      type: contentType,
      disposition: `attachment; filename="recollect.${extension}"`,
    });
  }
}
