/** A spec file that does not load. */
throw new Error("it does not load");
