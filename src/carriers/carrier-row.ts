import type { CarrierRow, CarrierRowContent } from '../store/carrier-store.ts';
import type { SecretBox } from '../store/secret-box.ts';
import { type Carrier, DEFAULT_CARRIER } from './carrier.ts';

type Secrets = Pick<Carrier, 'credentials' | 'inboundAuth' | 'registration'>;

/** What is kept of a carrier: the settings in clear, everything with a password in it encrypted. */
export function toCarrierRow(
  carrier: Carrier & { readonly accountId: string },
  sid: string,
  box: SecretBox,
): CarrierRowContent {
  const { credentials, inboundAuth, registration, ...settings } = carrier;
  const secrets = { credentials, inboundAuth, registration };
  return {
    id: carrier.id,
    accountId: carrier.accountId,
    sid,
    settings: JSON.stringify(settings),
    secrets: box.seal(carrier.id, JSON.stringify(secrets)),
  };
}

/**
 * The JSON is what {@link toCarrierRow} wrote, so it is trusted.
 * @throws TrunklineError `config-invalid` when it was encrypted with another key
 */
export function toCarrier(row: CarrierRow, box: SecretBox): Carrier {
  // What an older version did not know has its default.
  const settings: Omit<Carrier, keyof Secrets> = {
    ...DEFAULT_CARRIER,
    ...JSON.parse(row.settings),
  };
  const secrets: Secrets = JSON.parse(box.open(row.id, row.secrets));
  return { ...settings, ...secrets };
}
