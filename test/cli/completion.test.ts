/** The completions, by the shells themselves; those that are not there are left out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { datasetNames } from '../../src/datasets/index.ts';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory, 'files'));
  await writeFile(join(directory, 'files', 'bikes.json'), '');
  const shells = ['bash', 'zsh', 'fish'];
  await Promise.all(
    shells.map(async (shell) => {
      const { code, stdout } = await runCli(['completion', shell]);
      expect(code).toBe(0);
      await writeFile(join(directory, `${shell}.sh`), stdout);
    }),
  );
});

/** What bash offers for the last of these words. */
function bash(...words: string[]): string[] {
  const script = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _fareflow; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const file = join(directory, 'bash.sh');
  const cwd = join(directory, 'files');
  const out = execFileSync('bash', ['-c', script, 'bash', file, 'fareflow', ...words], {
    cwd,
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

/** What fish offers. */
function fish(line: string): string[] {
  const file = join(directory, 'fish.sh');
  const cwd = join(directory, 'files');
  const out = execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: directory },
  });
  return out.split('\n').filter((word) => word !== '');
}

/** What zsh offers, without a terminal: what the function hands to `compadd`. */
function zsh(...words: string[]): string[] {
  const script = `
    compdef() { :; }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- files }
    source "$1"; shift
    words=("$@"); CURRENT=$#words
    _fareflow`;
  const file = join(directory, 'zsh.sh');
  const out = execFileSync('zsh', ['-fc', script, 'zsh', file, 'fareflow', ...words], { encoding: 'utf8' });
  return out.split('\n').filter((line) => line !== '');
}

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe.skipIf(!has('bash'))('in bash', () => {
  it('completes commands, and those below them', () => {
    expect(bash('lo')).toEqual(['load', 'loads']);
    expect(bash('datasets', '')).toEqual(['list', 'show', 'schema', '--help']);
  });

  it('completes options of the command that was typed', () => {
    expect(bash('load', 'green', '--so')).toEqual(['--source']);
    expect(bash('doctor', '-')).toEqual(['--json', '--help']);
  });

  it('completes data sets, and what an option takes', () => {
    expect(bash('load', '').filter((word) => !word.startsWith('-'))).toEqual(datasetNames());
    expect(bash('load', 'green', '2021-01', '--source', '')).toEqual(['auto', 'csv', 'parquet']);
    expect(bash('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  it('completes files where an option takes one', () => {
    expect(bash('load', 'bikes', '--dataset-file', 'bi')).toEqual(['bikes.json']);
  });

  it('offers nothing for what there is not', () => {
    expect(bash('zzz')).toEqual([]);
  });
});

describe.skipIf(!has('zsh'))('in zsh', () => {
  it('offers the same', () => {
    expect(zsh('datasets', '')).toEqual(['list', 'show', 'schema', '--help']);
    expect(zsh('load', 'green', '--source', '')).toEqual(['auto', 'csv', 'parquet']);
    expect(zsh('load', 'green', '--dataset-file', '')).toEqual(['files']);
  });
});

describe.skipIf(!has('fish'))('in fish', () => {
  it('offers the same', () => {
    expect(fish('fareflow lo').sort()).toEqual(['load', 'loads']);
    expect(fish('fareflow datasets ').sort()).toEqual(['--help', 'list', 'schema', 'show']);
    expect(fish('fareflow load green --source ').sort()).toEqual(['auto', 'csv', 'parquet']);
    expect(fish('fareflow load green --dataset-file bi')).toEqual(['bikes.json']);
  });
});

it('a shell that there is no script for is wrong usage', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/'tcsh' is invalid.*bash, zsh, fish/);
});
