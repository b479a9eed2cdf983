/** Finds a Chromium, or installs Debian's where that is possible. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const places = [
  process.env.ANYRX_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const find = () => places.find((path) => path && existsSync(path));

/** @returns {{ path?: string, reason?: string }} Where it is, or why there is none. */
export function chromium() {
  const path = find();
  if (path) return { path };
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    return { reason: "no Chromium here; install one, or set ANYRX_CHROMIUM to its path" };
  }
  try {
    const options = { stdio: "pipe", timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    execFileSync("apt-get", ["update", "-qq"], options);
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], options);
  } catch (error) {
    return {
      reason: `apt-get cannot install chromium: ${String(error.stderr ?? error)
        .trim()
        .split("\n")
        .at(-1)}`,
    };
  }
  const installed = find();
  return installed ? { path: installed } : { reason: "apt-get installed chromium, but it is not where it should be" };
}
