/** Collects the lineage of one document. Equal ends and pairs of several bindings become one. */
import type { Json } from '../../data-factory/json';
import type { Asset, NamedAsset } from '../assets/asset';
import { textOfValues } from '../call-text';
import type { DataFlowColumns } from '../columns/data-flow-columns';
import type {
  ActivityLineage,
  Evidence,
  LineageEnd,
  LineageEndKind,
  LineagePair,
  PipelineCall,
} from '../lineage-unit';

export class UnitBuilder {
  readonly assets = new Map<string, Asset>();
  /** By the text of their values. */
  private readonly callsByCallee = new Map<string, Map<string, PipelineCall>>();
  /** Columns of data flows by lower-case name, computed once for all bindings. */
  readonly dataFlows = new Map<string, DataFlowColumns>();
  private readonly sentences = new Set<string>();

  warn = (sentence: string): void => {
    if (this.sentences.size < maxWarnings) this.sentences.add(sentence);
  };

  /** Whether further calls of a pipeline would be counted and not shown. */
  hasAllCallsOf = (callee: string): boolean => this.callsOf(callee).size >= maxCallsPerCallee;

  addCall(call: PipelineCall): void {
    if (this.hasAllCallsOf(call.callee)) return;
    this.callsOf(call.callee).set(textOfValues(call.values), call);
  }

  /** Different calls, in an order that does not depend on the order of activities. */
  get calls(): readonly PipelineCall[] {
    return [...this.callsByCallee]
      .sort(byKey)
      .flatMap(([, calls]) => [...calls].sort(byKey).map(([, call]) => call));
  }

  private callsOf(callee: string): Map<string, PipelineCall> {
    const calls = this.callsByCallee.get(callee) ?? new Map<string, PipelineCall>();
    this.callsByCallee.set(callee, calls);
    return calls;
  }

  get warnings(): readonly string[] {
    return [...this.sentences];
  }
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) =>
  one < other ? -1 : 1;

const maxWarnings = 50;
/** One more than a pipeline uses, so that it knows of the rest. */
const maxCallsPerCallee = 51;

export type EndOptions = Pick<LineageEnd, 'mark' | 'reason'>;

export class ActivityBuilder {
  private readonly ends = new Map<string, LineageEnd>();
  private readonly pairs = new Map<string, LineagePair>();
  /** Activities whose output is part of the name of an end. */
  private readonly controlling = new Set<string>();
  omitted = 0;

  constructor(
    private readonly unit: UnitBuilder,
    private readonly path: string,
    private readonly type: string,
    private readonly inactive: boolean,
  ) {}

  addEnd(
    kind: LineageEndKind,
    named: NamedAsset,
    evidence: Evidence,
    options: EndOptions = {},
  ): void {
    const { asset, confidence, reads } = named;
    for (const each of reads) this.controlling.add(each);
    this.unit.assets.set(asset.id, asset);
    const key = `${kind} ${asset.id} ${evidence.pointer} ${options.mark ?? ''}`;
    if (!this.ends.has(key))
      this.ends.set(key, { kind, asset: asset.id, confidence, ...evidence, ...options });
  }

  addPair(pair: LineagePair): void {
    const key = `${pair.source} ${pair.target} ${pair.type} ${pair.pointer}`;
    if (!this.pairs.has(key)) this.pairs.set(key, pair);
  }

  /** Ids of the assets whose data the activity has read. */
  dataRead = (): readonly string[] => [
    ...new Set(
      [...this.ends.values()].flatMap(({ kind, asset, mark }) =>
        kind === 'deletes' || kind === 'writes' || mark !== undefined ? [] : [asset],
      ),
    ),
  ];

  /** Adds what earlier activities have read, where their output names what this one uses. */
  addControls(outputs: ReadonlyMap<string, readonly string[]>): void {
    const reasons = new Map<string, string>();
    for (const activity of this.controlling)
      for (const asset of outputs.get(activity.toLowerCase()) ?? [])
        if (!reasons.has(asset)) reasons.set(asset, activity);
    const targets = [...this.ends.values()].filter(
      ({ kind, mark }) => kind === 'writes' && mark === undefined,
    );
    for (const [asset, activity] of reasons) {
      const reason = `The output of activity "${activity}" decides what is used.`;
      const pointer = '';
      const key = `reads ${asset} control`;
      this.ends.set(key, {
        kind: 'reads',
        asset,
        confidence: 'dynamic',
        mark: 'control',
        pointer,
        reason,
      });
      for (const target of targets)
        this.addPair({
          source: asset,
          target: target.asset,
          type: 'INDIRECT',
          confidence: 'dynamic',
          columnState: 'unknown',
          pointer,
          reason,
        });
    }
  }

  result(): ActivityLineage {
    return {
      path: this.path,
      type: this.type,
      ...(this.inactive && { inactive: true }),
      ends: [...this.ends.values()],
      pairs: [...this.pairs.values()],
      ...(this.omitted > 0 && { omitted: this.omitted }),
    };
  }
}

/** The first expression in JSON, for evidence. */
export function expressionIn(json: Json | undefined, depth = 0): string | undefined {
  if (typeof json === 'string')
    return /^@(?!@)|@\{/.test(json) ? json.slice(0, maxExpressionLength) : undefined;
  if (json === null || typeof json !== 'object' || depth > 20) return undefined;
  for (const member of Object.values(json) as Json[]) {
    const found = expressionIn(member, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const maxExpressionLength = 500;
