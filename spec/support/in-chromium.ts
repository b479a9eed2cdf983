/** A page in a real Chromium: what a module there leaves in `window.result`. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { chromium as playwright } from "playwright-core";
// @ts-expect-error -- a tool without types.
import { chromium as untyped } from "../../tools/chromium.mjs";

const chromium = untyped as () => { path?: string; reason?: string };

/** Bundles `module`, runs it, and gives its result. The spec is pending where there is no Chromium. */
export async function resultInChromium(module: URL): Promise<unknown> {
  const { path, reason } = chromium();
  if (path === undefined) {
    pending(reason);
    return undefined;
  }
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(module)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@anyrx/source"],
    logLevel: "silent",
  });
  const code = outputFiles[0]!.text;
  const server = createServer((request, response) => {
    const script = request.url === "/page.js";
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    response.end(script ? code : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const browser = await playwright.launch({ executablePath: path, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.stack ?? String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("window.result !== undefined", undefined, { timeout: 55_000 });
    const result = await page.evaluate<unknown>("window.result");
    expect(errors).toEqual([]);
    return result;
  } finally {
    await browser.close();
    server.close();
  }
}
