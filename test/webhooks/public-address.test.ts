import { validateWebhookUrl, isPublic } from '../../functions/webhooks/public-address';

describe('an address that webhooks may reach', () => {
  it.each([
    ['8.8.8.8'],
    ['20.50.2.1'],
    ['172.15.255.255'],
    ['172.32.0.1'],
    ['100.63.255.255'],
    ['100.128.0.1'],
    ['168.63.129.17'],
    ['2606:4700::6810:84e5'],
    ['2a01:111:f403::1'],
  ])('given %s, when it is judged, then it is public', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.255.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.0.9'],
    ['metadata', '169.254.169.254'],
    ['the identity endpoint of App Service', '169.254.130.2'],
    ['Azure’s wire server', '168.63.129.16'],
    ['documentation', '192.0.2.7'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['benchmarking', '198.19.0.1'],
    ['6to4 relay', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped metadata', '::ffff:a9fe:a9fe'],
    ['mapped public, which nobody needs', '::ffff:8.8.8.8'],
    ['compatible loopback', '::127.0.0.1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fd12:3456::1'],
    ['link-local', 'fe80::1'],
    ['link-local with its zone', 'fe80::1%eth0'],
    ['multicast', 'ff02::1'],
    ['NAT64', '64:ff9b::a00:1'],
    ['Teredo', '2001:0:53aa:64c::1'],
    ['6to4', '2002:7f00:1::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['no address', 'localhost'],
    ['no address', ''],
    ['octal, which is no plain address', '0177.0.0.1'],
  ])('given %s %s, when it is judged, then it is not public', (_, address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('an address that somebody registers', () => {
  it.each([
    ['https://hooks.example/in'],
    ['https://hooks.example:8443/in?tenant=1'],
    ['https://8.8.8.8/in'],
    ['https://allowed.local:8443/in'],
  ])('given %s, when it is looked at, then nothing is wrong with it', (url) => {
    expect(validateWebhookUrl(url, ['allowed.local:8443'])).toBeUndefined();
  });

  it.each([
    ['http://hooks.example/in', 'must be an https address'],
    ['ftp://hooks.example/in', 'must be an https address'],
    ['hooks.example', 'must be an https address'],
    ['https://ada:secret@hooks.example/in', 'must not carry a user name or password'],
    ['https://hooks.example/in#there', 'must not carry a fragment'],
    ['https://localhost/in', 'must be a public address'],
    ['https://127.0.0.1/in', 'must be a public address'],
    ['https://127.1/in', 'must be a public address'],
    ['https://2130706433/in', 'must be a public address'],
    ['https://0x7f.0.0.1/in', 'must be a public address'],
    ['https://169.254.169.254/metadata/instance', 'must be a public address'],
    ['https://[::1]/in', 'must be a public address'],
    ['https://[::ffff:10.0.0.1]/in', 'must be a public address'],
  ])('given %s, when it is looked at, then it %s', (url, complaint) => {
    expect(validateWebhookUrl(url, ['allowed.local:8443'])).toBe(complaint);
  });
});
