/** Filter rules as the editor holds them: every part a text. Pure. */
import type { DetailedConnector } from './detailed-connector';

type Rule = NonNullable<DetailedConnector['filters']>['include'][number];

export interface RuleDraft {
  readonly effect: 'include' | 'exclude';
  readonly factory: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
  readonly tagName: string;
  readonly tagValue: string;
}

export const emptyRule: RuleDraft = {
  effect: 'include',
  factory: '',
  resourceGroup: '',
  subscriptionId: '',
  tagName: '',
  tagValue: '',
};

export function draftsOf(filters: DetailedConnector['filters']): RuleDraft[] {
  const toDraft = (effect: RuleDraft['effect']) => (rule: Rule) => ({
    effect,
    factory: rule.factory ?? '',
    resourceGroup: rule.resourceGroup ?? '',
    subscriptionId: rule.subscriptionId ?? '',
    tagName: rule.tag?.name ?? '',
    tagValue: rule.tag?.value ?? '',
  });
  return [
    ...(filters?.include ?? []).map(toDraft('include')),
    ...(filters?.exclude ?? []).map(toDraft('exclude')),
  ];
}

/** Null syncs all factories. A rule without any part is left out. */
export function filtersOf(drafts: readonly RuleDraft[]) {
  const rules = (effect: RuleDraft['effect']) =>
    drafts.filter((draft) => draft.effect === effect && !isEmpty(draft)).map(toRule);
  const [include, exclude] = [rules('include'), rules('exclude')];
  return include.length + exclude.length === 0 ? null : { include, exclude };
}

const isEmpty = ({ effect: _effect, tagValue: _value, ...parts }: RuleDraft) =>
  Object.values(parts).every((part) => part.trim() === '');

function toRule({ factory, resourceGroup, subscriptionId, tagName, tagValue }: RuleDraft): Rule {
  const part = <Name extends string>(name: Name, value: string) =>
    value.trim() === '' ? {} : ({ [name]: value.trim() } as Record<Name, string>);
  return {
    ...part('factory', factory),
    ...part('resourceGroup', resourceGroup),
    ...part('subscriptionId', subscriptionId),
    ...(tagName.trim() !== '' && { tag: { name: tagName.trim(), ...part('value', tagValue) } }),
  };
}
