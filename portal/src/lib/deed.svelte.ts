// One way to do something: busy meanwhile, and what went wrong for the form to show.
export class Deed {
  busy = $state(false);
  error = $state.raw<unknown>(null);

  /** Do the work; whether it went well. */
  do = async (work: () => Promise<unknown>): Promise<boolean> => {
    this.busy = true;
    try {
      await work();
      this.error = null;
    } catch (caught) {
      this.error = caught;
    }
    this.busy = false;
    return this.error === null;
  };
}
