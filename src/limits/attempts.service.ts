import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { networkOf } from '../common/addresses.js';
import { LimitsService, type Limit } from './limits.service.js';

type Purpose = 'login' | 'register' | 'delete' | 'share';

/** Attempts per quarter of an hour. Successful logins are given back: in effect, only failures count. */
const WINDOW_SECONDS = 900;
const PER_ADDRESS = 100;
const PER_ACCOUNT_AND_ADDRESS = 10;
/** Whoever has many addresses guesses no faster. Higher, since it locks the owner out too. */
const PER_ACCOUNT = 100;

/** Counts attempts at what needs a password, per execution of a field: aliases in one request gain nothing. */
@Injectable()
export class Attempts {
  private readonly byAddress: Limit;
  private readonly byAccountAndAddress: Limit;
  private readonly byAccount: Limit;

  constructor(limits: LimitsService) {
    this.byAddress = limits.limit('address', PER_ADDRESS, WINDOW_SECONDS);
    this.byAccountAndAddress = limits.limit('account-and-address', PER_ACCOUNT_AND_ADDRESS, WINDOW_SECONDS);
    this.byAccount = limits.limit('account', PER_ACCOUNT, WINDOW_SECONDS);
  }

  /**
   * The address first: what it refuses leaves no trace per account, so memory stays bounded and no single address
   * can use up an account's attempts.
   */
  async take(purpose: Purpose, address: string, account: string): Promise<void> {
    await this.byAddress.take(addressKey(purpose, address));
    await this.byAccountAndAddress.take(`${addressKey(purpose, address)}:${digest(account)}`);
    await this.byAccount.take(`${purpose}:${digest(account)}`);
  }

  async giveBack(purpose: Purpose, address: string, account: string): Promise<void> {
    await this.byAddress.giveBack(addressKey(purpose, address));
    await this.byAccountAndAddress.forget(`${addressKey(purpose, address)}:${digest(account)}`);
    await this.byAccount.giveBack(`${purpose}:${digest(account)}`);
  }
}

function addressKey(purpose: Purpose, address: string): string {
  return `${purpose}:${networkOf(address)}`;
}

/** Digested, so that Redis holds no e-mail addresses. */
function digest(account: string): string {
  return createHash('sha256').update(account).digest('base64url');
}
