/** A copy of attributes that changes step by step. The attributes it began with never change. */
import type { Attributes, AttributeValue, ExtensionValue } from './resource';
import type { Attribute, Schema } from './schema/attribute';

export class Draft {
  private readonly values: Record<string, AttributeValue | ExtensionValue>;

  constructor(attributes: Attributes = {}) {
    this.values = { ...attributes };
  }

  get({ name, extension }: Attribute): AttributeValue | undefined {
    if (extension === undefined) return this.values[name] as AttributeValue | undefined;
    return this.extension(extension)?.[name];
  }

  /** Undefined removes the attribute, and its extension with its last attribute. */
  set({ name, extension }: Attribute, value: AttributeValue | undefined): void {
    if (extension === undefined) {
      if (value === undefined) delete this.values[name];
      else this.values[name] = value;
      return;
    }
    const { [name]: _before, ...others } = this.extension(extension) ?? {};
    const changed = value === undefined ? others : { ...others, [name]: value };
    if (Object.keys(changed).length === 0) delete this.values[extension];
    else this.values[extension] = changed;
  }

  removeSchema({ id }: Schema): void {
    delete this.values[id];
  }

  toAttributes(): Attributes {
    return { ...this.values };
  }

  private extension(id: string): ExtensionValue | undefined {
    return this.values[id] as ExtensionValue | undefined;
  }
}
