/**
 * Who may have an interface on the LAN: pods of the namespaces that the plan lists, and of the attachment's own. The API
 * server refuses the others when they are created, and whenever an annotation of theirs changes: by an update of the pod
 * or of its status, or by a binding, whose annotations it copies onto the pod (pkg/registry/core/pod/storage/storage.go).
 *
 * Multus reads an annotation as JSON if it has one of [ { " in it, and else as a list `namespace/name@interface, ...`
 * (multus-cni v4.3.0, pkg/k8sclient/k8sclient.go, parsePodNetworkAnnotation). CEL reads no JSON, so there any mention of a
 * name counts; a backslash could hide a name, and no name needs one.
 *
 * The JSON form also carries what plugins on the node would do: `cni-args`, which upstream's tuning takes settings of the
 * interface from, a MAC address, addresses, a default route. Beside an attachment of the plan there are a name, a namespace,
 * an interface, a MAC address that the plan pins for this workload, and addresses that it has for this workload or for
 * anybody, and nothing else. CEL reads no JSON, so an address counts for each attachment that the annotation names; one of
 * another attachment's network is refused by route-fix.
 *
 * Whoever may write NetworkAttachmentDefinitions can define a way to the LAN of their own: see docs/rbac.md.
 */
import { Construct } from 'constructs';
import { Denial } from '../denial.ts';
import { NETWORKS_ANNOTATION } from './network-attachment.ts';

const NAME = 'flatlan-attachments';
/** Multus' other annotation: a network in place of the cluster's. */
const INSTEAD = 'v1.multus-cni.io/default-network';
/** Longer than any that a person needs; what follows costs the API server a little for each character. */
const LONGEST = 2048;

export interface AttachmentPolicyProps {
  /** JSON, which is a literal of CEL as well: `{"default/layer2-bridge": ["default", "smarthome"]}`. */
  readonly access: string;
  /** Likewise, who may pin which MAC address: `{"02:f1:a7:00:00:01": {"namespace": "smarthome", "workload": "home-assistant"}}`. */
  readonly pins: string;
  /** Likewise, the subnets of which any of these pods may request addresses: `{"default/iot": ["192.168.70.200/29"]}`. */
  readonly ranges: string;
  /** Likewise, the addresses of one workload alone, by address. */
  readonly addresses: string;
}

export class AttachmentPolicy extends Construct {
  constructor(scope: Construct, id: string, { access, pins, ranges, addresses }: AttachmentPolicyProps) {
    super(scope, id);
    new Denial(this, 'denial', {
      name: NAME,
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['pods', 'pods/status', 'pods/binding', 'bindings'],
        },
      ],
      matchConditions,
      variables: [
        { name: 'access', expression: access },
        { name: 'pins', expression: pins },
        { name: 'ranges', expression: ranges },
        { name: 'addresses', expression: addresses },
        ...variables,
      ],
      validations,
    });
  }
}

const text = (key: string, object = 'object'): string => `${object}.metadata.?annotations[?'${key}'].orValue('')`;
const each = (test: (key: string) => string): string => [NETWORKS_ANNOTATION, INSTEAD].map(test).join(' || ');

/** A pod without these annotations costs next to nothing; one that keeps them may go on as it is, whatever the plan says now. */
const matchConditions = [
  { name: 'asks', expression: each((key) => `${text(key)} != ''`) },
  {
    name: 'anew',
    expression: `request.operation == 'CREATE' || ${each((key) => `${text(key)} != ${text(key, 'oldObject')}`)}`,
  },
];

/** As strings.ContainsAny of Multus. */
const isJson = (variable: string): string => `variables.${variable}.matches(r'[\\[{"]')`;
const isLong = (variable: string): string => `size(variables.${variable}) > ${LONGEST}`;
/** The items of the short form, each without its interface: lists of namespace and name, or of a name alone. */
const items = (variable: string): string => `variables.${variable}.split(',').map(item, item.split('@')[0].split('/'))`;
const lastOf = (list: string): string => `${list}[${list}.size() - 1].trim()`;
const firstOf = `item.size() > 1 && item[0].trim() != '' ? item[0].trim() : request.namespace`;
const nameOf = (key: string): string => `${key}.split('/')[1]`;
const quoted = (variable: string, name = 'key'): string =>
  `variables.${variable}.contains('"' + ${nameOf(name)} + '"')`;

/**
 * What Multus takes of an element beside its names and its MAC address (network-attachment-definition-client v1.7.6, types.go,
 * NetworkSelectionElement), and names that older versions of it had.
 */
const ARGUMENTS = [
  'infiniband-guid',
  'infinibandguid',
  'portmappings',
  'bandwidth',
  'deviceid',
  'cni-args',
  'default-route',
  'gateway',
  'ipam-claim-reference',
];
const SPACE = '[ \\t\\r\\n]*';
/** A key of JSON: no text of it has a quotation mark inside, since backslashes are refused. */
const key = (names: string): string => `"(${names})"${SPACE}:`;
/** With a list of texts, which may be empty. */
const IPS = `${key('ips')}${SPACE}\\[${SPACE}("[^"]*"${SPACE}(,${SPACE}"[^"]*"${SPACE})*)?\\]`;
/** Go takes keys in any case of letters, and these two for s and k (encoding/json, foldName). */
const folded = `variables.asked.replace('\\u017f', 's').replace('\\u212a', 'k').lowerAscii()`;
/** Of a pin: the pod is of its workload. The names of pods keep this much of their controller's (maxGeneratedNameLength). */
const KEPT = 58;
const podName = 'object.metadata.?name.orValue(request.name)';
const covers =
  `pin.namespace == request.namespace && (${podName} == pin.workload || ${podName}.startsWith(` +
  `size(pin.workload) < ${KEPT} ? pin.workload + '-' : pin.workload.substring(0, ${KEPT})))`;

/** Of an address: its owner's alone, or of a range, of an attachment that the annotation names. */
const mayRequest =
  `ip in variables.addresses ? [variables.addresses[ip]].exists(pin, ${quoted('asked', 'pin.attachment')} && ${covers}) : ` +
  `variables.ranges.exists(key, ${quoted('asked')} && variables.ranges[key].exists(range, cidr(range).containsIP(ip)))`;

const variables = [
  { name: 'asked', expression: text(NETWORKS_ANNOTATION) },
  { name: 'instead', expression: text(INSTEAD) },
  {
    name: 'foreign',
    expression: 'variables.access.map(key, key).filter(key, !(request.namespace in variables.access[key]))',
  },
  {
    name: 'refused',
    expression:
      `${isLong('asked')} ? [] : ${isJson('asked')} ? variables.foreign.filter(key, ${quoted('asked')}) : ` +
      `${items('asked')}.map(item, (${firstOf}) + '/' + ${lastOf('item')}).filter(key, key in variables.foreign)`,
  },
  // What is asked of an attachment of the plan in the JSON form, and nothing where none is named.
  {
    name: 'said',
    expression: `!(${isLong('asked')}) && ${isJson('asked')} && variables.access.exists(key, ${quoted('asked')}) ? ${folded} : ''`,
  },
  {
    name: 'arguments',
    expression:
      `variables.said.findAll(r'${key(ARGUMENTS.join('|'))}').map(found, found.split('"')[1]) + ` +
      // A value of another form could hide an address.
      `(variables.said.findAll(r'${key('ips')}').size() == variables.said.findAll(r'${IPS}').size() ? [] : ['ips'])`,
  },
  {
    // The addresses that this pod may not request.
    name: 'ips',
    expression:
      `variables.said.findAll(r'${IPS}').map(found, found.substring(found.indexOf('['))).join(' ')` +
      `.findAll(r'"[^"]*"').map(found, found.split('"')[1]).filter(ip, !(isCIDR(ip) && [string(cidr(ip).ip())].exists(ip, ${mayRequest})))`,
  },
  {
    name: 'macs',
    expression:
      `variables.said.findAll(r'${key('mac')}${SPACE}"[^"]*"').map(found, found.split('"')[3])` +
      `.filter(mac, mac != '' && !(mac in variables.pins && [variables.pins[mac]].exists(pin, ${covers})))`,
  },
  {
    name: 'replacing',
    expression:
      `${isLong('instead')} ? [] : ${isJson('instead')} ? variables.access.map(key, key).filter(key, ${quoted('instead')}) : ` +
      // Whatever the namespace: Multus looks a bare name up in its own one here.
      `variables.access.map(key, key).filter(key, ${items('instead')}.exists(item, ${lastOf('item')} == ${nameOf('key')}))`,
  },
];

const refusals: readonly { readonly expression: string; readonly message: string; readonly detail?: string }[] = [
  {
    expression: `!(${isLong('asked')} || ${isLong('instead')})`,
    message: `an annotation ${NETWORKS_ANNOTATION} or ${INSTEAD} has more than ${LONGEST} characters: name fewer networks`,
  },
  {
    expression: [`asked`, 'instead']
      .map((variable) => `!(${isJson(variable)} && variables.${variable}.contains('\\\\'))`)
      .join(' && '),
    message: `a backslash in the JSON form of ${NETWORKS_ANNOTATION} or ${INSTEAD} could hide a name: write the names without escapes`,
  },
  {
    expression: 'variables.refused.size() == 0',
    message: 'pods of this namespace may not use this attachment to the LAN',
    detail:
      `'pods of namespace ' + request.namespace + ' may not use the attachment ' + variables.refused[0] + ` +
      `': add ' + request.namespace + ' to attachments.' + ${nameOf('variables.refused[0]')} + ` +
      `'.namespaces of the plan, or remove it from the annotation ${NETWORKS_ANNOTATION}'`,
  },
  {
    expression: 'variables.arguments.size() == 0',
    message: 'an annotation cannot give arguments to an attachment to the LAN',
    detail:
      `'an annotation ${NETWORKS_ANNOTATION} that names an attachment of the plan may have name, namespace, interface, mac and ` +
      `ips (a list of texts) only, but has ' + variables.arguments[0] + ', with which plugins on the node would override the plan: remove it'`,
  },
  {
    expression: 'variables.macs.size() == 0',
    message: 'this MAC address does not belong to this pod',
    detail:
      `'MAC address ' + variables.macs[0] + ' does not belong to pod ' + ${podName} + ' of namespace ' + request.namespace + ` +
      `': write it in the plan as mac of an app or of a workload of the attachment, such as 02:f1:a7:00:00:01, or remove it from ` +
      `the annotation ${NETWORKS_ANNOTATION}'`,
  },
  {
    expression: 'variables.ips.size() == 0',
    message: 'this address does not belong to this pod',
    detail:
      `'address ' + variables.ips[0] + ' does not belong to pod ' + ${podName} + ' of namespace ' + request.namespace + ` +
      `': write it in the plan as address of a workload of an attachment with static addresses, request one of the ` +
      `range of the attachment such as 192.168.2.200/24, or remove it from the annotation ${NETWORKS_ANNOTATION}'`,
  },
  {
    expression: 'variables.replacing.size() == 0',
    message: 'an attachment to the LAN cannot replace the cluster network',
    detail:
      `'the attachment ' + variables.replacing[0] + ' cannot replace the cluster network: name it in ` +
      `the annotation ${NETWORKS_ANNOTATION} and not in ${INSTEAD}'`,
  },
];

const validations = refusals.map(({ expression, message, detail }) => ({
  expression,
  message,
  ...(detail === undefined ? {} : { messageExpression: detail }),
}));
