import { z } from 'zod';
import { jsonColumn } from '../../../functions/azure/table-storage/json-column';

describe('jsonColumn', () => {
  const columns = z.object({
    owner: jsonColumn(z.object({ name: z.string(), note: z.string().exactOptional() })),
    tags: jsonColumn(z.array(z.string())).exactOptional(),
  });

  it('parses JSON text with its schema', () => {
    const row = { owner: '{"name":"Zoë"}', tags: '["a"]', 'odata.etag': 'W/"1"' };

    expect(columns.parse(row)).toEqual({ owner: { name: 'Zoë' }, tags: ['a'] });
  });

  it('leaves an absent column absent', () => {
    expect(columns.parse({ owner: '{"name":"Zoë"}' })).toEqual({ owner: { name: 'Zoë' } });
  });

  it.each([
    ['of another type', '{"name":1}'],
    ['without a required property', '{}'],
    ['that is null', 'null'],
  ])('rejects a value %s', (_, owner) => {
    expect(() => columns.parse({ owner })).toThrow(z.ZodError);
  });

  it('rejects text that is not JSON', () => {
    expect(() => columns.parse({ owner: '{' })).toThrow(SyntaxError);
  });
});
