import type { Command } from 'commander';
import { getConfig, print } from './context.ts';

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description(
      'run a worker until it is told to stop; SIGTERM lets it finish or hand over what it is doing',
    )
    .option('--check', "exit 0 if a worker of this host's cache polls for work, 1 if none does")
    .action(async ({ check = false }: { check?: boolean }) => {
      const config = getConfig();
      if (check) {
        const { checkWorker } = await import('../operations/check-worker.ts');
        print(await checkWorker(config));
        return;
      }
      // The worker's native module is large, and no other command needs it.
      const { runWorker } = await import('../worker/run-worker.ts');
      await runWorker(config);
    });
}
