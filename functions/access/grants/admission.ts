/** What the breaker lets one attempt revoke. A revocation counts once, however often it is tried. */
export class Admission {
  private pending = 0;

  constructor(
    /** Counts revocations. False if they must wait. */
    private readonly count: (revocations: number) => Promise<boolean>,
    /** Revocations that earlier attempts were admitted and did not make. */
    private earlier = 0,
  ) {}

  /** False if the revocations must wait. Only those that are more than earlier ones are counted. */
  async admits(revocations: number): Promise<boolean> {
    const counted = Math.min(revocations, this.earlier);
    // At once, because several scopes may ask at the same time.
    this.earlier -= counted;
    const isAdmitted = revocations === counted || (await this.count(revocations - counted));
    if (!isAdmitted) this.earlier += counted;
    return isAdmitted;
  }

  /** Notes admitted revocations that could not be made. */
  keep(revocations: number): void {
    this.pending += revocations;
  }

  /** What the next attempt is admitted. */
  get admitted(): number {
    return this.pending;
  }

  /** Earlier revocations that no one asked for yet. */
  get unused(): number {
    return this.earlier;
  }
}
