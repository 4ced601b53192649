import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads the process groups that run, as lines, until its input ends: with us, however we end. Nothing of ours would run at `kill -9`, hence a
 * shell. Groups that are told to have ended are forgotten, so that their numbers can be given to others.
 */
const SCRIPT = `
groups=' '
while read -r what group; do
  case $what in
    add) groups="$groups$group " ;;
    gone) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
  esac
done
[ "$groups" = ' ' ] && exit
for group in $groups; do kill -s TERM -- "-$group"; kill -s CONT -- "-$group"; done
sleep 3
for group in $groups; do kill -s KILL -- "-$group"; done
`;

let watcher: ChildProcess | null = null;

/**
 * Has a process that we started end with us even where we are killed and can end nothing any more.
 *
 * @param child leader of a process group of its own (`detached`).
 */
export function endWithUs(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  tell(`add ${pid}`);
  child.once('exit', () => tell(`gone ${pid}`));
}

function tell(line: string): void {
  if (watcher === null) {
    watcher = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // Without a shell, children are ended as long as we are there to do it.
    watcher.on('error', () => {});
    watcher.stdin?.on('error', () => {});
    watcher.unref();
    (watcher.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }
  watcher.stdin?.write(`${line}\n`);
}
