/**
 * The keys that people bring from other debuggers. A preset names only what differs from the table of commands.
 *
 * The first key is the debugger's own, where a page can have it; the further ones are for browsers that keep it.
 */

export type PresetName = 'vscode' | 'jetbrains' | 'chrome';

/** Keys of one command; `mac` where they are others there. */
export type PresetKeys = readonly string[] | { mac: readonly string[]; others: readonly string[] };

export interface Preset {
  name: PresetName;
  label: string;
  keys: Readonly<Record<string, PresetKeys>>;
}

const VSCODE: Preset = {
  name: 'vscode',
  label: 'VS Code',
  keys: {
    // As there on a Mac; elsewhere Ctrl+- makes the page smaller.
    go_back: { mac: ['Ctrl+-'], others: ['Ctrl+Alt+-'] },
    go_forward: { mac: ['Ctrl+Shift+-'], others: ['Ctrl+Alt+Shift+-'] },
  },
};

/** PyCharm's default keymaps, "Windows" and "macOS". Go to file is Ctrl+Shift+N there, which browsers keep. */
const JETBRAINS: Preset = {
  name: 'jetbrains',
  label: 'JetBrains',
  keys: {
    continue: { mac: ['F9', 'Alt+Cmd+R', 'Ctrl+\\'], others: ['F9', 'Ctrl+\\'] },
    pause: ['Ctrl+Pause', 'Ctrl+Alt+P'],
    next: ['F8', "Ctrl+'"],
    step_in: ['F7', 'Ctrl+;'],
    step_in_choose: ['Shift+F7'],
    step_out: ['Shift+F8', 'Ctrl+Shift+;'],
    run_to: ['Alt+F9'],
    breakpoint_toggle: ['Mod+F8', 'Ctrl+Alt+B'],
    breakpoint_draft: ['Mod+Shift+F8'],
    end: ['Mod+F2'],
    restart: { mac: ['Cmd+R'], others: ['Ctrl+F5'] },
    show_stop: ['Alt+F10', 'Alt+Shift+S'],
    go_back: { mac: ['Ctrl+Alt+-'], others: ['Ctrl+Alt+ArrowLeft', 'Ctrl+Alt+-'] },
    go_forward: { mac: ['Ctrl+Alt+Shift+-'], others: ['Ctrl+Alt+ArrowRight', 'Ctrl+Alt+Shift+-'] },
    value_show: ['Mod+Alt+F8', 'Alt+Shift+E'],
    focus_console: ['Alt+F8', 'Alt+9'],
    file_open: { mac: ['Shift+Cmd+O', 'Cmd+P'], others: ['Ctrl+P'] },
    line_go: { mac: ['Cmd+L', 'Ctrl+G'], others: ['Ctrl+G'] },
    // The file's structure.
    symbol_go: { mac: ['Cmd+F12'], others: ['Ctrl+F12'] },
    palette: ['Mod+Shift+A', 'F1'],
    stop_next: ['F8', ']'],
    stop_previous: ['Shift+F8', '['],
  },
};

/** Of Chrome's and Edge's developer tools; F9 is their "Step". */
const CHROME: Preset = {
  name: 'chrome',
  label: 'Chrome DevTools',
  keys: {
    continue: ['F8', 'Mod+\\'],
    next: ['F10', "Mod+'"],
    step_in: ['F11', 'Mod+;', 'F9'],
    step_out: ['Shift+F11', 'Mod+Shift+;'],
    breakpoint_toggle: ['Mod+B'],
    breakpoint_draft: ['Mod+Alt+B'],
    breakpoint_able: ['Mod+Shift+B'],
    mute_mine: ['Mod+F8', 'Ctrl+Alt+M'],
    focus_console: ['Ctrl+`', 'Alt+9'],
    watch_selection: ['Mod+Shift+A'],
    evaluate_selection: ['Mod+Shift+E'],
    file_open: ['Mod+P', 'Mod+O'],
    line_go: ['Ctrl+G'],
    palette: ['Mod+Shift+P', 'F1'],
  },
};

export const PRESETS: readonly Preset[] = [VSCODE, JETBRAINS, CHROME];

/** One by its name. */
export function preset(name: PresetName): Preset {
  return PRESETS.find((one) => one.name === name) ?? VSCODE;
}
