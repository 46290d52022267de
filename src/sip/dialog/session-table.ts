import { DeadlineQueue } from '../../core/deadline-queue.ts';
import type { MonotonicMs } from '../../core/time.ts';
import { Dialog } from './dialog.ts';
import { Session } from './session.ts';

/** The dialogs of a user agent: by the three values that identify one on the wire, and by the name that the user gives back. */
export class SessionTable {
  readonly #byKey = new Map<string, Session>();
  /** Several while a call forks; the one that the name stands for is the first. */
  readonly #byId = new Map<string, readonly Session[]>();
  readonly #deadlines = new DeadlineQueue<Session>();

  get size(): number {
    return this.#byKey.size;
  }

  get pendingTimers(): number {
    return this.#deadlines.size;
  }

  add(dialog: Dialog): Session {
    const session = new Session(dialog);
    this.#byKey.set(dialog.key, session);
    this.#byId.set(dialog.id, [session, ...this.all(dialog.id)]);
    return session;
  }

  /** Makes this the session that its name stands for: of several forks the one that answered. */
  prefer(session: Session): void {
    const { id } = session.dialog;
    this.#byId.set(id, [session, ...this.all(id).filter((each) => each !== session)]);
  }

  find(callId: string, localTag: string, remoteTag: string): Session | undefined {
    return this.#byKey.get(Dialog.key(callId, localTag, remoteTag));
  }

  byId(id: string): Session | undefined {
    return this.#byId.get(id)?.[0];
  }

  /** The dialogs of that name, one per fork. */
  all(id: string): readonly Session[] {
    return this.#byId.get(id) ?? [];
  }

  has(session: Session): boolean {
    return this.#byKey.get(session.dialog.key) === session;
  }

  /** False when it was gone already. */
  remove(session: Session): boolean {
    if (!this.has(session)) return false;
    this.#byKey.delete(session.dialog.key);
    const { id } = session.dialog;
    const others = this.all(id).filter((each) => each !== session);
    if (others.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, others);
    this.#deadlines.set(session, undefined);
    return true;
  }

  /** To be called after anything that may have changed what the session waits for. */
  reschedule(session: Session): void {
    this.#deadlines.set(session, this.has(session) ? session.pollTimeout() : undefined);
  }

  takeDue(now: MonotonicMs): Session | undefined {
    return this.#deadlines.takeDue(now);
  }

  pollTimeout(): MonotonicMs | undefined {
    return this.#deadlines.nextDeadline();
  }
}
