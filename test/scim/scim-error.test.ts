import { NotFoundError, ThrottledError, UpstreamError } from '../../functions/errors/app-error';
import { ScimError, toScimErrorResponse } from '../../functions/scim/scim-error';

describe('toScimErrorResponse', () => {
  it('holds the members of RFC 7644 section 3.12 and no others', () => {
    const error = new ScimError('mutability', 'id cannot change.', 'id');

    expect(toScimErrorResponse(error)).toEqual({
      status: 400,
      headers: { 'Content-Type': 'application/scim+json' },
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '400',
        scimType: 'mutability',
        detail: 'id cannot change.',
      },
    });
  });

  it.each([
    [new ScimError('uniqueness', ''), 409],
    [new ScimError('versionMismatch', ''), 412],
    [new ScimError('tooLarge', ''), 413],
    [new ScimError('notImplemented', ''), 501],
    [new NotFoundError('x', ''), 404],
    [new UpstreamError('x', '', true), 503],
    [new UpstreamError('x', '', false), 502],
  ])('maps %s to its status', (error, status) => {
    expect(toScimErrorResponse(error)).toMatchObject({ status, body: { status: String(status) } });
  });

  it('names the seconds to wait', () => {
    const { headers } = toScimErrorResponse(new ThrottledError('x', '', 7));

    expect(headers['Retry-After']).toBe('7');
  });

  it('tells nothing of an unknown error', () => {
    const { status, body } = toScimErrorResponse(new Error('canary'));

    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('canary');
  });
});
