/** Completions as a script of each shell: it walks over the typed words to the command, and offers what may follow. */
import type { Completion } from './completion-words.ts';

/** For bash; to be sourced. */
export function bashScript(completions: readonly Completion[]): string {
  return `# Completion of fareflow for bash: source <(fareflow completion bash)
_fareflow() {
  local place="" previous="" word candidates="" files=""
  local current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${commandCases(completions)}
    previous="$word"
  done
${candidateCases(completions)}
  if [ -n "$files" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  fi
}
complete -F _fareflow fareflow`;
}

/** For zsh; to be sourced, or as the file `_fareflow` of a directory in `$fpath`. */
export function zshScript(completions: readonly Completion[]): string {
  return `#compdef fareflow
# Completion of fareflow for zsh: source <(fareflow completion zsh)
_fareflow() {
  local place="" previous="" word candidates="" files=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
${commandCases(completions)}
    previous="$word"
  done
${candidateCases(completions)}
  if [ -n "$files" ]; then
    _files
  else
    compadd -- \${=candidates}
  fi
}
compdef _fareflow fareflow`;
}

/** For fish; a file of its directory `completions`. */
export function fishScript(completions: readonly Completion[]): string {
  const commands = completions
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      case '${beforeLast(path)}'\n        set place '${path}'`);
  const values = optionValues(completions).map(({ option, choices }) =>
    choices === undefined
      ? `    case '${option}'\n      __fish_complete_path (commandline -ct)`
      : `    case '${option}'\n      printf '%s\\n' ${choices.join(' ')}`,
  );
  const words = completions.map(
    ({ path, words: all }) => `        case '${path}'\n          printf '%s\\n' ${all.join(' ')}`,
  );
  return `# Completion of fareflow for fish: fareflow completion fish > ~/.config/fish/completions/fareflow.fish
function __fareflow_candidates
  set -l place ''
  set -l previous ''
  set -l typed (commandline -opc)
  set -e typed[1]
  for word in $typed
    switch "$place/$word"
${commands.join('\n')}
    end
    set previous $word
  end
  switch "$place $previous"
${values.join('\n')}
    case '*'
      switch "$place"
${words.join('\n')}
      end
  end
end
complete -c fareflow -f -a '(__fareflow_candidates)'`;
}

/** In bash and zsh: from one command to the one below it. */
function commandCases(completions: readonly Completion[]): string {
  const cases = completions
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      '${beforeLast(path)}') place='${path}' ;;`);
  return ['    case "$place/$word" in', ...cases, '    esac'].join('\n');
}

/** In bash and zsh: what may follow the last word. */
function candidateCases(completions: readonly Completion[]): string {
  const values = optionValues(completions).map(({ option, choices }) =>
    choices === undefined
      ? `    '${option}') files=yes ;;`
      : `    '${option}') candidates='${choices.join(' ')}' ;;`,
  );
  const words = completions.map(
    ({ path, words: all }) => `        '${path}') candidates='${all.join(' ')}' ;;`,
  );
  return [
    '  case "$place $previous" in',
    ...values,
    '    *)',
    '      case "$place" in',
    ...words,
    '      esac ;;',
    '  esac',
  ].join('\n');
}

/** `datasets show` as `datasets/show`: where one comes from, and the word that leads on. */
function beforeLast(path: string): string {
  const words = path.split(' ');
  return `${words.slice(0, -1).join(' ')}/${words.at(-1) ?? ''}`;
}

function optionValues(completions: readonly Completion[]): {
  option: string;
  choices: readonly string[] | undefined;
}[] {
  return completions.flatMap(({ path, values }) =>
    [...values].map(([option, choices]) => ({ option: `${path} ${option}`, choices })),
  );
}
