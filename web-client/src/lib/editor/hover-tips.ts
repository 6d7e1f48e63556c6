/** Values beside names under the mouse. What can't be read shows nothing: a builtin or a keyword is no error. */
import { syntaxTree } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import type { Hovered } from '../hover';

export type HoverSource = (line: string, column: number) => Hovered | null;

export function hoverTips(source: HoverSource): Extension {
  return hoverTooltip(
    async (view, pos) => {
      const line = view.state.doc.lineAt(pos);
      const node = syntaxTree(view.state).resolveInner(pos, 1).name;
      // Not in strings, comments and keywords.
      if (node !== 'VariableName' && node !== 'PropertyName') return null;
      const found = source(line.text, pos - line.from);
      if (!found) return null;
      const outcome = await Promise.resolve(found.outcome).catch(() => null);
      if (!outcome || 'error' in outcome) return null;
      const { value, type } = outcome.value;
      return {
        pos: line.from + found.from,
        end: line.from + found.to,
        above: true,
        create() {
          const dom = document.createElement('div');
          dom.className = 'value-tip';
          dom.setAttribute('role', 'tooltip');
          dom.textContent = `${found.expression} = ${value}${type ? `  ${type}` : ''}`;
          return { dom };
        },
      };
    },
    { hoverTime: 250 },
  );
}
