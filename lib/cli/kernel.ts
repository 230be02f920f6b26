import { Command, Option } from 'commander';
import { installKernel } from '../notebook/installKernel.js';

/** `synclr kernel install`: for Jupyters that are not started by `synclr notebook`, and for VS Code. */
export function kernelCommand(): Command {
  const install = new Command('install')
    .description("make the TypeScript kernel known to a Jupyter, with this checkout's absolute path")
    .addOption(new Option('--user', 'for this user (default)').conflicts(['sysPrefix', 'prefix']))
    .addOption(
      new Option('--sys-prefix', 'for the Python environment that is active, or that SYNCLR_PYTHON names').conflicts(
        'prefix',
      ),
    )
    .option('--prefix <folder>', 'below a folder: share/jupyter/kernels')
    .action(({ sysPrefix, prefix }: { sysPrefix?: boolean; prefix?: string }) => {
      const folder = installKernel(sysPrefix ? { sysPrefix } : prefix ? { prefix } : { user: true });
      process.stdout.write(`${folder}\nJupyter takes it away again with: jupyter kernelspec remove synclr\n`);
    });
  return new Command('kernel').addCommand(install);
}
