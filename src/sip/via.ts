import { bareHost, isSameHost } from './ip-address.ts';
import {
  isToken,
  type Parameters,
  parseDecimal,
  parseParameters,
  splitOutside,
} from './message/tokens.ts';

/** One Via value, RFC 3261 section 20.42. */
export interface Via {
  /** In upper case: UDP, TCP, TLS ... */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
}

const VIA =
  /^SIP[ \t]*\/[ \t]*([0-9]+\.[0-9]+)[ \t]*\/[ \t]*([^ \t]+)[ \t]+((?:(?![:;,[])[!-~])+|\[[0-9A-Fa-f:.]+\])(?:[ \t]*:[ \t]*([0-9]+))?[ \t]*((?:;.*)?)$/is;

export function parseVia(text: string): Via | undefined {
  const match = VIA.exec(text);
  if (match === null) return undefined;
  const [, , transport = '', host = '', portText, parameterText = ''] = match;
  const port = portText === undefined ? undefined : parseDecimal(portText, 65_535);
  const parameters = parseParameters(parameterText);
  if (!isToken(transport) || parameters === undefined) return undefined;
  if (portText !== undefined && !port) return undefined;
  return { transport: transport.toUpperCase(), host, port, parameters };
}

/**
 * The Via value with `received` and, when the sender asked for it or `alwaysRport` is set, `rport` filled in
 * (RFC 3261 section 18.2.1, RFC 3581 section 4). The rest of the text stays as it came.
 */
export function stampVia(
  text: string,
  source: { readonly address: string; readonly port: number },
  alwaysRport: boolean,
): string {
  const via = parseVia(text);
  if (via === undefined) return text;
  const asked = via.parameters.has('rport');
  const [sentBy, ...parameters] = splitOutside(text, ';');
  const kept = parameters.filter((part) => !/^(?:received|rport)(?:[ \t=]|$)/i.test(part));
  const isAsSaid = isSameHost(via.host, source.address) && !asked;
  // Without brackets: section 25.1, RFC 5118 section 4.5.
  const received = isAsSaid ? '' : `;received=${bareHost(source.address)}`;
  const rport = asked || alwaysRport ? `;rport=${source.port}` : '';
  return `${[sentBy, ...kept].join(';')}${received}${rport}`;
}
