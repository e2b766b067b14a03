import type { Edge } from '../../functions/data-factory/edge';
import { edgeKey } from '../../functions/data-factory/edge';
import { extractEdges } from '../../functions/data-factory/edge-extraction';
import { extractResources } from '../../functions/data-factory/resource-extraction';
import type { ListedKind } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'Sales' };

function edgesIn(kind: ListedKind, properties: Json, name = 'X'): Edge[] {
  const [resource] = extractResources(kind, [{ name, properties }]);
  return extractEdges(factory, resource!);
}

/** Formats edges as `source kind target` with row keys; a template has its expression. */
const format = (edges: readonly Edge[], ...kinds: string[]) =>
  edges
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ source, kind, target }) => `${source.rowKey} ${kind} ${target.rowKey ?? target.name}`);

const ref = (type: string, referenceName: Json, more: Record<string, Json> = {}) => ({
  referenceName,
  type: `${type}Reference`,
  ...more,
});
const wait = (name: string, more: Record<string, Json> = {}) => ({ name, type: 'Wait', ...more });

describe('extractEdges: containment', () => {
  it('connects every activity with the container around it', () => {
    const edges = edgesIn('pipeline', {
      activities: [
        {
          name: 'If1',
          type: 'IfCondition',
          typeProperties: {
            ifTrueActivities: [
              { name: 'Each', type: 'ForEach', typeProperties: { activities: [wait('W')] } },
            ],
            ifFalseActivities: [wait('V')],
          },
        },
        {
          name: 'Sw',
          type: 'Switch',
          typeProperties: { cases: [{ value: 'eu', activities: [wait('E')] }] },
        },
      ],
    });

    expect(format(edges, 'contains')).toEqual([
      'factory|sales contains pipeline|x',
      'pipeline|x contains activity|x|if1',
      'activity|x|if1 contains activity|x|if1~002ftrue~002feach',
      'activity|x|if1~002ftrue~002feach contains activity|x|if1~002ftrue~002feach~002fw',
      'activity|x|if1 contains activity|x|if1~002ffalse~002fv',
      'pipeline|x contains activity|x|sw',
      'activity|x|sw contains activity|x|sw~002fcase~003aeu~002fe',
    ]);
    expect(edges.find(({ target }) => target.name === 'E')!.evidence.pointers).toEqual([
      '/typeProperties/cases/0/activities',
    ]);
  });

  it('uses the activities that were extracted with the resource', () => {
    const [resource] = extractResources('pipeline', [
      { name: 'X', properties: { activities: [wait('W')] } },
    ]);
    const withoutBody = { ...resource!, body: null };

    expect(extractEdges(factory, withoutBody)).toEqual(extractEdges(factory, resource!));
  });

  it('marks everything in a deactivated container as inactive', () => {
    const edges = edgesIn('pipeline', {
      activities: [
        {
          name: 'Each',
          type: 'ForEach',
          state: 'Inactive',
          typeProperties: { activities: [wait('W', { dependsOn: [{ activity: 'V' }] })] },
        },
        wait('On'),
      ],
    });

    const off = edges.filter(({ inactive }) => inactive).map(({ target }) => target.name);
    expect(off).toEqual(['Each', 'W', 'V']);
  });

  it('connects a data flow with its transformations and their references', () => {
    const edges = edgesIn('dataFlow', {
      type: 'MappingDataFlow',
      typeProperties: {
        sources: [{ name: 'in', dataset: ref('Dataset', 'D1') }],
        transformations: [{ name: 'clean', flowlet: ref('DataFlow', 'Fl') }],
        sinks: [{ name: 'out', linkedService: ref('LinkedService', 'Ls') }],
        scriptLines: ['source(a as string) ~> in', 'in derive(b = "x ~> y") ~> clean'],
      },
    });

    expect(format(edges)).toEqual([
      'dataFlow|x contains in',
      'dataFlow|x contains clean',
      'dataFlow|x contains out',
      'dataFlow|x usesDataset dataset|d1',
      'dataFlow|x usesDataFlow dataFlow|fl',
      'dataFlow|x usesLinkedService linkedService|ls',
    ]);
  });
});

describe('extractEdges: dependencies', () => {
  const nested = (name: string, dependsOn: Json) => ({
    name,
    type: 'Until',
    typeProperties: { activities: [wait('A'), wait('B', { dependsOn })] },
  });

  it('connects activities without regard to case, with the conditions', () => {
    const [edge] = edgesIn('pipeline', {
      activities: [
        wait('First'),
        wait('B', { dependsOn: [{ activity: 'FIRST', dependencyConditions: ['Failed'] }] }),
      ],
    }).filter(({ kind }) => kind === 'dependsOn');

    expect(edge).toMatchObject({
      source: { rowKey: 'activity|x|b' },
      target: { rowKey: 'activity|x|first', name: 'First' },
      conditions: ['Failed'],
      evidence: { rowKey: 'activity|x|b', pointers: ['/dependsOn/0'] },
    });
    expect(edge!.target).not.toHaveProperty('missing');
  });

  it('resolves a name within the same container', () => {
    const edges = edgesIn('pipeline', {
      activities: [
        nested('U1', [{ activity: 'A', dependencyConditions: ['Succeeded'] }]),
        nested('U2', [{ activity: 'A', dependencyConditions: ['Skipped'] }]),
      ],
    });

    expect(format(edges, 'dependsOn')).toEqual([
      'activity|x|u1~002fb dependsOn activity|x|u1~002fa',
      'activity|x|u2~002fb dependsOn activity|x|u2~002fa',
    ]);
  });

  it('marks an unknown activity as missing', () => {
    const [edge] = edgesIn('pipeline', {
      activities: [wait('B', { dependsOn: [{ activity: 'Gone' }] })],
    }).filter(({ kind }) => kind === 'dependsOn');

    expect(edge!.target).toMatchObject({ name: 'Gone', missing: true });
  });
});

describe('extractEdges: references', () => {
  const activity = (more: Record<string, Json>) =>
    edgesIn('pipeline', { activities: [{ name: 'A', ...more }] }).filter(
      ({ kind }) => kind !== 'contains',
    );

  it.each<[what: string, activity: Record<string, Json>, edges: string[]]>([
    [
      'Copy with inputs, outputs, staging, log and redirect',
      {
        type: 'Copy',
        inputs: [ref('Dataset', 'In')],
        outputs: [ref('Dataset', 'Out')],
        typeProperties: {
          stagingSettings: { linkedServiceName: ref('LinkedService', 'Stage') },
          redirectIncompatibleRowSettings: { linkedServiceName: ref('LinkedService', 'Bad') },
          logSettings: { logLocationSettings: { linkedServiceName: ref('LinkedService', 'Log') } },
        },
      },
      [
        'activity|x|a usesDataset dataset|in',
        'activity|x|a usesDataset dataset|out',
        'activity|x|a usesLinkedService linkedService|stage',
        'activity|x|a usesLinkedService linkedService|bad',
        'activity|x|a usesLinkedService linkedService|log',
      ],
    ],
    [
      'Lookup',
      { type: 'Lookup', typeProperties: { dataset: ref('Dataset', 'Control') } },
      ['activity|x|a usesDataset dataset|control'],
    ],
    [
      'ExecuteDataFlow in the spelling of the service',
      {
        type: 'ExecuteDataFlow',
        typeProperties: {
          dataflow: ref('DataFlow', 'Flow'),
          integrationRuntime: ref('IntegrationRuntime', 'Ir'),
          staging: { linkedService: ref('LinkedService', 'Stage') },
        },
      },
      [
        'activity|x|a usesDataFlow dataFlow|flow',
        'activity|x|a usesIntegrationRuntime integrationRuntime|ir',
        'activity|x|a usesLinkedService linkedService|stage',
      ],
    ],
    [
      'WebActivity that signs in with a credential over a runtime of its own',
      {
        type: 'WebActivity',
        typeProperties: {
          authentication: { type: 'UserAssigned', credential: ref('Credential', 'Robot') },
          connectVia: ref('IntegrationRuntime', 'Cellar'),
          linkedServices: [ref('LinkedService', 'L1')],
          datasets: [ref('Dataset', 'D1')],
        },
      },
      [
        'activity|x|a usesCredential credential|robot',
        'activity|x|a usesIntegrationRuntime integrationRuntime|cellar',
        'activity|x|a usesLinkedService linkedService|l1',
        'activity|x|a usesDataset dataset|d1',
      ],
    ],
    [
      'an unknown type, with keys and types in any case',
      {
        type: 'Quantum',
        LinkedServiceName: { ReferenceName: 'Ls', Type: 'linkedservicereference' },
        typeProperties: { deep: [{ dataset: { referenceName: 'D' } }] },
      },
      ['activity|x|a usesLinkedService linkedService|ls', 'activity|x|a usesDataset dataset|d'],
    ],
    [
      'ExecutePipeline',
      { type: 'ExecutePipeline', typeProperties: { pipeline: ref('Pipeline', 'Other One') } },
      ['pipeline|x calls pipeline|other one'],
    ],
    [
      'ExecutePipeline by expression',
      {
        type: 'ExecutePipeline',
        typeProperties: {
          pipeline: ref('Pipeline', { value: '@item().name', type: 'Expression' }),
        },
      },
      ['pipeline|x calls @item().name'],
    ],
    [
      'expressions that read global parameters in either form',
      {
        type: 'SetVariable',
        typeProperties: {
          value: "@concat(pipeline().globalParameters.Region, pipeline().globalParameters['Env'])",
          again: { value: '@{pipeline()?.globalParameters?.region}', type: 'Expression' },
          other: 'globalParameters.notOne',
        },
      },
      [
        'activity|x|a usesParameter globalParameter|region',
        'activity|x|a usesParameter globalParameter|env',
      ],
    ],
  ])('extracts every reference of %s', (_, body, edges) => {
    const found = activity(body);

    expect(format(found)).toEqual(edges);
    expect(new Set(found.map(edgeKey)).size).toBe(found.length);
  });

  it('copies parameters of calls and datasets without secrets', () => {
    const [call, use] = activity({
      type: 'ExecutePipeline',
      typeProperties: {
        pipeline: ref('Pipeline', 'P'),
        parameters: { day: '@utcnow()', apiToken: 'canary' },
        dataset: ref('Dataset', 'D', { parameters: { table: 'orders' } }),
      },
    });

    expect(call!.parameters).toEqual({ day: '@utcnow()', apiToken: '[redacted]' });
    expect(use!.parameters).toEqual({ table: 'orders' });
  });

  it('attributes references in a loop to its activities only', () => {
    const inner = { name: 'L', type: 'Lookup', typeProperties: { dataset: ref('Dataset', 'D') } };
    const edges = activity({ type: 'ForEach', typeProperties: { activities: [inner] } });

    expect(format(edges)).toEqual(['activity|x|a~002fl usesDataset dataset|d']);
  });

  it.each<[kind: ListedKind, properties: Json, edges: string[]]>([
    [
      'dataset',
      { linkedServiceName: ref('LinkedService', 'Ls') },
      ['dataset|x usesLinkedService linkedService|ls'],
    ],
    [
      'linkedService',
      {
        connectVia: ref('IntegrationRuntime', 'Ir'),
        typeProperties: {
          password: {
            type: 'AzureKeyVaultSecret',
            store: ref('LinkedService', 'Vault'),
            secretName: 's',
          },
          credential: ref('Credential', 'Robot'),
        },
      },
      [
        'linkedService|x usesIntegrationRuntime integrationRuntime|ir',
        'linkedService|x usesLinkedService linkedService|vault',
        'linkedService|x usesCredential credential|robot',
      ],
    ],
    [
      'integrationRuntime',
      { managedVirtualNetwork: ref('ManagedVirtualNetwork', 'Default') },
      ['integrationRuntime|x usesManagedVirtualNetwork managedVirtualNetwork|default'],
    ],
    [
      'integrationRuntime',
      { managedVirtualNetwork: { referenceName: '@pipeline().globalParameters.network' } },
      [
        'integrationRuntime|x usesManagedVirtualNetwork @pipeline().globalParameters.network',
        'integrationRuntime|x usesParameter globalParameter|network',
      ],
    ],
    [
      'integrationRuntime',
      {
        typeProperties: {
          ssisProperties: {
            dataProxyProperties: {
              connectVia: ref('IntegrationRuntime', 'Proxy'),
              stagingLinkedService: ref('LinkedService', 'Stage'),
            },
          },
        },
      },
      [
        'integrationRuntime|x usesIntegrationRuntime integrationRuntime|proxy',
        'integrationRuntime|x usesLinkedService linkedService|stage',
      ],
    ],
    [
      'trigger',
      {
        pipelines: [
          { pipelineReference: ref('Pipeline', 'P1'), parameters: { a: 1 } },
          { pipelineReference: ref('Pipeline', 'P2') },
        ],
      },
      ['trigger|x triggers pipeline|p1', 'trigger|x triggers pipeline|p2'],
    ],
    [
      'trigger',
      {
        type: 'TumblingWindowTrigger',
        pipeline: { pipelineReference: ref('Pipeline', 'P'), parameters: { window: '@trigger()' } },
        typeProperties: { dependsOn: [{ referenceTrigger: ref('Trigger', 'Before') }] },
      },
      ['trigger|x triggers pipeline|p', 'trigger|x dependsOn trigger|before'],
    ],
  ])('extracts references of a %s', (kind, properties, edges) => {
    expect(format(edgesIn(kind, properties))).toEqual(edges);
  });

  it('attributes parameters of a trigger to the right pipeline', () => {
    const edges = edgesIn('trigger', {
      pipelines: [
        { pipelineReference: ref('Pipeline', 'P1'), parameters: { a: 1 } },
        { pipelineReference: ref('Pipeline', 'P2') },
      ],
    });

    expect(edges.map(({ parameters }) => parameters)).toEqual([{ a: 1 }, undefined]);
  });

  it.each<Json>([null, 'text', 7, [], { activities: {} }, { activities: [null, 7, []] }])(
    'accepts the properties %j',
    (properties) => {
      expect(() => edgesIn('pipeline', properties)).not.toThrow();
    },
  );
});
