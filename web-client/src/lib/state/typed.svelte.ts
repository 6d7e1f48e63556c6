import { sentence } from '../api';

/** A line that is typed and sent. The field is free for the next one at once, however long the answer takes. */
export class Typed {
  text = $state('');
  /** Why what was sent last was refused. */
  trouble = $state<string | null>(null);

  /** Sends it, without the space around it; what is refused comes back, unless something else is typed by then. */
  async send(to: (line: string) => Promise<unknown>): Promise<void> {
    const line = this.text.trim();
    if (line === '') return;
    this.text = '';
    this.trouble = null;
    try {
      await to(line);
    } catch (error) {
      const why = sentence(error);
      this.trouble = this.text === '' ? why : `“${line}”: ${why}`;
      if (this.text === '') this.text = line;
    }
  }
}
