import type { Command } from 'commander';
import { note, print, UsageError } from './context.ts';

export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('replay recorded histories against the workflows of this build')
    .argument('<file...>', 'histories as `temporal workflow show --output json` prints them')
    .action(async (files: string[]) => {
      if (files.length === 0) throw new UsageError('name the files of the histories');
      // The replayer needs the worker's native module, which no other command does.
      const { replayFiles } = await import('../worker/replay.ts');
      for await (const { file, error } of replayFiles(files)) {
        if (error === undefined) {
          print(`ok    ${file}`);
          continue;
        }
        note(`FAIL  ${file}: ${error}`);
        process.exitCode = 1;
        return;
      }
    });
}
