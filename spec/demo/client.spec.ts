import { users, visit } from "../../demo/client/users.ts";
import { mayWait } from "../support/real-time.ts";

describe("A client with anyrx inside", () => {
  mayWait("it talks to a real server over real sockets");

  for (const user of Object.keys(users) as (keyof typeof users)[]) {
    it(`serves somebody who writes ${user}: retries, remembers, times out, is cancelled, and fails`, async () => {
      expect(await visit(user)).toEqual({
        saw: [
          "flaky: got it, asked 3 times",
          "again: got it, asked 3 times",
          "slow: timed out",
          "slow: cancelled",
          "missing: 404",
        ],
        served: ["/flaky 200", "/flaky 503", "/flaky 503", "/missing 404", "/slow left", "/slow left"],
        left: 0,
      });
    });
  }
});
