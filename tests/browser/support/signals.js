// Imported by what starts programs: whoever interrupts this process ends it as if it exited, so that what is done on
// `exit` is done then too.

for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => process.exit(code));
}
