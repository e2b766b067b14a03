/** Programs of command lines, and where their secrets stand. */

export interface Program {
  readonly names: RegExp;
  /** Options with a secret: `-p secret`. With `joined` also `-psecret`. */
  readonly options?: readonly string[];
  readonly joined?: readonly string[];
  /** Options with `user:password` or `user,password`, or with a file and its password. */
  readonly users?: readonly string[];
  /** Options with a header, and options with `name=value`. */
  readonly headers?: readonly string[];
  readonly pairs?: readonly string[];
  /** Options that are secrets if they look like one: `-p` is a port or a path in most programs. */
  readonly shorts?: readonly string[];
  /** Options that are written as one with flags before them: `-su user:secret`. */
  readonly flags?: RegExp;
  /** Options of Windows, without case: `/rp secret`, `/DestKey:secret`. */
  readonly slashes?: readonly string[];
}

// prettier-ignore
export const programs: readonly Program[] = [
  { names: /\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mongo|mongosh|mongodump|mongoimport|mongoexport|mongorestore|mongostat|psexec|sshpass|7z|7za|docker\s{1,4}login|podman\s{1,4}login|helm\s{1,4}registry|az\s{1,4}login|az\s{1,4}ad|oc\s{1,4}login|cf\s{1,4}login|unrar|rar|nuget|mvn|rasdial|beeline|hive|kinit|snowsql|vsql|nzsql|teradata|fastload|tbuild|sftp|lftp|ncftpget|ncftpput|wput|impala-shell|cqlsh|influx|tabcmd|hdbsql|rabbitmqadmin)(?:\.exe)?\b/i, options: ['p'], joined: ['p'] },
  { names: /\b(?:rar|unrar)(?:\.exe)?\b/i, joined: ['hp'] },
  { names: /\b(?:sqlcmd|bcp|osql|isql|mssql-cli|mosquitto_pub|mosquitto_sub)(?:\.exe)?\b/i, options: ['P'], joined: ['P'] },
  { names: /\b(?:zip|unzip)(?:\.exe)?\b/i, options: ['P'], joined: ['P'] },
  { names: /\bsqlpackage(?:\.exe)?\b/i, options: ['P'] },
  { names: /\b(?:dtexec|dtutil)(?:\.exe)?\b/i, options: ['P'], slashes: ['p', 'de', 'decrypt', 'sourcep', 'destp'] },
  { names: /\b(?:curl|wget|http|https|lftp|ftp|smbclient)(?:\.exe)?\b/i, users: ['u', 'user', 'U', 'proxy-user', 'a', 'auth', 'cert', 'E'], headers: ['H', 'header', 'proxy-header'], pairs: ['b', 'cookie'], flags: /^[sSkLfiIvgGOJNjlq]{1,8}[uHbEU]$/ },
  { names: /\bkubectl\b/i, pairs: ['from-literal'] },
  { names: /\bredis-cli\b/i, options: ['a'] },
  { names: /\bcertutil(?:\.exe)?\b/i, options: ['p'] },
  { names: /\bssh-keygen(?:\.exe)?\b/i, options: ['P', 'N'] },
  { names: /\baz\s{1,4}keyvault\s{1,4}secret\s{1,4}set\b/i, options: ['value'] },
  { names: /\bsigntool(?:\.exe)?\b/i, slashes: ['p'] },
  { names: /\b(?:ldapsearch|ldapmodify|beeline)\b/i, options: ['w'] },
  { names: /\bopenssl(?:\.exe)?\s{1,4}(?:enc|aes|des|rc|camellia|aria|sm4|bf|cast)/i, options: ['k', 'K'] },
  { names: /\b(?:schtasks|systeminfo|tasklist|taskkill|driverquery|openfiles|eventcreate|gpresult|winrs)(?:\.exe)?\b/i, slashes: ['p', 'rp'] },
  { names: /\bsqlpackage(?:\.exe)?\b/i, slashes: ['tp', 'sp'] },
  // Any program with a user and a password as options.
  { names: /(?<!\bsudo)\s(?:-u|--user(?:name)?)[\s=]/, shorts: ['p'] },
  { names: /\s\/u(?:ser|sername)?[:=]/i, slashes: ['p'] },
  { names: /\bazcopy(?:\.exe)?\b/i, slashes: ['destkey', 'sourcekey', 'destsas', 'sourcesas'] },
];

/** What stands before a secret that has no option. The secret is the next word or quoted text. */
// prettier-ignore
export const positions: readonly RegExp[] = [
  // sqlplus scott/tiger@db, sqlldr userid=scott/tiger@db
  /\b(?:connect|sqlplus|sqlldr|impdp|expdp|exp|imp|rman|sqlcl)(?:\.exe)?\s(?:\s{0,3}-\w{1,8})*\s{0,3}(?:userid=)?[\w$#]{1,60}\/(?=[^\s/])/gi,
  /\bjdbc:oracle:\w{1,8}:[\w$#]{1,60}\/(?=[^\s@]{1,200}@)/gi,
  // net use Z: \\server\share secret /user:u, net use Z: \\server\share /user:u secret
  /\bnet(?:\.exe)?\s{1,4}(?:use\s{1,4}(?:\w:\s{1,4})?\\\\[^\s"]{1,200}|user\s{1,4}[\w.-]{1,60})\s{1,4}(?!\/)/gi,
  /\bnet(?:\.exe)?\s{1,4}use\s[^\n|&]{0,200}?\/u(?:ser)?:[^\s]{1,100}\s{1,4}(?=[^\s/])/gi,
  // smbclient -U user%secret
  /(?<=\s)-U\s{0,3}[\w.\\]{1,60}%/g,
  // isql source user secret, htpasswd -b file user secret
  /\bisql(?:\.exe)?(?:\s{1,4}-\w{1,8})*\s{1,4}[\w.]{1,60}\s{1,4}[\w.\\]{1,60}\s{1,4}(?=[^\s-])/gi,
  /\bhtpasswd\s{1,4}-\w{0,8}b\w{0,8}\s{1,4}[^\s]{1,200}\s{1,4}[^\s]{1,100}\s{1,4}/gi,
  // echo secret | sudo -S, echo secret | docker login --password-stdin
  /\b(?:echo|printf)\s{1,4}(?:-n\s{1,4}|["']?%s(?:\\n)?["']?\s{1,4})?(?=(?:"[^"\n|]{1,200}"|'[^'\n|]{1,200}'|[^\s"'|]{1,200})\s{0,4}\|\s{0,4}(?:sudo\s{1,4}(?:-\w{1,4}\s{1,4})*-\w{0,4}S|kinit\b|passwd\b|chpasswd\b|su\b|cryptsetup\b|[^|\n]{0,200}(?:-stdin\b|-with-token\b|-fd\s{1,4}0)))/gi,
  // kinit user <<< secret, --password-file=<(echo secret)
  /\b(?:kinit|sudo|passwd|su|cryptsetup|[^|<\n]{0,100}-stdin)\b[^|<\n]{0,200}<<<\s{0,3}(?=[^\s$])/gi,
  /pass[\w-]{0,20}[=\s]\s{0,2}<\(\s{0,2}(?:echo|printf)\s{1,4}(?:-n\s{1,4}|["']?%s(?:\\n)?["']?\s{1,4})?(?=[^\s$])/gi,
  // "secret" | ConvertTo-SecureString
  /(?<![\w"'])(?=(["'])[^"'\n|]{1,200}\1\s{0,4}\|\s{0,4}ConvertTo-SecureString\b)/gi,
  // mc alias set name https://host user secret
  /\bmc(?:\.exe)?\s{1,4}alias\s{1,4}set\s{1,4}\S{1,100}\s{1,4}\S{1,200}\s{1,4}\S{1,128}\s{1,4}(?=[^\s-])/gi,
  // db2 connect to sales user etl using secret
  /\bconnect\s{1,4}to\s{1,4}\w{1,60}\s{1,4}user\s{1,4}\w{1,60}\s{1,4}using\s{1,4}(?=\S)/gi,
  // bteq .LOGON server/user,secret
  /\.logon\s{1,4}(?:[\w.-]{1,100}\/)?[\w.\\-]{1,60}\s{0,2},\s{0,2}(?=\S)/gi,
  // vault login secret, vault kv put path name=secret
  /\bvault\s{1,4}login\s{1,4}(?:-[\w=./-]{1,60}\s{1,4})*(?:token=)?(?=[^\s-])/gi,
  /\bvault\s{1,4}(?:kv\s{1,4})?(?:put|patch|write)\s{1,4}(?:-[\w=./-]{1,60}\s{1,4})*[\w./-]{1,200}\s{1,4}[\w.-]{1,60}=(?=[^\s@-])/gi,
  // expect "assword:"; send "secret\r"
  /\bexpect\b[^\n]{0,400}?ass(?:word|phrase)[^\n"']{0,40}["'][\s;{}]{0,8}send\s{1,4}(?:--\s{1,4})?(?=["'])/gi,
];

/** The lines of a script for `ftp -n`. */
export const ftpUser =
  /(?:^|\n)[ \t]{0,8}user[ \t]{1,4}[\w.@\\-]{1,80}[ \t]{1,4}(?=[^\s]{1,200}[ \t]{0,4}(?:\r?\n|$))/gi;

/** Cheap test that is false for texts without any of these positions. */
export const mayHavePosition =
  /connect|sqlplus|sqlldr|impdp|expdp|\bexp\b|\bimp\b|rman|sqlcl|oracle|net(?:\.exe)?\s{1,4}use|-U|isql|htpasswd|\.logon|<<<|<\(|\bvault\s|\bexpect\b|\bmc(?:\.exe)?\salias|SecureString|(?:echo|printf)\s[^|]{1,400}\||\bftp\b/i;
