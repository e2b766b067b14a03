import { displayUrl } from '../../functions/webhooks/addresses/display-url';

describe('displayUrl', () => {
  it.each([
    ['https://hooks.example', 'https://hooks.example/'],
    ['https://hooks.example/', 'https://hooks.example/'],
    ['https://hooks.example:8443/in', 'https://hooks.example:8443/in'],
    ['https://hooks.example/api/v2/adf-events/', 'https://hooks.example/api/v2/adf-events/'],
    ['https://hooks.example/notify_sales.prod/in', 'https://hooks.example/notify_sales.prod/in'],
  ])('shows the words of %s', (url, displayed) => {
    expect(displayUrl(url)).toBe(displayed);
  });

  it.each([
    ['a query', 'https://hooks.example/in?code=abc', 'https://hooks.example/in?***'],
    ['a query without a name', 'https://hooks.example/?abc', 'https://hooks.example/?***'],
    [
      'what a secret name precedes',
      'https://h.example/token/swordfish',
      'https://h.example/token/***',
    ],
    ['a last word like a secret', 'https://h.example/in/mytoken', 'https://h.example/in/***'],
    [
      'words that describe a secret',
      'https://h.example/in/my-secret-token/x',
      'https://h.example/in/***',
    ],
    ['an id', 'https://hooks.example/tenants/42/in', 'https://hooks.example/tenants/***'],
    ['capitals', 'https://hooks.example/in/XyzAbc', 'https://hooks.example/in/***'],
    ['a long word', 'https://hooks.example/abcdefghijklmnop', 'https://hooks.example/***'],
    ['a word without vowels', 'https://hooks.example/xkqzrtbn', 'https://hooks.example/***'],
    ['encoded text', 'https://hooks.example/%73ecret', 'https://hooks.example/***'],
    [
      'many segments',
      'https://hooks.example/a/b/c/d/e/f/g',
      'https://hooks.example/a/b/c/d/e/f/***',
    ],
    [
      'the path of Slack',
      'https://hooks.slack.com/services/T0AB/B0CD/onlyletters',
      'https://hooks.slack.com/services/***',
    ],
    [
      'letters alone after a known service',
      'https://discord.com/api/webhooks/letters/only',
      'https://discord.com/api/webhooks/***',
    ],
    [
      'the path of Teams',
      'https://contoso.webhook.office.com/webhookb2/5f0c@9a/IncomingWebhook/7e/8d',
      'https://contoso.webhook.office.com/***',
    ],
    [
      'path and query of Logic Apps',
      'https://prod-07.westeurope.logic.azure.com/workflows/8c1f/triggers/manual/paths/invoke?sig=x',
      'https://prod-07.westeurope.logic.azure.com/workflows/***?***',
    ],
  ])('hides %s', (_, url, displayed) => {
    expect(displayUrl(url)).toBe(displayed);
  });
});
