import { nearestNames } from '../../../functions/scim/schema/nearest-names';
import { userType } from '../../../functions/scim/schema/resource-type';

const names = userType.allAttributes.map(({ name }) => name);

describe('nearestNames', () => {
  it.each([
    ['userNmae', 'userName'],
    ['mail', 'emails'],
    ['Email', 'emails'],
    ['dept', 'department'],
    ['phone', 'phoneNumbers'],
    ['objectid', 'objectId'],
    ['employeNumber', 'employeeNumber'],
    ['costCentre', 'costCenter'],
    ['isActive', 'active'],
  ])('finds for %s first %s', (unknown, nearest) => {
    expect(nearestNames(unknown, names)[0]).toBe(nearest);
  });

  it.each(['', 'q', 'quux', 'x'.repeat(4_000)])('finds none for %s', (unknown) => {
    expect(nearestNames(unknown, names)).toEqual([]);
  });
});
