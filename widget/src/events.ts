/** Server-sent events read from a stream, as the HTML standard describes them. */

export interface ServerEvent {
  name: string;
  data: string;
  id: string;
}

/** Each event of the stream. `alive` is called whenever anything arrives, comments included. */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  alive: () => void = () => undefined,
): AsyncGenerator<ServerEvent> {
  const reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let event: ServerEvent = { name: "message", data: "", id: "" };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop()!;
    for (const line of lines) {
      const [, field, text = ""] = /^([^:]*):? ?(.*)/.exec(line)!;
      if (field === "data") event.data += (event.data && "\n") + text;
      else if (field === "event") event.name = text;
      else if (field === "id") event.id = text;
      if (line) continue;
      if (event.data) yield event;
      event = { name: "message", data: "", id: event.id };
    }
  }
}
