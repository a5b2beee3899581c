import type { Command } from 'commander';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { colors } from './colors.ts';
import { getConfig, print, printJson } from './context.ts';

const WORDS: Record<Finding['outcome'], string> = {
  ok: colors.green('ok  '),
  warning: colors.yellow('warn'),
  failed: colors.red('FAIL'),
  skipped: colors.dim('skip'),
};

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check all that a worker needs with the environment of this command, a line each; changes nothing',
    )
    .option('--json', 'print one JSON document')
    .action(async ({ json = false }: { json?: boolean }) => {
      const findings = await examine(getConfig());
      const isWell = findings.every(({ outcome }) => outcome !== 'failed');
      if (json) printJson({ ok: isWell, checks: findings });
      else print(findings.map(renderFinding).join('\n'));
      process.exitCode = isWell ? 0 : 1;
    });
}

/** One line, however long: it may be searched for and sent around. */
export function renderFinding({ check, outcome, found, advice }: Finding): string {
  return `${WORDS[outcome]}  ${check.padEnd(17)}  ${found}${advice === undefined ? '' : `; ${advice}`}`;
}
