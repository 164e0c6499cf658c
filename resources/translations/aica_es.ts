<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
  <context>
    <name>AboutPage</name>
    <message>
      <source>AI Coder Assistant</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy command</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy path</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy path, {folder}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folders</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Help</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In a terminal, “{command}” checks every provider, the key store and the chats step by step.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Licences</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open the guide</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open {folder}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show all shortcuts</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Under the MIT licence. It stands on the work of others, each under the licence it states:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Version {v}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Attachments</name>
    <message>
      <source>Attach files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Attached files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It could not be read. The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Paste as text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Picture, {w} × {h} pixels</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove (Del)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove what cannot be sent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Take the picture out or choose a model with the mark.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>cut within its first line</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>first {n} of {all} lines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>inlined</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>reading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} line</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} lines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{name}” cannot be shown.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{name}” removed</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>BrokenFileCard</name>
    <message>
      <source>Open the file</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use the backup</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Chart</name>
    <message>
      <source>nothing measured</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{when}: {value}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Chat</name>
    <message>
      <source>Loading {model}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading {model}, {n} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Queued at {server}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reading the prompt, {n} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reading the prompt, {n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Still waiting, {n} s. {server} is working.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waiting for the first token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waiting for the first token, {n} s</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatActs</name>
    <message>
      <source>Archive</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete for good…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Move to folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New folder…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pin</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename folder…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Restore</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unarchive</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unpin</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatFiles</name>
    <message>
      <source>1 chat exported to {path}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 chat imported</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 was already here</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All files (*)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Another export or import is still running.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export all chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Exporting chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Exports of chats (*.json)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>HTML page</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Importing chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It broke off. The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>JSON, whole, to import again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Markdown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Markdown with the attached files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Plain text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. No file was written.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. Nothing was imported.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. What was imported until then is in the trash.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The import broke off: {reason}. What was imported until then is in the trash.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{done}. Attached files are named only; “Markdown with the attached files” has them, too.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} cannot be read: {reason}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} has no ending that says the format: .md, .zip, .json, .html or .txt.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was not imported: {reason}. Nothing of it, or of files chosen with it, is in the list.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats exported to {path}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats imported</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} were already here</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{path} could not be written: {reason}. Choose another place.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatFilesSection</name>
    <message>
      <source>An export as JSON is whole and can be imported again. Import reads that, and what ChatGPT, Claude, Open WebUI and LM Studio export. Chats that are here already are left out.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export all chats…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How far the chats are</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import chats…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop the export or import</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{text}, {done} of {total}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatHeader</name>
    <message>
      <source>Chat settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Menu</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat (Ctrl+N)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat, header</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show conversations</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Title</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatLinks</name>
    <message>
      <source>The chat of this link is not here. It is gone, or on another computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The chat of this link was deleted.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The link is copied. Pasted into Ctrl+K, or opened anywhere on this computer, it leads here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The message of this link is not in the chat any more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This link leads to no chat of this program.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatPage</name>
    <message>
      <source>0 repeats itself, 1 varies. Empty: the server decides.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A prompt is typed behind a slash in the message field. A preset is a system prompt and values under a name, for a chat or for every chat with a model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ctrl+Enter (Enter: new line)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter (Shift+Enter: new line)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find parts of words and identifiers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Finds Handler in requestHandler, and words in text without blanks, such as Chinese. For this a second index is made in the background; it takes about a fifth of the room of the chats.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Line numbers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Longest answer, in tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage presets…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage prompts…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No limit of ours</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Number the lines of code</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open a model's thinking by itself</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompts and presets</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reading and writing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Send with</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sent at the start of every new chat. Empty: nothing is sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Share of likely words that are considered.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show thinking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>System prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Temperature</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The index holds all messages.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The server's own</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Top P</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{done} of {total} messages are in the index.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatPane</name>
    <message>
      <source>Explain a file</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Explain what this file does, part by part:

</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Review a diff</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Review this diff. Name bugs first, then style:

</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write tests</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write tests for this code, edge cases included:

</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ChatSettings</name>
    <message>
      <source>0 repeats itself, 1 varies.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chat settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>From Settings, Chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>From preset “{name}”</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>GPU {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Longest answer, in tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage presets…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model's preset: none</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model's preset: {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name of the preset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No preset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No system prompt is sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not sent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Of this chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>One a line; \n is a line break. They end an answer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset “{name}” deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset “{name}” has other values now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset “{name}” replaced values of this chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset “{name}” saved</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save as preset…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Seed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Share of likely words.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop sequences</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>System prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Temperature</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The server's own</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Top P</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>batch {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>default of {models}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>kept {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>load: {what}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>system prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>window {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{field} reset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{name}” is not here any more. Nothing of it is sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ {n} tokens, sent with every message</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>CheckRows</name>
    <message>
      <source>failed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not tried</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>ok</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ClientSettings</name>
    <message>
      <source>Copy settings of the program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings of the program</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Compare</name>
    <message>
      <source> Files that went with it are not sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A comparison is still running.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A tie.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add two models or more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All answers appear together, when the last one is done.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All bad.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All files (*)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All {count} prompts asked</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answered</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answers are being written.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ask again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Asking…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>At most four models are compared.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Blind</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Blind, not voted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Blind, voted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Both bad.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Comparison deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Comparisons cannot be saved: {reason}. They are kept in memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cost</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the comparison</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Failed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>From a chat: what stands above the prompt there is not sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Interrupted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It ended with an unexpected error; the log has the details. What came counts.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It runs in the cloud, and takes no memory here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>JSON</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>JSON Lines (*.jsonl *.json)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Markdown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models of one server answer one after the other, since not all are in memory. Order “Together” asks them at once.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Names shown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Names were hidden until your vote.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No models yet. Start a model server, or add a provider in Settings.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open setting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompts to ask</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove one first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated: no model is in memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed, tokens and cost appear after the vote: they would give the models away.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop it, or wait for it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped after {n} of {count} prompts</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Test connection</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>That comparison is not here any more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The answer is empty.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The app closed while this was being written. What arrived is saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The models of this computer answer one after the other, since not all sizes are known. Order “Together” asks them at once.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The models of this computer answer one after the other, since they would not fit into free memory together. Order “Together” asks them at once.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The models of this computer answer one after the other.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This answer failed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens out</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Total</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What went wrong is shown after the vote.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Which answer is better?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write a prompt.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>You preferred {letter}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Your other votes: {votes}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Your votes on code: {votes}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>free</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>name hidden until you vote</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>ties {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{names} not sent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}, simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} of {count} prompts asked</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{path} could not be written: {reason}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{server} did not tell what the model takes of memory.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>CompareColumn</name>
    <message>
      <source>Answer {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Continue with {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy answer {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Your choice</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ComparePane</name>
    <message>
      <source>Add another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close Compare</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compare</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compare texts</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New comparison</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompt that was asked</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show conversations, Compare</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Composer</name>
    <message>
      <source>Attach</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Attach files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Drop to attach</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Send</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Send (Enter)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop (Esc)</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Composing</name>
    <message>
      <source>An answer is being written. Stop it first, then send the edited message.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel edit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Editing an earlier message. Sending makes a new version; the old one stays.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Still starting. Your message is kept; send it again in a moment.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Conversations</name>
    <message>
      <source>1 chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 day left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Archived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Draft: {text}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Older chats: search for them</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pinned</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Previous 30 days</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Previous 7 days</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Today</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Trash</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Untitled</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Yesterday</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>You:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>answering</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>archived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>folded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>group</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>in folder {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>pinned</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>tags: {tags}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unread</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} days left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}, group</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ConversationsController</name>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No conversations yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found for “{q}” in the newest messages that match.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The trash is empty. Deleted chats stay here for 30 days.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” deleted</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>CopyButton</name>
    <message>
      <source>Copied</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Crash</name>
    <message>
      <source>Safe mode: the last starts ended within half a minute. No chat is opened, the gateway is not started, code has no colours, and the window speaks English. Your chats are in the list.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show report</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start normally</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unexpected error: {title}. A report is kept on this computer.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>CrashPage</name>
    <message>
      <source>Close report</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy report</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Go on</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It could not be written to the disk.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Kept as {file}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Report</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show in folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Something failed here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The program ended by itself the last time.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unexpected error</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What was being done did not happen; the rest goes on. Chats and what you typed are on the disk. The report below stays on this computer, holds no keys, and nothing sends it. If this happens again, it helps those who mend it; read it before you pass it on, since an error's own words may quote something.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>DetailsPage</name>
    <message>
      <source>Back to the results</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its maker says nothing about it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model card</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Results</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What its maker says</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>DifferenceDialog</name>
    <message>
      <source>Both say the same.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Differences</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First version</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only the beginning is shown.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Second version</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Struck out: {gone} words only in the first. Underlined: {new} words only in the second.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>against</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Downloads</name>
    <message>
      <source>Asked for</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Done</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Here, as {name}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Here, {size}. Its SHA-256 is the one that the hub names.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Here, {size}. The hub names no checksum for it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pause</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Paused, {so_far}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Progress of {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped, {so_far}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>about {n} h left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>about {n} min left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>about {n} s left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{reason} Trying again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{size}, checking the SHA-256</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{size}/s</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>EngineCard</name>
    <message>
      <source>Folders with GGUF files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Full path. Used in place of the library, for graphics cards.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>One a line. Those of LM Studio, Ollama and Hugging Face are looked through anyway.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unload a model after, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unload a model nobody asked for</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Your own llama-server</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Errors</name>
    <message>
      <source>Choose another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Continue</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Edit the message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Interrupted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It accepted the request but sent nothing. Large prompts can take minutes on local models.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep as it is</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Leave out earlier messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open setting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open website</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Refresh models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Regenerate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped after {n} token.</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>Stopped after {n} tokens.</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Summarise earlier messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Test connection</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The answer reached its limit of tokens.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The app closed while this was being written. What arrived is saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The connection closed {after}, before the server said it was done. What arrived is saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>The server dropped ≈ {n} tokens from the start of this chat.</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>The server has not confirmed the stop. It may still be computing.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unexpected error: {name}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unload the model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wait longer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>after {n} token</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>after {n} tokens</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>early</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{message} {hint} What arrived is saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} allowed no more requests.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} answered instead.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} failed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is asked instead.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} refused the key.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was not found.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was not reachable.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was overloaded.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was silent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{server} has been silent for {n} s.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FetchedLine</name>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>LM Studio can load it then, too; it takes no more of the disk</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Newer revision {id}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Offer to LM Studio</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Offer {name} to LM Studio</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show folder of {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Update</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Update {name}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FetchedPage</name>
    <message>
      <source>1 model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Asking the hub about each of them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look for newer revisions</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing has been fetched by this app yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} models</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Field</name>
    <message>
      <source>Reset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reset {field}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Set {origin}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FiguresView</name>
    <message>
      <source>, best</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Figures of {letter}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FilesTable</name>
    <message>
      <source>Files of the repository</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FindBar</name>
    <message>
      <source>Close find</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find in chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Next place</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Previous place</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FindController</name>
    <message>
      <source>Message {n} of {count}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Searching…</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FindingView</name>
    <message>
      <source>Copy details</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Test again</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FirstModelCard</name>
    <message>
      <source>A small coder model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Other models…</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FirstRun</name>
    <message>
      <source>A server that speaks OpenAI's interface answers.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>AI Coder Assistant needs a model to talk to. It looked in these places on this computer:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Another server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Asking {place}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download one there, or from here. This page goes on by itself when it is listed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For the built-in engine, from {place}. Sizes and licences are those that it tells.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For the built-in engine: {names}. Their sizes and licences are looked up at {place} when you press the button, and nothing is asked before.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How to install</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>I use {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Installed. Its server is off.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look up sizes</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model server is running yet</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of them fits into the memory that is free now. Close other programs and look again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not reachable.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing answers on the usual port.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready. It needs a model file (GGUF).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running, without a chat model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Size unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting. This can take a minute.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>another program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>asks for a key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>folders of LM Studio, Ollama and Hugging Face</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not asked yet</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>off</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>refused</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>silent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is running, but has no model yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{size}, {licence}. {fit}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>FirstRunPage</name>
    <message>
      <source>Cloud key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First run</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last looked</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last looked {time}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking again every {n} s. This page goes on by itself when a server appears.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only the addresses above and {names} were contacted.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only the addresses above were contacted.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Or without a local server:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Other addresses than those above were contacted, too.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings, Privacy lists every connection this app makes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show conversations</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try the simulated model</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Fit</name>
    <message>
      <source>Fits</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tight</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Too large</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whether it fits is unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{verdict}, ≈ {room} free</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Gateway</name>
    <message>
      <source>Not running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running, other computers may reach it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopping</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>made {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>never used</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>today {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>used {t}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>GatewayCard</name>
    <message>
      <source>Address for other computers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy address for other computers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy gateway address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Editors and other programs reach all your models at one address, in the shapes of OpenAI and Anthropic. The gateway stops with the window.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Gateway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Gateway address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It still runs with the settings before the last save.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Restart gateway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start gateway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop gateway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use port {n}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>GatewayPage</name>
    <message>
      <source>No requests yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Programs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Put a token where it says {token}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Requests</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The newest requests since the gateway was started. Contents are not recorded.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>GatewayRequests</name>
    <message>
      <source>?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First byte</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Provider</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Status</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens in / out</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Took</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>none</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{model}, simulated</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>GeneralPage</name>
    <message>
      <source>A day</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A month</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answers are announced</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>As the system</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Auto</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Auto may use the cloud</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Budget for Auto, in USD</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ctrl and + or − change it for the moment.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Dark</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Default model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Default provider</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Full</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Language</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Light</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Links</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Motion</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No limit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Off: Auto and fallback never go from a local to a cloud provider.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Once answers have cost so much, Auto proposes only models that cost nothing. Counted are the answers that are kept, by known prices: not those of chats deleted for good, of temporary windows and of aica ask.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Once, when they are finished</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reduced</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Screen reader</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sentence by sentence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Text size of chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>That budget is for</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The model's id as its server spells it. Empty: the one used last, else a loaded one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The one used last</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The window is opened again in it. The terminal and the gateway speak English.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Theme</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>GetModelsPane</name>
    <message>
      <source>Close “Get models”</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fetched</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tabs of “Get models”</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>HealthLine</name>
    <message>
      <source>Servers</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>HealthNotice</name>
    <message>
      <source>{server} answers again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{server} does not answer any more.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>HelpWindow</name>
    <message>
      <source>Help</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Page</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search the help</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>History</name>
    <message>
      <source>Everything is sent again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Leaving out earlier messages does not make this fit.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading would cut it off.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading {model} with {window} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shorten the message or choose another model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Something like it goes on already.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Summarising earlier messages with {model}</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>Summarising {n} earlier messages with {model}</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>The message was not sent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The server gave the model a window of only {n} tokens.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This model is writing an answer in another chat.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wait for its end, or stop it.</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>{n} earlier messages are not sent any more</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} earlier messages are sent as a summary</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>{text}, part {part} of {parts}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{text}. {n} s</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Hub</name>
    <message>
      <source>({n} parts)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 repository at {place}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Asking {place} about {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloads</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fetch with {product}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>File</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For pictures</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It has no GGUF file.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is not running.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its maker asks for its terms to be accepted on the hub's page, with an account.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Known for</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>LM Studio has {name} in its list now.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Largest window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Licence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No fetched model has a newer revision.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>On this computer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Parameters</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Parts are missing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quant</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Repository</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Searching {place}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The card could not be read. {reason}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The rest is on the page of the hub.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What fits is not known: {reason}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>asks for its terms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>coder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>none</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>revision {id}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>tools</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>trained for {n} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unknown: {names}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>vision</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is deleted, {size} are free again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} B</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} downloads a month</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} files have names that are not taken over, and are not offered.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} repositories at {place}, those fetched most first</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{place} has nothing for “{q}” with these conditions.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{verdict}, graphics card too</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>JumpPill</name>
    <message>
      <source>Jump to latest</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>KeyRow</name>
    <message>
      <source>API key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>API key, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete key, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter a new key to replace it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No key stored</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Replace key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Replace key, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Store key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Store key, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Storing</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Ledger</name>
    <message>
      <source>Answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is not known what this answer was asked with.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It was imported from another program.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>[picture: {type}, {n} kB]</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} = {value} (from: {origin})</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{setting}, not sent</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LedgerDialog</name>
    <message>
      <source>Close</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Libraries</name>
    <message>
      <source>Icons</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>JetBrains Mono (font)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Licence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>MIT, part of this program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Version</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LibrariesTable</name>
    <message>
      <source>Filter libraries</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Libraries</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LibraryDialog</name>
    <message>
      <source>Close</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LinksSection</name>
    <message>
      <source>Links to chats (aica://…) do not open with this app yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Links to chats (aica://…) open with this app, from any other program.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open aica:// links with this app</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This system cannot be told which program opens aica:// links.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LoadFields</name>
    <message>
      <source> %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A share</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Batch size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Default</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>GPU</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>GPU share</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep in memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Max</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Off</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Template</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Until it is unloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>of {n} at most</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LoadForm</name>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chats with this model begin with it: {what}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a window to see what it takes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>GPU</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It does not fit into the graphics card's free memory as a whole.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It fits into the graphics card's free memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load anew</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking whether it fits.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name of the template</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No window of use fits.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not taken here: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save as template…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save template</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Set the time only</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Template</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The largest window that fits: {n} tokens.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whether it fits</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>batch size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>context window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loaded now: loading anew ends what it writes</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>time in memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>until it is unloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} h</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} min</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} s</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LocalModels</name>
    <message>
      <source>Add as a server of its own</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose certificate file…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Connected. {n} of {m} checks passed in {t} s.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete {name}?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Identity</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last seen at {t}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last {n} min</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading {n} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking again every {n} s.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not seen yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not tried</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Port</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Port {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reach it without the proxy</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server stopped</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The options are not remembered for the next time: {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This server is on another computer: start and stop it there.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Undo knows the window alone: {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unloading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use {place}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>just now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>median {n} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>seen since {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>stays loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>under 1 min left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} h ago</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} h left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} min ago</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} min left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} models known from before.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} models unloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{runtime} deletes it at once. This cannot be undone; it would have to be fetched once more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{m}” is being loaded or unloaded already.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{m}” is deleted, about {size} are free again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{m}” is deleted.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{m}” is not loaded again: it was in memory of another server, {address}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{m}” unloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ {size}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LocalModelsPage</name>
    <message>
      <source>1 model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Eject all</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Filter local models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get models…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking for models.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No models yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing is in memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Refresh models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} models</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LogTable</name>
    <message>
      <source>Connections</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>LongText</name>
    <message>
      <source>Pasted text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Put it into the text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove pasted text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove pasted text (Del)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} line</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} lines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ {n} tokens</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>MessageEdit</name>
    <message>
      <source>Message</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Messages</name>
    <message>
      <source>, {n} reused</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>Summary of {n} earlier messages, written by {model}</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>You</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>chosen by Auto</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>earlier messages changed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>interrupted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>stopped</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>the system prompt changed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>this chat was shortened</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{m} min {s} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{names} not sent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} in</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} tok/s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} token</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>{n} tokens</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>{s} to first token</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ModelButton</name>
    <message>
      <source>Choose a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model chosen</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ModelTable</name>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Figures of models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last used</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quant</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Runtime</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>State</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unload</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>last used {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>takes {n} of memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>window {c}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Models</name>
    <message>
      <source>Goes to {host}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Goes to {host} on your network</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Goes to {server} on this computer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model chosen</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated answers. No model is running.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stays on this computer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>answers in {n} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>cloud</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loads files of this computer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>this computer</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ModelsTable</name>
    <message>
      <source>Delete…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep in memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load anew with other options…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Local models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sort by</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Until it is unloaded</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>NetworkLog</name>
    <message>
      <source>1 host since the app started</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Bytes out / in</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Host</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing has left this app since it started.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing has left this computer since the app started.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Purpose</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Status</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Took</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>done</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>outside your network</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>this computer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>your network</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{hosts}, all set up by you.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{hosts}, not all of them servers of yours: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} connections written to {path}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} hosts since the app started</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{out} / {back}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{path} cannot be written: {why}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>NewServerForm</name>
    <message>
      <source>A key is small letters, digits, - and _, and begins with a letter or digit.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add a server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Any server that speaks OpenAI's interface: llama-server, vLLM, OpenRouter, a colleague's.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter the server's address.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fill in {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fill in:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Key in the file</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Workshop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>workshop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{key} is taken.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>NewTokenForm</name>
    <message>
      <source>A token needs a name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel new token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Create</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Create token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name of the program or person</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Token name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>editor</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>NoticeBar</name>
    <message>
      <source>Close notice</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>More choices</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>More…</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>OptionalNumberField</name>
    <message>
      <source>From {least} to {most}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This is not a number.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This is not a whole number.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>OrganiseController</name>
    <message>
      <source>Folder renamed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folder “{name}” deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folder “{name}” made</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags changed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats archived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats moved</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats pinned</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats restored</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats unarchived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} chats unpinned</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” archived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” moved</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” pinned</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” restored</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” unarchived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” unpinned</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>OrganiseWiring</name>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chat renamed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete everything in the trash for good?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete for good</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete {n} chats for good?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete “{title}” for good?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is removed from the file and from the search index. This cannot be undone.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags of {n} chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags of “{title}”</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>with commas between</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Palette</name>
    <message>
      <source>1 result</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Command palette</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Commands</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter  open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Esc</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Link</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Messages, chats, commands, settings; &gt; for commands only</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Narrow with</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open the chat of this link</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Recent chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Results</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search everything</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show all {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Untitled</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{ms} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} found in the newest that match</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} or more found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} results</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PaneHeader</name>
    <message>
      <source>Show conversations</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{close} (Esc)</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PathField</name>
    <message>
      <source>This is not a full path.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PathsField</name>
    <message>
      <source>{path} is not a full path.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PeriodTable</name>
    <message>
      <source>Figures by time</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Picker</name>
    <message>
      <source>Ask all servers again (Ctrl+R)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Auto</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter  choose      Ctrl+Enter  compare      Ctrl+D  favourite      Esc  close</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Favourites and recent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Filter 1 model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Filter models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Filter {n} models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For trying out</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get models…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No longer there</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Proposes a model for each message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quant</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Refresh models, picker</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>State</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>To compare, four at most: {names}. Esc opens the comparison.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>To compare: {names}. Esc opens the comparison.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Without a server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>cloud</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>favourite</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>thinking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>this computer or network</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>tools</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>vision</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>window {c}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} GB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} MB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} kB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} of {m}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PresetButton</name>
    <message>
      <source>Chat settings…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage presets…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset: {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save as preset…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use “{preset}” for every chat with {model}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>gone</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>none</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PresetsDialog</name>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New name of “{name}”</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save the open chat's settings…</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PrivacyPage</name>
    <message>
      <source>Every connection of this run is listed here, and what it was for. Contents are not recorded.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export connections</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Filter connections</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pause</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pause the list</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The list stands still; connections go on and are recorded.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PromptSetPage</name>
    <message>
      <source>Export JSON…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models of the set</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompts asked</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Times and speed are medians over the answers that came to their end; tokens and cost are sums. Every prompt stands under Earlier comparisons, where it can be read and voted on.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Prompts</name>
    <message>
      <source>/{name} deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>/{name} is as it came with the program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is kept until the program ends: the store cannot be saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage prompts…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompts</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PromptsDialog</name>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name, typed behind a slash</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Restore the program's</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>came with the program</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>changed, not saved</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>letters a to z, digits, - and _</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not saved</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>your own, in place of the program's</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{{input}} is where your own words go, else they follow the text. {{date}} is the day. Any other name in double braces is a place to be typed over.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ProviderCard</name>
    <message>
      <source>Address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Address of {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Address, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Between two pieces of an answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its address and server:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Local Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Lower is tried first</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>On</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Priority</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Priority, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save the new address first: a key belongs to its address.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Silence tolerated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Silence tolerated, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} on or off</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ProviderStates</name>
    <message>
      <source>Allows no more requests for now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Key refused</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model file found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not installed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Off</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Overloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready, no model loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running, 1 model loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running, no model loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running, {n} models loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Silent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Slow</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Something else answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>down since {t}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{words} · answers in {n} ms</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ProvidersPage</name>
    <message>
      <source>new server {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} removed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}, {address}: added when you save</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}: removed when you save</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>QueueChips</name>
    <message>
      <source>Not sent by itself, since the answer before it did not end well. Click to edit and send.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not sent: {prompt}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Queued prompt {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sent when the answer is done. Click to edit.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>RequestDialog</name>
    <message>
      <source>Copies hold no key: they read it from an environment variable.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy as Python</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy as curl</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Messages sent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No settings were sent: the model's own were used.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only its beginning is shown. Copies hold all of it.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>RequestsTable</name>
    <message>
      <source>Gateway requests</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ResourceGraphs</name>
    <message>
      <source>This computer, last 5 minutes</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Resources</name>
    <message>
      <source>Graphics memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Graphics memory {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not readable on this computer: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Processor</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>between {a} and {b} in the last {n} min</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>graphics memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>how busy the processor is</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{m}:{s} ago</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{now} now, {range}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} %</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ResultsTable</name>
    <message>
      <source>Repositories found</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>RuntimeCard</name>
    <message>
      <source>Checks</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Connection result</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context window for new loads</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context window, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Hide</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last half hour</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show checks</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopping</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Test connection</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Testing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is not installed on this computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} server URL</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}'s own default of 4k cuts long chats without saying so.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SaveBar</name>
    <message>
      <source>Discard</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save Settings</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SearchField</name>
    <message>
      <source>Filter</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SearchPage</name>
    <message>
      <source>Any context</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Any licence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Any quantization</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Any size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Coder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context at least</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>From {n}k</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Licence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Parameters at most</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quantization</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search for models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search the hub</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tools</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Up to {n} B</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Vision</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Words of a name, such as coder</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ServerLine</name>
    <message>
      <source>Undo</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Undo: {text}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Session</name>
    <message>
      <source>AI Coder Assistant (temporary)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chats cannot be saved: {reason}. This chat goes on in memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Message deleted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>That chat is not here any more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The files beside it went with the chat.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unexpected error: {name}. The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What you were writing is kept here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” was deleted by another program.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Settings</name>
    <message>
      <source>Chats and state</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cloud services are off unless one is named for the run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Configuration</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Logs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This system has no key store, so the key is kept until the app closes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>by its key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>by the key from the environment</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>from the file</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>from the file, line {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>from {flag}, for this run</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>from {variable}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>line {l}, column {c}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{file} cannot be written: {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{file} could not be read: {what}. Defaults are in use and the file is untouched.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{key}, from the environment</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{key}, in the system's key store</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{key}, kept until the app closes</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SettingsPane</name>
    <message>
      <source>Close settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not saved: {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Saving</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings pane</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tabs of settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The backup is in use. The broken file is kept as {path}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unsaved: {fields}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SettingsTabs</name>
    <message>
      <source>About</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Gateway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>General</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Local Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Privacy</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Providers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shortcuts</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Setup</name>
    <message>
      <source>A model is there: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Address saved: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Connected.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloaded: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloading {name}, {size}, {licence}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In one go: start its server, take a model that is there or download a small one for code, load it, save the address, test the connection.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its server answers at {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its server runs already at {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading {model}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking for a model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking for {name}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only where there is no model yet, {place} is asked for one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save the address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Set up {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start its server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting its server. This can take a minute.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Take or download a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Test the connection</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The address was set already: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>licence {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>size unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is on this computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is set up, with {model}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{what} is in memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{what} was in memory already.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SetupPage</name>
    <message>
      <source>A JSON Lines file: every prompt is asked, and the figures are summed up</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ask two to four models the same, and see their answers and figures side by side.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Blind: names appear after the vote</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Earlier comparisons</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing was compared yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Order</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Order: by free memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Order: in turn, for figures that compare well</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Order: together</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompts from a file…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove {name}, {n}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What all of them are to answer</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ShortcutRow</name>
    <message>
      <source>Keys, {command}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reset</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reset keys, {command}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Take the keys over, {command}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Take them over</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Shortcuts</name>
    <message>
      <source>Archive or unarchive the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chat settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compare models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy a link to the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy the last answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy the last code block</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export all chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find in chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find the next place</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find the previous place</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Get models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Go to the message field</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Go to the next pane</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Go to the previous pane</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Help</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Larger text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage presets</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Manage prompts</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New temporary window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Normal text size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pin or unpin the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Regenerate the last answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search everything</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search the chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show or hide the sidebar</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show shortcuts</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show the trash</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Smaller text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop the answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tags of the chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Undo</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} copies, pastes, cuts or selects in every text field.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} is needed for typing. Hold Ctrl or Alt with it, or take a function key.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} is needed in every text field.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ShortcutsPage</name>
    <message>
      <source>Choose a field and press the new keys. Backspace takes them away, Esc keeps them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keys</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reset all keys</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>keys of {command}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} belongs to two commands: {first}, {second}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} is also: {command}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{keys} is taken by {command}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ShownToken</name>
    <message>
      <source>Copy token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Done</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is shown this once. Only a hash of it is kept, so it cannot be shown again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New token, shown once</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Put the token away</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Token “{name}”</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Sidebar</name>
    <message>
      <source>Conversations</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy link</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat (Ctrl+N)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No conversations yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Words of chats. Also model: provider: folder: tag: role: in:code has:file before: after: is:pinned</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>SimulatedBadge</name>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Statistics</name>
    <message>
      <source>Answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Bar chart</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cost</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cost {every}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Expected from the speed of another model here; not measured yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Expected from the speed of {n} other models here; not measured yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Failed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Failures {every}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>First token after</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Last used</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Line chart</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>Middle of {n} answers here.</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>Middle of {n} answers, most of them between {low} and {high}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No failures.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No price is known.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing measured in this time.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing was charged where the price is known.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing was charged.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prompt speed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed to expect</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Speed: {measured} measured in the last {n} answers; {expected} expected from other models here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The tokens of {n} of them were counted here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Their tokens were in part counted here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time to first token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Timed by the server.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Timed here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens in</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens out</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens out {every}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Written to {path}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>answer too large</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>at most ≈ {s}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>blocked by a filter</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>broke off</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>by day</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>by month</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>by week</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>cancelled</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>key refused</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>last {value}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>model not found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not an answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not installed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not supported</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>overloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>prompt too long</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>request refused</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>server failed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>server not running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>setting not valid</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>too long silent</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>too many requests</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>week of {date}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{cost} + unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{kind} of {n} values. Least {low} ({low_when}), most {high} ({high_when}), last {last} ({last_when}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{model} · {provider}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} failed: {kinds}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} stopped by you</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} timed by the server, the others here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} tok/s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{path} cannot be written: {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{value} in all</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ {n} tok/s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ {s}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>StatisticsPane</name>
    <message>
      <source>30 days</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>7 days</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close Statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Every model by day, week or month, for a spreadsheet</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export as CSV</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>From the chats and comparisons kept on this computer, those in the trash included. Speeds are the middle of the last answers. Simulated answers are left out.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No answers in this time.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No answers yet. Speed, tokens, cost and failures of every model are shown here after its first answer. Simulated answers are left out.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only the simulated model answered so far, and its answers are left out. Speed, tokens, cost and failures of every other model are shown here after its first answer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sort by</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What the models are sorted by</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Temporary</name>
    <message>
      <source>The temporary window could not be opened: {program} does not start.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>“{title}” is kept: it stands among your chats now.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>TemporaryBar</name>
    <message>
      <source>Keep this chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Temporary: nothing of this window is kept when it closes.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>ThinkingButton</name>
    <message>
      <source>How much the model thinks before it answers</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thinking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thinking: {effort}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>auto</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>high</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>low</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>medium</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>off</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>TokenBar</name>
    <message>
      <source>Back to {n} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Context used</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Counted by the server.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load with {window} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Load with {window} tokens (≈{gb} GB more)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing to send yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Parts of the next request</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Raise to {window}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Raise to {window} (+≈{gb} GB)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Room left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Summary of earlier messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>System prompt</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The window was raised for this chat.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This chat so far</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This prompt does not fit: {text} tokens.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Together</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens of the next request, of the model's window. Click for its parts.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Too much</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Window</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Window, at most</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Your message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{model} is not loaded. Its server would load it with a window of its own choosing, often {n} tokens; this takes {used}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{text} tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{used} of at most {window}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{used} of {window}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{used} tokens, window unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{used} · window unknown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈ is estimated from the length of the text.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>≈{n}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>TokenLine</name>
    <message>
      <source>Its programs are refused from then on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Revoke</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Revoke it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Revoke {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Revoke {name} for good</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>TokenList</name>
    <message>
      <source>Every request to the gateway carries a token. Give each program its own.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New token</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No tokens yet. Nobody but this window may ask the gateway.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Read the tokens again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tokens</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try again</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Transcript</name>
    <message numerus="yes">
      <source>%Ln columns</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln lines</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters are not shown. Copy has the whole text.</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters, in the copy</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln rows</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>1 column</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 line</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 more character</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 more character is not shown. Copy has the whole text.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 more character, in the copy</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1 row</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A chat of this program: {address}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Actions</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer finished</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer interrupted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer stopped</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Answer, not loaded yet</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Attached: {names}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Being written</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cloud</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Code</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compare versions…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compare with other models…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Continue</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copied</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy LaTeX</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy as Markdown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy code</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy details</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy link to this message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Details</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Do not wrap lines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Edit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Edit message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fork</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Formula, {source}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Heading, {text}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Link to {host}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>More actions</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Next version</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not sent to the model from here up</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open link</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Previous version</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Regenerate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Regenerate with another model…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save code</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Send everything again</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sent as a summary from here up</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Separator</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>Show all %Ln lines</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>Show the formula</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show the only line</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show the request…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show the source</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Simulated</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Table</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Table goes on</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Text</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thinking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thinking, {n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This link does not open: {address}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thought for less than 1 s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Thought for {n} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Transcript</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wrap lines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>You</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>You, not loaded yet</source>
      <translation type="unfinished" />
    </message>
    <message numerus="yes">
      <source>[+%Ln marks]</source>
      <translation type="unfinished">
        <numerusform />
        <numerusform />
      </translation>
    </message>
    <message>
      <source>[+1 mark]</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>[+{n} hidden]</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>image</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>interrupted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not shown</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>stopped</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>TrashBar</name>
    <message>
      <source>Back to all chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Back to all chats (Esc)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Empty trash</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Trash</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>UndoBar</name>
    <message>
      <source>Undo</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoteBar</name>
    <message>
      <source>All bad</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Both bad</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Continue with {letter}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keys {keys}, T, X</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show names without a vote</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop all</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tie</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Undo vote</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{letter} is better</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>Window</name>
    <message>
      <source>A download of a model is not finished.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All files (*)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>An answer is still being written.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Auto</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Auto: {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Certificate authority to trust</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Certificates (*.pem *.crt *.cer)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Change now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chat settings…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close without them</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Comma-separated values (*.csv)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy address</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy last answer</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy link to this chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete {name}?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Discard and quit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export chats</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export connections</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find in chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Forked: the first chat stays as it is</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its SHA-256 is the one that the hub names.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Keep</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Leave out earlier messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Local server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking at the models</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New chat with this message</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No longer there</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model chosen</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open Settings</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open {host} in your browser?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Quit and keep what arrived</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save and quit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save code</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Searches go to {place}, and nothing is asked before you search.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Send anyway</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Server</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings are not saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting the server. This can take a minute.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stay</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Summarise earlier messages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The chat store is damaged: {problem}. Make a copy of it before you go on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The download of {name} stopped. {problem}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The gateway does not run. {why}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The help cannot be read: {why}. Installing the program again mends it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The server could not be started.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The window closes by itself when it is finished. Prompts that wait are kept.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>These chats could not be saved.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Undo</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unexpected error: {name}. The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>and {n} more</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>chosen by Auto: {reason}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>no longer there</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not loaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>server not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{language} is used from the next start on, or at once; what runs is ended then.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{language} is used from the next start on: what is in this window is kept nowhere else.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is here, {size}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{n} downloads of models are not finished.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{path} could not be written: {reason}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{server} not reachable</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{size} are free again then. This cannot be undone; it would have to be fetched once more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title} (fork)</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>WithheldKeyNote</name>
    <message>
      <source>Enter another key</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Enter another key, {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The key stored for {old} is not used for {new}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use it for {new}</source>
      <translation type="unfinished" />
    </message>
  </context>
</TS>
