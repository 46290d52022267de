import type { Carriers } from '../carriers/carriers.ts';
import type { HealthSnapshot } from '../carriers/gateway-health.ts';
import type { RegistrationSnapshot } from '../carriers/registration.ts';

/** What the API asks of the part that runs the carriers. */
export interface CarrierDirectory {
  readonly carriers: Carriers;
  /** Undefined: nobody watches it. */
  healthOf(gatewayId: string): HealthSnapshot | undefined;
  /** Undefined: we do not register there. */
  registrationOf(carrierId: string): RegistrationSnapshot | undefined;
  /** Calls that hold a place at the carrier or gateway. */
  callsInUse(id: string): number;
  /** SIP sent there would come back to ourselves. */
  isOwnAddress(host: string, port: number | undefined): boolean;
}
