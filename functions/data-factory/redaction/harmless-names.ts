/** Names whose values are known to be harmless, for the places where everything else is hidden. Lower case. */
import { wordsOf } from './secret-names';

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/).filter(Boolean));

/**
 * Keys of linked services, integration runtimes, credentials and repository settings. From the published schema
 * (2018-06-01) without its secrets, and from the newer connectors.
 */
const settings = setOf(`
  id name type etag properties typeproperties version description annotations parameters folder connectvia referencename
  additionallinkedservicenames linkedservicename hcataloglinkedservicename store secretname secretversion
  server servername host hostname hosts port ports database databasename initialcatalog schema catalog warehouse role account accountname accountidentifier
  accountkind accountendpoint endpoint serviceendpoint endpoints bloburi blobendpoint url uri baseurl baseuri serviceurl serviceuri environmenturl siteurl
  organizationname functionappurl workspaceurl domain clusteruri batchuri mlendpoint updateresourceendpoint datalakestoreuri datalakeanalyticsuri
  dataexplorer redirecturi httppath tokenendpoint authorizationendpoint resource resourceid aadresourceid azureadresourceid azurecloudtype scope scopes
  authenticationtype authentication authtype authsource alwaysencryptedakvauthtype alwaysencryptedsettings serviceprincipalcredentialtype
  aadserviceprincipalcredentialtype granttype tenant tenantid office365tenantid serviceprincipaltenantid clientid serviceprincipalid applicationid
  appid username user userid useridentifier logonuser email clusterusername clustersshusername catalogadminusername privatekeypath keyfilepath
  trustedcertpath sslrootcertpath certificatecommonname certthumbprint hostkeyfingerprint thumbprint
  subscriptionid hostsubscriptionid resourcegroup resourcegroupname clusterresourcegroup workspaceresourceid workspaceid workspacename artifactid mlworkspacename
  poolname clusterid existingclusterid instancepoolid clustertype clustersize clusternameprefix headnodesize datanodesize zookeepernodesize
  newclusternodetype newclusterdrivernodetype newclusternumofworker newclusterversion newclusterenableelasticdisk newclusterinitscripts
  newclusterlogdestination newclustercustomtags policyid sparkversion runtimeversion language
  apiversion apitype serverversion driverversion drivertype project projectid billingprojectid projects additionalprojects dataset datasetid companyid sellerid marketplaceid clientcustomerid
  messageserver messageserverservice logongroup systemid systemnumber clientnumber sncmode sncflag sncmyname sncpartnername sncqop snclibrarypath
  deploymenttype connectionmode connectionpooling pooling poolmin poolmax minpoolsize maxpoolsize encrypt encryption trustservercertificate
  hostnameincertificate connecttimeout connectiontimeout connectiontimeoutinseconds connectretrycount connectretryinterval commandtimeout
  loadbalancetimeout querytimeout requesttimeout sockettimeout timeout timeouts statementtimeout keepalive applicationintent applicationname multisubnetfailover
  multipleactiveresultsets packetsize failoverpartner integratedsecurity ssl sslmode tlsmode usesystemtruststore usessl enablessl encryptionmethod
  validateservercertificate enableservercertificatevalidation allowhostnamecnmismatch allowselfsignedservercert useencryptedendpoints
  usehostverification usepeerverification skiphostkeyvalidation forcepathstyle usenativequery requestgoogledrivescope isespenabled isserverless
  timezone timezoneid timetolive characterset charset encoding codepage compression compressed compressedmode readonly readpreference replicaset fetchsize batchsize
  arraysize thrifttransportprotocol transportmode transport servicediscoverymode zookeepernamespace servertype servicename sid service region location endpointsuffix
  protocol defaultendpointsprotocol fileshare filesystem sharename container containername bucket bucketname path rootpath rootfolder snapshot
  usedatadatabase datasource driver dsn odbcdriver querygroup sparkservertype enablesqlcompatibility autocommit
  logmechanism searchpath statementcachesize prefetch queryband
  virtualnetworkid subnetname subnet subnetid vnetid vnetproperties publicips proxyhost proxyport useproxy
  computeproperties nodesize numberofnodes maxparallelexecutionspernode dataflowproperties computetype corecount cleanup customproperties
  copycomputescaleproperties dataintegrationunit pipelineexternalcomputescaleproperties numberofpipelinenodes numberofexternalnodes
  ssisproperties cataloginfo catalogserverendpoint catalogpricingtier dualstandbypairname edition licensetype customsetupscriptproperties
  blobcontaineruri datashowproxyproperties dataproxyproperties stagingdatalinkedservice connectviaproxy packagestores packagestorelinkedservice
  expresscustomsetupproperties componentname packageversion targetname variablename componentid
  linkedinfo authorizationtype selfcontainedinteractiveauthoringenabled interactivequery managedvirtualnetwork state status provisioningstate createtime
  autoupdate autoupdateeta selfhostedproperties nodes nodename capabilities
  repoconfiguration repositoryname reponame collaborationbranch publishbranch lastcommitid disablepublish projectname hostname usedisconnectedmode
  byoasecretname byoasecretakvurl
  credential byoaclientid
  dependson apiversion tags comments datafactoryname datafactorylocation versionstatus latestversion pushedversion taskqueueid localtimezoneoffset updatedelayoffset scheduledupdatedate
  availablememoryinmb concurrentjobsrunning cpuutilization receivedbytes sentbytes isactivedispatcher
  serviceurls hostserviceuri machinename registertime lastconnecttime laststarttime laststoptime lastupdateresult expirytime links maxconcurrentjobs concurrentjobslimit
  principalid identity identitytype userassignedidentity managedidentityresourceid managedidentityclientid usemanagedidentity
`);

/** Containers inside settings that hold members to be judged one by one. */
export const isHarmlessSetting = (key: string): boolean => settings.has(bare(key));

/** Pairs of connection strings. Spaces are removed. */
const connectionPairs = setOf(`
  server servername datasource addr address networkaddress host hostname port database dbname db initialcatalog databasename schema currentschema
  catalog warehouse role account accountname endpointsuffix defaultendpointsprotocol endpoint blobendpoint queueendpoint tableendpoint
  fileendpoint accountendpoint sharedaccesskeyname entitypath userid uid user username provider driver dsn dbq protocol
  encrypt trustservercertificate hostnameincertificate integratedsecurity trustedconnection persistsecurityinfo authentication authenticationtype
  authmech multipleactiveresultsets applicationintent applicationname app connecttimeout connectiontimeout commandtimeout timeout logintimeout
  loginTimeout connectretrycount connectretryinterval pooling minpoolsize maxpoolsize packetsize multisubnetfailover loadbalance
  failoverpartner ssl sslmode sslrequired usessl tls encryptionmethod validateservercertificate verifyservercertificate cryptoprotocolversion
  charset characterset characterencoding encoding allowpublickeyretrieval allowuservariables convertzerodatetime treattinyasboolean usecompression
  abortconnect replicaset authsource readpreference retrywrites w appname maxidletimems directconnection
  httppath thrifttransport transportmode sparkservertype usenativequery region zone workgroup servicename sid keepalive cluster
  tenantid clientid applicationid authorityid federatedsecurity aadfederatedsecurity appclientid
  ingestionendpoint liveendpoint location project projectid datasetid logintype timezone servertimezone lang language client sysnr mshost
`);

export const isHarmlessPair = (name: string): boolean =>
  connectionPairs.has(name.toLowerCase().replace(/[\s_-]/g, ''));

const headers = setOf(`
  accept accept-charset accept-encoding accept-language content-type content-length content-encoding content-language content-disposition
  user-agent api-version prefer host origin date cache-control connection pragma if-match if-none-match if-modified-since expect range
  odata-version odata-maxversion consistencylevel x-http-method-override x-http-method x-requested-with x-ms-version x-ms-blob-type x-ms-date
  x-ms-api-version x-ms-client-request-id x-ms-blob-content-type x-ms-continuation x-ms-rename-source x-ms-range x-ms-documentdb-isquery
  x-ms-documentdb-query-enablecrosspartition x-ms-max-item-count dataserviceversion maxdataserviceversion transfer-encoding
  ocp-apim-subscription-region x-content-type-options x-ms-correlation-request-id x-ms-request-id x-accept soapaction timezone x-correlation-id x-request-id traceparent location retry-after etag content-md5
`);

export const isHarmlessHeader = (name: string): boolean => headers.has(name.trim().toLowerCase());

/** Query parameters of public APIs: versions, paging, selection, formats. */
const queryNames = setOf(`
  api-version apiversion api_version version v ver $top $skip $select $filter $orderby $expand $count $format $apply $search $inlinecount
  top skip select filter filters orderby order_by expand count format output page pagesize page_size page-size per_page perpage pagenumber page_number
  pagesperblock limit offset start end rows max maxresults max_results maxrecords size batchsize batch_size from to startdate enddate start_date
  end_date starttime endtime start_time end_time startat endat date year month day hour since until begin modifiedsince updated_since updatedafter
  sort sortby sort_by sortorder direction order fields include includes exclude columns embed view lang language locale culture hl gl region
  country currency timezone tz units type kind resource restype comp mode status state level include_docs query_type granularity interval
  period frequency entity object table database schema dataset container collection model environment env site charset encoding
  sv sr sp st se spr srt ss skoid sktid skt ske sks skv sip timeout prefix delimiter maxkeys marker-type recursive action method
  tenant tenantid client_id response_type grant_type scope resultformat response-content-type usessl ssl sslmode databasename
  useunicode characterencoding servertimezone user warehouse role db authsource retrywrites replicaset w readpreference appname
  workspaceid subscriptionid resourcegroup factory pipelinename isrecovery referencepipelinerunid runid reset download raw wsdl
`);

/** Last words of other names in a query. */
const queryWords = setOf(`
  name path folder file filename prefix suffix date time type format version page size limit count table schema database container
  year month day language lang column columns field fields order status state mode filter
`);

export function isHarmlessQueryName(name: string): boolean {
  if (queryNames.has(name.toLowerCase())) return true;
  const last = wordsOf(name).at(-1);
  return last !== undefined && queryWords.has(last);
}

/** Last words of names of members in the body of a request. */
const bodyWords = setOf(`
  name names type types kind path paths folder file files filename directory container bucket table tables schema database db server host query sql statement
  status state message messages subject title text summary description reason error email mail to from cc bcc recipient recipients
  date time datetime timestamp start end year month day hour hours minutes seconds timezone count size limit offset page top skip max min
  total amount format language lang locale culture version env environment mode level severity priority category region location country
  columns column fields field filter filters sort order orderby operation operator action method pipeline activity run job task factory resource
  subscription tenant group workspace cluster notebook id ids guid url uri link enabled disabled source target sink destination object
  entity dataset datasets model batch sequence index threshold currency scope audience domain branch commit tag tags label labels event
  events window interval frequency duration retry retries timeout parameters params param arguments settings options properties metadata
  config configuration content data items rows values records list concurrency parallelism principal upn
  cause comment comments note notes detail details info headline
  operand property properties direction comparison aggregation unit units expression formula text themecolor facts activitytitle activitysubtitle sections context rg run_name
`);

/** Whether the value of a member may be shown. The value itself is judged as any text. */
export function isHarmlessBodyName(name: string): boolean {
  const key = name.toLowerCase();
  if (bodyWords.has(key) || key.startsWith('@odata') || key === '$schema' || key === '@type')
    return true;
  const last = wordsOf(name).at(-1);
  return last !== undefined && bodyWords.has(last);
}

/** Pairs of a form in the body of a request. */
export const isHarmlessFormName = (name: string): boolean =>
  isHarmlessQueryName(name) || isHarmlessBodyName(name);

const bare = (key: string) => key.toLowerCase().replace(/[\s_-]/g, '');
