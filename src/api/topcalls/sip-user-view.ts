import { z } from 'zod';
import type { SipUserRecord } from '../../registrar/sip-users.ts';
import type { SoftphoneDirectory } from '../softphone-directory.ts';

export const sipUserSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    realm: z.string().describe('What the softphone calls realm or authentication domain.'),
    address: z.string().describe('What it is called by: `sip:username`.'),
    display_name: z.string().nullable(),
    agent: z.string().nullable(),
    max_contacts: z.int(),
    registered_contacts: z.int().describe('Devices that it is reached at now.'),
    is_system: z.boolean().describe('Of the configuration file.'),
    created_at: z.string().nullable(),
  })
  .meta({ id: 'SipUser' });

export const sipUserPageSchema = z
  .object({ data: z.array(sipUserSchema), next_cursor: z.null(), has_more: z.literal(false) })
  .meta({ id: 'SipUserPage' });

export type SipUserView = z.input<typeof sipUserSchema>;
export type SipUserPageView = z.input<typeof sipUserPageSchema>;

/** Without anything of its password. */
export function toSipUserView(
  { user, createdAt }: SipUserRecord,
  state: Pick<SoftphoneDirectory, 'registeredContacts'>,
): SipUserView {
  const { id, username, realm } = user;
  return {
    id,
    username,
    realm,
    address: `sip:${username}`,
    display_name: user.displayName ?? null,
    agent: user.agent ?? null,
    max_contacts: user.maxContacts,
    registered_contacts: state.registeredContacts(id),
    is_system: createdAt === undefined,
    created_at: createdAt ?? null,
  };
}
