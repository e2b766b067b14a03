/**
 * Applies PATCH operations to a resource (RFC 7644 section 3.5.2). All operations take effect or
 * none: the stored attributes never change, and an error leaves nothing but the error.
 */
import { changesBetween, type AttributeChange } from '../changes';
import { coerceOne, coerceSubAttributes, isEmpty } from '../coerce';
import { Draft } from '../draft';
import { conditionsIn } from '../filter/lookups';
import { isList, type JsonObject, type JsonValue } from '../json';
import { limits } from '../limits';
import { MemberChangesBuilder, type MemberChanges } from '../member-changes';
import { assertSameId, extensionObject, parseSchemas, setAttribute } from '../parse-resource';
import type { Profile } from '../profile';
import type { Attributes, ComplexValue } from '../resource';
import type { Attribute, Schema } from '../schema/attribute';
import { resolveInSchema } from '../schema/resolve';
import type { ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';
import { applyToMembers } from './members';
import {
  addValues,
  assertRemovalByValue,
  changeSelected,
  removeListed,
  replaceValues,
  type Values,
} from './multi-valued';
import type { PatchOp, PatchOperation } from './patch-request';
import { parsePath, splitSubAttribute, type AttributePath, type Path } from './path';

export interface PatchResult {
  readonly attributes: Attributes;
  /** Empty if the operations have no effect: version and lastModified then stay as they are. */
  readonly changes: readonly AttributeChange[];
  /** Absent for a type without members. */
  readonly members?: MemberChanges;
}

interface Current {
  readonly id: string;
  readonly attributes: Attributes;
}

/** Throws ScimError. */
export function applyPatch(
  type: ResourceType,
  operations: readonly PatchOperation[],
  current: Current,
  profile: Profile,
): PatchResult {
  const patch = new Patch(type, current, profile);
  for (const operation of operations) patch.apply(operation);
  return patch.result();
}

class Patch {
  private readonly draft: Draft;
  private readonly members: MemberChangesBuilder | undefined;
  private comparisons = 0;

  constructor(
    private readonly type: ResourceType,
    private readonly current: Current,
    private readonly profile: Profile,
  ) {
    this.draft = new Draft(current.attributes);
    this.members = type.membersAttribute && new MemberChangesBuilder();
  }

  result(): PatchResult {
    const attributes = this.draft.toAttributes();
    return {
      attributes,
      changes: changesBetween(this.type, this.current.attributes, attributes),
      ...(this.members && { members: this.members.build() }),
    };
  }

  apply({ op, path, value }: PatchOperation): void {
    if (!path) return this.applyAll(op, value as JsonObject);
    if ('schema' in path) return this.applyToSchema(op, path.schema, value);
    // The service derives `schemas`, so naming a schema of the type changes nothing.
    if (path.attribute.name === 'schemas' && op !== 'remove')
      return void parseSchemas(this.type, value ?? null, this.profile);
    this.assertWritable(path);
    this.applyToAttribute(op, path, value);
  }

  /** The attributes of a value without a path. Read-only ones may be an echo of the resource. */
  private applyAll(op: PatchOp, value: JsonObject): void {
    for (const [key, child] of Object.entries(value)) {
      const path = this.pathOf(key);
      if ('schema' in path) this.applyToSchema(op, path.schema, child);
      else if (!this.isEcho(path, child)) this.applyToAttribute(op, path, child);
    }
  }

  /** Keys of the strict profile are attributes and extensions; lenient ones may be paths. */
  private pathOf(key: string): Path {
    const attribute = this.type.attributes.get(key.toLowerCase());
    if (attribute) return { attribute };
    const path = parsePath(key, this.type, this.profile);
    if ('schema' in path || this.profile.lenient) return path;
    const shown = key.slice(0, 120);
    const detail = `"${shown}" is a path, not an attribute. Send it as path.`;
    throw new ScimError('invalidPath', detail, shown);
  }

  private isEcho({ attribute, subAttribute }: AttributePath, value: JsonValue): boolean {
    if ((subAttribute ?? attribute).mutability !== 'readOnly') return false;
    if (attribute.name === 'id') assertSameId(value, this.current.id);
    else if (attribute.name === 'schemas') parseSchemas(this.type, value, this.profile);
    else if (!this.profile.lenient) throw readOnly(subAttribute ?? attribute);
    return true;
  }

  private applyToSchema(op: PatchOp, schema: Schema, value: JsonValue | undefined): void {
    if (schema === this.type.schema)
      return this.applyAll(op, extensionObject(schema, value ?? null));
    if (op === 'remove' || value === null || value === undefined)
      return this.draft.removeSchema(schema);
    for (const [name, child] of Object.entries(extensionObject(schema, value))) {
      const path = splitSubAttribute(resolveInSchema(schema, name, 'invalidPath'));
      if (!this.isEcho(path, child)) this.applyToAttribute(op, path, child);
    }
  }

  private applyToAttribute(op: PatchOp, path: AttributePath, value: JsonValue | undefined): void {
    const { attribute, filter, subAttribute } = path;
    if (this.members && attribute === this.type.membersAttribute)
      return applyToMembers(this.members, op, path, value, this.profile);
    if (attribute.mutability === 'writeOnly') {
      if (op !== 'remove') coerceOne(attribute, value ?? null, this.profile);
      return;
    }
    if (attribute.multiValued) this.draft.set(attribute, this.changedValues(op, path, value));
    else if (filter || subAttribute) this.changeSubAttribute(op, path, value);
    else if (op === 'remove') this.remove(attribute);
    else if (attribute.type === 'complex') this.mergeComplex(attribute, value ?? null);
    else this.assign(attribute, value ?? null);
  }

  /** An expression that finds nothing sends an empty value, which must not enable a disabled user. */
  private assign(attribute: Attribute, value: JsonValue): void {
    const isDisabled = attribute.path === 'active' && this.draft.get(attribute) === false;
    setAttribute(this.draft, attribute, value, this.profile);
    if (isDisabled && this.draft.get(attribute) === undefined) this.draft.set(attribute, false);
  }

  private changedValues(
    op: PatchOp,
    path: AttributePath,
    value: JsonValue | undefined,
  ): Values | undefined {
    const { attribute } = path;
    const before = (this.draft.get(attribute) ?? []) as Values;
    this.count(before.length * (1 + (path.filter ? conditionsIn(path.filter) : 0)));
    const after = this.changed(op, path, before, value);
    return after.length === 0 ? undefined : after;
  }

  private changed(op: PatchOp, path: AttributePath, values: Values, value: JsonValue | undefined) {
    const { attribute, filter, subAttribute } = path;
    const { profile } = this;
    if (filter || subAttribute) return changeSelected(op, path, values, value, profile);
    if (op === 'add') return addValues(attribute, values, value ?? null, profile);
    if (op === 'replace') return replaceValues(attribute, value ?? null, profile);
    if (value === undefined) return [];
    assertRemovalByValue(attribute, profile);
    this.count(values.length * (isList(value) ? value.length : 1));
    return removeListed(attribute, values, value, profile);
  }

  /** One sub-attribute of a single-valued attribute; a filter selects it or nothing. */
  private changeSubAttribute(op: PatchOp, path: AttributePath, value: JsonValue | undefined): void {
    const { attribute, filter, subAttribute } = path;
    if (subAttribute && !filter && op !== 'remove')
      return this.mergeComplex(attribute, { [subAttribute.name]: value ?? null });
    const before = this.draft.get(attribute) as ComplexValue | undefined;
    const values = changeSelected(op, path, before ? [before] : [], value, this.profile);
    this.draft.set(attribute, values[0]);
  }

  private remove(attribute: Attribute): void {
    if (attribute.required)
      throw new ScimError(
        'mutability',
        `${attribute.path} is required. Replace it instead.`,
        attribute.path,
      );
    this.draft.set(attribute, undefined);
  }

  /**
   * Sub-attributes that are not given stay, unless the attribute refers to something by its
   * `value`: a new manager does not keep the reference of the old one.
   */
  private mergeComplex(attribute: Attribute, value: JsonValue): void {
    if (value === null || (this.profile.lenient && isEmptyJson(value)))
      return this.draft.set(attribute, undefined);
    const given = coerceSubAttributes(attribute, value, this.profile);
    const before = this.draft.get(attribute) as ComplexValue | undefined;
    const merged = { ...(given['value'] === undefined && before), ...given };
    const assigned = Object.entries(merged).filter(([, child]) => child !== undefined);
    const after = Object.fromEntries(assigned) as ComplexValue;
    this.draft.set(attribute, isEmpty(attribute, after) ? undefined : after);
  }

  /** Bounds operations times values times conditions. */
  private count(comparisons: number): void {
    this.comparisons += comparisons;
    if (this.comparisons > limits.patchComparisons)
      throw new ScimError(
        'tooMany',
        'The operations compare too many values. Split the request.',
        'Operations',
      );
  }

  private assertWritable({ attribute, subAttribute }: AttributePath): void {
    const target = subAttribute ?? attribute;
    if (attribute.mutability === 'readOnly' || target.mutability === 'readOnly')
      throw readOnly(target);
  }
}

const isEmptyJson = (value: JsonValue) => value === '' || (isList(value) && value.length === 0);

const readOnly = ({ path }: Attribute) =>
  new ScimError('mutability', `${path} is read-only. Leave it out.`, path);
