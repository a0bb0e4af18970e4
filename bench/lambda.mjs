/**
 * Stands in for Lambda's Node.js runtime: loads the bundled function named by the first argument, then reads one
 * event a line and writes one answer a line to file descriptor 3. JavaScript, because stripping types would count
 * as start-up. With `--count`, answers also say how many bytes of the bundle have been loaded by then.
 */
import { statSync, writeSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:keyturn';
const REMAINING_MS = 120_000;

let loadedBytes;
if (process.argv.includes('--count')) {
  loadedBytes = 0;
  process.getBuiltinModule('node:module').registerHooks({
    load(url, context, nextLoad) {
      if (url.startsWith('file:')) loadedBytes += statSync(fileURLToPath(url)).size;
      return nextLoad(url, context);
    },
  });
}

const { handler } = await import(pathToFileURL(process.argv[2]).href);

async function answerTo(event) {
  const endsAt = Date.now() + REMAINING_MS;
  try {
    await handler(event, {
      invokedFunctionArn: FUNCTION_ARN,
      getRemainingTimeInMillis: () => endsAt - Date.now(),
    });
    return { ok: true, loadedBytes };
  } catch (error) {
    return { ok: false, error: error.code ?? error.name };
  }
}

let text = '';
process.stdin.setEncoding('utf8').on('data', async (chunk) => {
  text += chunk;
  if (!text.endsWith('\n')) return;
  const event = JSON.parse(text);
  text = '';
  writeSync(3, `${JSON.stringify(await answerTo(event))}\n`);
});
