/** The tables of the product. Bicep declares the same list; code never makes a table. */
export const tableNames = ['connectors', 'tenants', 'attempts'] as const;
export type TableName = (typeof tableNames)[number];
