#!/usr/bin/env node
/** `fareflow`: every command parses its words, calls an operation and prints. */
import { Command } from 'commander';
import { addCancel } from './cli/cancel.ts';
import { addCheckNow } from './cli/check-now.ts';
import { addCompletion } from './cli/completion.ts';
import { addDatasets } from './cli/datasets.ts';
import { addDemo } from './cli/demo.ts';
import { addDev } from './cli/dev.ts';
import { endQuietlyOnClosedPipe, reportError, usageLine } from './cli/exit.ts';
import { addDoctor } from './cli/doctor.ts';
import { finishHelp } from './cli/help.ts';
import { addLoad } from './cli/load.ts';
import { addLoads } from './cli/loads.ts';
import { addMigrate } from './cli/migrate.ts';
import { addReplay } from './cli/replay.ts';
import { addReport } from './cli/report.ts';
import { addReset } from './cli/reset.ts';
import { addSchedule } from './cli/schedule.ts';
import { addStatus } from './cli/status.ts';
import { addTctl } from './cli/tctl.ts';
import { addVerify } from './cli/verify.ts';
import { addWatch } from './cli/watch.ts';
import { addWorker } from './cli/worker.ts';
import { version } from './version.ts';

const program = new Command('fareflow')
  .description("New York's taxi trips, a file a month, into PostgreSQL exactly once, on Temporal")
  .version(version)
  // So that what stands behind `tctl` is not taken for an option of this program.
  .enablePositionalOptions()
  .exitOverride()
  // Long names leave less than Commander's 40 columns for what a command does.
  .configureHelp({ minWidthToWrap: 30 })
  .configureOutput({ outputError: (message, write) => write(usageLine(message)) });

for (const add of [addLoad, addStatus, addReport, addLoads, addVerify, addWatch]) add(program);
for (const add of [addCancel, addReset, addCheckNow, addSchedule]) add(program);
for (const add of [addWorker, addDev, addDemo, addMigrate, addReplay, addDatasets]) add(program);
for (const add of [addDoctor, addTctl, addCompletion]) add(program);
finishHelp(program);

endQuietlyOnClosedPipe();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
