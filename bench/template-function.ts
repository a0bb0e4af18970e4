/** One of AWS's templates in the place of the bundled function. */
import type { FunctionOptions, LambdaFunction } from '../local/lambda/function.ts';
import type { Template } from './contender.ts';
import { FunctionProcess } from './function-process.ts';

/** @returns what starts it on a stage; it is started anew by the first invocation after `kill` */
export function startTemplate(template: Template): (options: FunctionOptions) => LambdaFunction {
  return ({ entry, env }) => {
    let running: FunctionProcess | undefined;
    const end = async () => {
      const ended = running;
      running = undefined;
      await ended?.end();
    };
    return {
      arn: `arn:aws:lambda:${env['AWS_REGION']}:123456789012:function:template`,
      async invoke(event) {
        const began = performance.now();
        running ??= new FunctionProcess(template.command(entry), { ...env, ...template.env(env) });
        const { ok, error = 'Error' } = await running.invoke(event);
        const ms = performance.now() - began;
        return ok ? { ok, value: null, ms } : { ok: false, errorType: error, errorMessage: error, ms };
      },
      kill: end,
      output: () => '',
      onLine: () => {},
      close: end,
      [Symbol.asyncDispose]: end,
    };
  };
}
