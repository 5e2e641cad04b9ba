import { ArgsType, Field } from '@nestjs/graphql';
import { IsDate, IsEnum, IsOptional } from 'class-validator';
import { DateTimeScalar } from '../common/scalars.js';
import { UsageGroupBy } from './usage.model.js';

@ArgsType()
export class UsageArgs {
  @Field(() => DateTimeScalar, { description: 'From then on.' })
  @IsDate()
  from: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until before then; now by default. BAD_USER_INPUT when it is before `from`.',
  })
  @IsOptional()
  @IsDate()
  to?: Date | null;

  @Field(() => UsageGroupBy, { defaultValue: UsageGroupBy.DAY, description: 'What to sum it by.' })
  @IsEnum(UsageGroupBy)
  groupBy: UsageGroupBy = UsageGroupBy.DAY;
}
