/** JSON that stands in flags and files. */
import { readFile } from 'node:fs/promises';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { type Flags, TctlUsageError } from './parse.ts';

/** The payloads of --input (each is one argument), or else of --input_file. */
export async function inputPayloads(flags: Flags): Promise<Payload[]> {
  const file = flags.text('input_file');
  if (flags.has('input')) return flags.list('input').map((text) => payloadOf(text, '--input'));
  return file === undefined ? [] : [payloadOf(await readText(file, 'input_file'), `--input_file ${file}`)];
}

/** A value as a payload. */
export function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

/** JSON of the place that `from` names. */
export function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TctlUsageError(`tctl: ${from} is not JSON: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}

/** The text of the file that a flag names. */
export async function readText(file: string, flag: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new TctlUsageError(`tctl: the file of --${flag} cannot be read: ${(error as Error).message}`);
  });
}

function payloadOf(text: string, from: string): Payload {
  return toPayload(text.trim().toLowerCase() === 'null' ? null : parseJson(text, from));
}
