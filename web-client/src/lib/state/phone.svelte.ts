/** Whether the page has a phone's layout: one tab's panels at a time. The same query is in the styles. */
class Phone {
  readonly #query = matchMedia('(max-width: 760px), (max-height: 500px)');
  is = $state(this.#query.matches);

  constructor() {
    this.#query.onchange = ({ matches }) => (this.is = matches);
  }
}

export const phone = new Phone();
