/**
 * What every parser here answers: the value, or why the text was refused. Nothing is thrown for a user's text,
 * so that a plan reports all its mistakes in one run.
 */

/**
 * Why a text was refused; callers map it to a stable error code.
 * - `syntax`: not of the wanted form
 * - `host-bits`: a network with bits set behind its prefix
 * - `ipv6`: well-formed, but IPv6
 * - `order`: a range that runs backwards
 * - `octal`: a number with a leading zero, decimal to some programs and octal to others (RFC 6943 section 3.1.1)
 */
export type Reason = 'syntax' | 'host-bits' | 'ipv6' | 'order' | 'octal';

export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Refused {
  readonly ok: false;
  readonly reason: Reason;
  /** Part of a sentence: `192.168.2.5/24 has host bits set`. */
  readonly problem: string;
  /** Part of a sentence, an order: `write 192.168.2.0/24 for the network`. */
  readonly remedy: string;
}

export type Parsed<T> = Accepted<T> | Refused;

export function accepted<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

export function refused(reason: Reason, problem: string, remedy: string): Refused {
  return { ok: false, reason, problem, remedy };
}
