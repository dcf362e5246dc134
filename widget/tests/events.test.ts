import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents, type ServerEvent } from "../src/events";

async function read(...chunks: string[]): Promise<{ events: ServerEvent[]; signs: number }> {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  let signs = 0;
  for await (const event of readEvents(stream, () => signs++)) events.push(event);
  return { events, signs };
}

test("events are read with their name, id and data", async () => {
  const { events } = await read("retry: 2000\n\nid: 1\nevent: message\ndata: {}\n\nevent: erased\ndata: {}\n\n");
  assert.deepEqual(events, [
    { name: "message", id: "1", data: "{}" },
    { name: "erased", id: "1", data: "{}" },
  ]);
});

test("it does not matter where the network cuts the stream", async () => {
  const whole = "id: 7\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n";
  for (let cut = 1; cut < whole.length; cut++) {
    const { events } = await read(whole.slice(0, cut), whole.slice(cut));
    assert.deepEqual(events.map(({ data, id }) => [id, data]), [["7", "a\nb"], ["7", "c"]], `cut at ${cut}`);
  }
});

test("a comment is a sign of life and no event; an event without its end is dropped", async () => {
  assert.deepEqual(await read(": still here\n\n", "data: half\n"), { events: [], signs: 2 });
});
