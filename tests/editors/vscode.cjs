// VS Code's own DAP test client: attaches with a breakpoint, and prints what it sees.
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const { PORT, FILE, PARENT_LINE } = process.env;
const say = (...words) => console.log(words.join(' '));

async function main() {
  const client = new DebugClient('node', '', 'debugpy', undefined, true);
  client.on('output', (event) => event.body.category === 'console' && say('CONSOLE', event.body.output.trim()));
  await client.start(Number(PORT));
  // What VS Code says of itself; the client is of an older protocol, so the reverse request is taken off its stream.
  const asked = new Promise((resolve) => {
    const dispatch = client.dispatch.bind(client);
    client.dispatch = (text) => {
      const message = JSON.parse(text);
      if (message.type === 'request') resolve(message);
      else dispatch(text);
    };
  });
  const capabilities = await client.initializeRequest({
    clientID: 'vscode', clientName: 'Visual Studio Code', adapterID: 'debugpy', pathFormat: 'path', linesStartAt1: true,
    columnsStartAt1: true, supportsVariableType: true, supportsVariablePaging: true, supportsRunInTerminalRequest: true,
    locale: 'en', supportsProgressReporting: true, supportsInvalidatedEvent: true, supportsMemoryReferences: true,
    supportsArgsCanBeInterpretedByShell: true, supportsMemoryEvent: true, supportsStartDebuggingRequest: true,
    supportsANSIStyling: true,
  });
  say('CAPABILITIES', JSON.stringify(capabilities.body));
  const attaching = client.attachRequest({ name: 'Breakroom', type: 'debugpy', request: 'attach', justMyCode: true });
  await client.waitForEvent('initialized');
  const set = await client.setBreakpointsRequest({
    source: { name: 'app.py', path: FILE }, lines: [Number(PARENT_LINE)], breakpoints: [{ line: Number(PARENT_LINE) }],
    sourceModified: false,
  });
  say('LISTED', JSON.stringify(set.body.breakpoints));
  await client.setFunctionBreakpointsRequest({ breakpoints: [] });
  await client.setExceptionBreakpointsRequest({ filters: ['uncaught'] });
  const stopping = client.waitForEvent('stopped', 20000);
  await client.configurationDoneRequest();
  await attaching;
  const stopped = await stopping;
  const again = await client.setBreakpointsRequest({
    source: { path: FILE }, breakpoints: [{ line: Number(PARENT_LINE) }],
  });
  say('SET', again.body.breakpoints[0].verified);
  await client.threadsRequest();
  const stack = await client.stackTraceRequest({ threadId: stopped.body.threadId, startFrame: 0, levels: 20 });
  const frame = stack.body.stackFrames[0];
  say('FRAME', 'Breakroom', frame.name, frame.source.path, frame.line);
  const scopes = await client.scopesRequest({ frameId: frame.id });
  const locals = await client.variablesRequest({ variablesReference: scopes.body.scopes[0].variablesReference });
  say('LOCALS', locals.body.variables.map((item) => `${item.name}=${item.value}`).join(', '));
  const hover = await client.evaluateRequest({ expression: 'number', frameId: frame.id, context: 'hover' });
  say('HOVER', hover.body.result);
  const completed = await client.completionsRequest({ frameId: frame.id, text: 'num', column: 4 });
  say('COMPLETED', completed.body.targets.map((target) => target.label).join(', '));
  const request = await asked;
  say('START', request.arguments.request, request.arguments.configuration.name);
  await client.terminateRequest({}).catch((error) => say('REFUSED', 'terminate:', error.message));
  await client.nextRequest({ threadId: stopped.body.threadId });
  await client.waitForEvent('stopped', 20000);
  await client.setBreakpointsRequest({ source: { path: FILE }, breakpoints: [] });
  await client.continueRequest({ threadId: stopped.body.threadId });
  await client.disconnectRequest({ restart: false });
  say('LEFT');
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
