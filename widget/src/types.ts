/** What goes over the wire (docs/api.md), and what is shown of it. */

export interface Button {
  title: string;
  token: string;
  role?: "choice" | "back";
}

export type Input = "name" | "contact" | "time" | "concern";
export type Severity = "emergency" | "urgent" | "call_clinic" | "expected";

export interface Reply {
  id: string;
  text: string;
  kind?: string | null;
  topic?: string | null;
  severity?: Severity | null;
  buttons?: Button[];
  source?: { title: string; reviewed: string | null } | null;
  progress?: { step: number; total: number } | null;
  input?: Input | null;
}

/** A message of the conversation; `kind` and what follows from it are the assistant's only. */
export interface Message extends Reply {
  sender: "person" | "assistant";
  at: string;
  helpful?: boolean | null;
}

/** A message as it is shown; the person's own is `sending` until it was answered. */
export interface Entry extends Message {
  state?: "sending" | "failed" | "";
}

export interface Started {
  token: string;
  replies: Reply[];
}

/** A message of the person's that the server has not answered yet. */
export interface Outgoing {
  id: string;
  text: string;
  /** The token of the button that was pressed; else the text is sent. */
  button?: string;
}
