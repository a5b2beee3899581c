/** How workflows read what they are given; a bundle of them must be made with this file. */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * Reads what is no value as the text that it is, so that the check of the input refuses it. An error here would fail the
 * workflow's task instead, which is then tried for ever.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload(payload) {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      const { data } = payload;
      // No bytes arrive as a plain list.
      return (data?.length ? new TextDecoder().decode(data) : undefined) as never;
    }
  },
};
