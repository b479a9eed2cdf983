/** Patience: how long a spec may take before it is said to hang. Jasmine's own 5 s are too short on a busy machine. */

jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000;
