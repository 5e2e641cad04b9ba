import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { UnavailableError } from '../common/errors.js';
import { CONFIG, type Config } from '../config/config.js';

/** Asymmetrical ones only: a public key must never pass for a shared secret. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const PATIENCE_MS = 3000;
const LONGEST_LIFE = 86_400;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** The external issuer of OIDC_ISSUER, whose key set is fetched when first needed and kept by jose. */
@Injectable()
export class IdentityProvider {
  readonly issuer: string | undefined;
  private readonly audience: string | undefined;
  private readonly jwksUrl: string | undefined;
  private keySet: Promise<JWTVerifyGetKey> | undefined;

  constructor(@Inject(CONFIG) config: Config) {
    this.issuer = config.OIDC_ISSUER;
    this.audience = config.OIDC_AUDIENCE;
    this.jwksUrl = config.OIDC_JWKS_URL;
  }

  async verify(token: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, this.key, {
      algorithms: ALGORITHMS,
      issuer: this.issuer!,
      audience: this.audience!,
      requiredClaims: ['exp', 'sub', 'iat'],
      maxTokenAge: LONGEST_LIFE,
      clockTolerance: 30,
    });
    return payload;
  }

  /** That a key is not in the set is the token's fault; anything else that fails here is the provider's. */
  private readonly key: JWTVerifyGetKey = async (header, token) => {
    try {
      this.keySet ??= this.discover();
      const keySet = await this.keySet;
      return await keySet(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      throw new UnavailableError('The identity provider does not answer; try again.');
    }
  };

  private async discover(): Promise<JWTVerifyGetKey> {
    try {
      const url = new URL(this.jwksUrl ?? (await this.discoverJwksUrl()));
      return createRemoteJWKSet(url, { timeoutDuration: PATIENCE_MS });
    } catch (error) {
      this.keySet = undefined;
      throw error;
    }
  }

  private async discoverJwksUrl(): Promise<string> {
    const response = await fetch(`${this.issuer!.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'error',
    });
    if (!response.ok) throw new Error(`Discovery answered ${response.status}.`);
    const document = discoveryDocument.parse(await response.json());
    if (document.issuer !== this.issuer) throw new Error(`Discovery speaks for ${document.issuer}.`);
    return document.jwks_uri;
  }
}
